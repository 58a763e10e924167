// One small rewrite per operator whose form changed after opset 17.
#include "import/opset_bridge.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "diagnostics/error.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;

struct Rewrite {
    KnownForm& form;
    const std::vector<InferenceInput>& inputs;
    const std::string& where;

    const AttributeProto* find(const std::string& name) const {
        for (const AttributeProto& attribute : form.node.attribute()) {
            if (attribute.name() == name) {
                return &attribute;
            }
        }
        return nullptr;
    }
    void remove(const std::string& name) const {
        auto* attributes = form.node.mutable_attribute();
        for (int i = attributes->size(); i-- > 0;) {
            if (attributes->Get(i).name() == name) {
                attributes->DeleteSubrange(i, 1);
            }
        }
    }
    void set_ints(const std::string& name, const std::vector<int64_t>& values) const {
        remove(name);
        AttributeProto* attribute = form.node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(AttributeProto::INTS);
        for (int64_t value : values) {
            attribute->add_ints(value);
        }
    }
    std::vector<int64_t> ints(const std::string& name) const {
        const AttributeProto* attribute = find(name);
        return attribute == nullptr ? std::vector<int64_t>()
                                    : std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end());
    }
    bool has_input(size_t index) const { return index < inputs.size() && inputs[index].value != nullptr; }
    const ir::Tensor& known(size_t index) const {
        if (inputs[index].known == nullptr) {
            throw Error(where, "input " + std::to_string(index) + " must be constant");
        }
        return *inputs[index].known;
    }
    size_t rank() const { return inputs.empty() || inputs[0].value == nullptr ? 0 : inputs[0].value->shape.size(); }
    size_t axis(int64_t axis) const {
        const auto signed_rank = static_cast<int64_t>(rank());
        if (axis < -signed_rank || axis >= signed_rank) {
            throw Error(where, "axis " + std::to_string(axis) + " is out of range");
        }
        return static_cast<size_t>(axis < 0 ? axis + signed_rank : axis);
    }
    void replace_input(int index, ir::Tensor tensor) const {
        while (form.node.input_size() <= index) {
            form.node.add_input("");
        }
        const std::string name = "rewritten " + std::to_string(index);
        form.node.set_input(index, name);
        form.constants[name] = std::move(tensor);
    }
    /// The result is input 0 as far as type and shape go; or of another element type.
    void becomes_like_input(std::optional<ir::ElementType> type = std::nullopt) const {
        if (!has_input(0)) {
            throw Error(where, "input 0 is missing");
        }
        form.node.set_op_type(type ? "Cast" : "Identity");
        form.node.clear_attribute();
        form.node.mutable_input()->DeleteSubrange(1, form.node.input_size() - 1);
        if (type) {
            AttributeProto* to = form.node.add_attribute();
            to->set_name("to");
            to->set_type(AttributeProto::INT);
            to->set_i(onnx_type(*type));
        }
    }
    /// What a schema would check: inputs from `fewest` to `most`, and no attributes but these.
    void expect(int fewest, int most, const std::vector<std::string>& attributes) const {
        if (form.node.input_size() < fewest || form.node.input_size() > most || form.node.output_size() != 1) {
            throw Error(where, "has " + std::to_string(form.node.input_size()) + " inputs and " +
                                   std::to_string(form.node.output_size()) + " outputs");
        }
        for (const AttributeProto& attribute : form.node.attribute()) {
            if (std::find(attributes.begin(), attributes.end(), attribute.name()) == attributes.end()) {
                throw Error(where, "has no attribute `" + attribute.name() + "`",
                            did_you_mean(attribute.name(), attributes));
            }
        }
    }
    void refuse_blocks() const {
        if (const AttributeProto* blocks = find("block_size"); blocks != nullptr && blocks->i() != 0) {
            throw Error(where, "scales per block are not supported, only per tensor or per channel");
        }
    }
    void drop_input(int index) const {
        if (form.node.input_size() > index) {
            form.node.mutable_input()->DeleteSubrange(index, 1);
        }
    }
};

ir::Tensor list(const std::vector<int64_t>& values) {
    const auto size = static_cast<int64_t>(values.size());
    return ir::Tensor::from<int64_t>({size}, values);
}

/// Opset 18: axes became an input; without any, `noop_with_empty_axes` decides.
void reduce(const Rewrite& rewrite) {
    const std::vector<int64_t> axes = rewrite.has_input(1) ? rewrite.known(1).to_ints() : std::vector<int64_t>();
    const AttributeProto* noop = rewrite.find("noop_with_empty_axes");
    if (axes.empty() && noop != nullptr && noop->i() != 0) {
        rewrite.form.node.set_op_type("Identity");
        rewrite.form.node.clear_attribute();
    } else if (!axes.empty()) {
        rewrite.set_ints("axes", axes);
    }
    rewrite.remove("noop_with_empty_axes");
    rewrite.drop_input(1);
}

/// Opset 18: `num_outputs` instead of sizes, the last part may be smaller.
void split(const Rewrite& rewrite) {
    const AttributeProto* wanted = rewrite.find("num_outputs");
    if (wanted == nullptr) {
        return;
    }
    const int64_t count = wanted->i();
    if (rewrite.has_input(1) || count != rewrite.form.node.output_size() || count < 1) {
        throw Error(rewrite.where, "`num_outputs` must be the number of outputs, without an input `split`");
    }
    const AttributeProto* axis = rewrite.find("axis");
    const size_t along = rewrite.axis(axis == nullptr ? 0 : axis->i());
    const int64_t length = rewrite.inputs[0].value->shape[along], size = (length + count - 1) / count;
    std::vector<int64_t> sizes(static_cast<size_t>(count), size);
    sizes.back() = length - size * (count - 1);
    if (sizes.back() < 0) {
        throw Error(rewrite.where, "the axis of " + std::to_string(length) + " is too short for its parts");
    }
    rewrite.replace_input(1, list(sizes));
    rewrite.remove("num_outputs");
}

/// Before opset 10: ranges as attributes. libonnx infers nothing from those that count from the end.
void slice(const Rewrite& rewrite) {
    if (rewrite.find("starts") == nullptr) {
        return;
    }
    std::vector<int64_t> starts = rewrite.ints("starts"), ends = rewrite.ints("ends"), axes = rewrite.ints("axes");
    for (size_t i = axes.size(); rewrite.find("axes") == nullptr && i < starts.size(); ++i) {
        axes.push_back(static_cast<int64_t>(i));
    }
    if (starts.size() != ends.size() || starts.size() != axes.size()) {
        throw Error(rewrite.where, "starts, ends and axes must have as many entries");
    }
    for (size_t i = 0; i < starts.size(); ++i) {
        const size_t axis = rewrite.axis(axes[i]);
        const int64_t length = rewrite.inputs[0].value->shape[axis];
        const auto inside = [length](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + length : at, 0, length); };
        axes[i] = static_cast<int64_t>(axis);
        starts[i] = inside(starts[i]);
        ends[i] = std::max(inside(ends[i]), starts[i]);
    }
    rewrite.set_ints("starts", starts);
    rewrite.set_ints("ends", ends);
    rewrite.set_ints("axes", axes);
}

/// Opset 18: pads for chosen axes.
void pad(const Rewrite& rewrite) {
    if (!rewrite.has_input(3)) {
        return;
    }
    const std::vector<int64_t> axes = rewrite.known(3).to_ints(), pads = rewrite.known(1).to_ints();
    if (pads.size() != 2 * axes.size()) {
        throw Error(rewrite.where, "there must be two pads per axis");
    }
    std::vector<int64_t> all(2 * rewrite.rank(), 0);
    for (size_t i = 0; i < axes.size(); ++i) {
        all[rewrite.axis(axes[i])] = pads[i];
        all[rewrite.rank() + rewrite.axis(axes[i])] = pads[axes.size() + i];
    }
    rewrite.replace_input(1, list(all));
    rewrite.drop_input(3);
}

/// Opset 18: scales or sizes for chosen axes, antialiasing, aspect ratio.
void resize(const Rewrite& rewrite) {
    if (rewrite.find("axes") != nullptr) {
        const std::vector<int64_t> axes = rewrite.ints("axes");
        auto spread = [&](const auto& chosen, auto all) {
            if (chosen.size() != axes.size()) {
                throw Error(rewrite.where, "there must be one scale or size per axis");
            }
            for (size_t i = 0; i < axes.size(); ++i) {
                all[rewrite.axis(axes[i])] = chosen[i];
            }
            return all;
        };
        if (rewrite.has_input(2) && rewrite.known(2).elements() > 0) {
            const std::vector<float> scales =
                spread(rewrite.known(2).to_floats(), std::vector<float>(rewrite.rank(), 1.0F));
            rewrite.replace_input(2, ir::Tensor::from<float>({static_cast<int64_t>(scales.size())}, scales));
        } else if (rewrite.has_input(3)) {
            rewrite.replace_input(3, list(spread(rewrite.known(3).to_ints(), rewrite.inputs[0].value->shape)));
        }
    }
    for (const char* name : {"axes", "antialias", "keep_aspect_ratio_policy"}) {
        rewrite.remove(name);
    }
}

/// Opset 19: dilations, as in MaxPool. A dilated window covers as much as a larger one.
void average_pool(const Rewrite& rewrite) {
    std::vector<int64_t> kernel = rewrite.ints("kernel_shape");
    const std::vector<int64_t> dilations = rewrite.ints("dilations");
    for (size_t i = 0; i < std::min(kernel.size(), dilations.size()); ++i) {
        kernel[i] = (kernel[i] - 1) * dilations[i] + 1;
    }
    rewrite.set_ints("kernel_shape", kernel);
    rewrite.remove("dilations");
}

/// libonnx 1.12 takes 0 where the specification says 1.
void stft(const Rewrite& rewrite) {
    if (rewrite.find("onesided") == nullptr) {
        AttributeProto* attribute = rewrite.form.node.add_attribute();
        attribute->set_name("onesided");
        attribute->set_type(AttributeProto::INT);
        attribute->set_i(1);
    }
}

/// Opset 10, of 16 bits and with more attributes in 21 and in the contributed operators: the result has the type of
/// the zero point, or of `output_dtype`.
void quantize_linear(const Rewrite& rewrite) {
    rewrite.expect(2, 3, {"axis", "saturate", "block_size", "output_dtype", "precision"});
    rewrite.refuse_blocks();
    std::optional<ir::ElementType> type = ir::ElementType::kUInt8;
    if (rewrite.has_input(2)) {
        type = rewrite.inputs[2].value->type;
    } else if (const AttributeProto* wanted = rewrite.find("output_dtype"); wanted != nullptr && wanted->i() != 0) {
        type = element_type(static_cast<int32_t>(wanted->i()));
    }
    if (!type) {
        throw Error(rewrite.where, "the element type of `output_dtype` is not supported");
    }
    rewrite.becomes_like_input(*type);
}

void dequantize_linear(const Rewrite& rewrite) {
    rewrite.expect(2, 3, {"axis", "block_size"});
    rewrite.refuse_blocks();
    rewrite.becomes_like_input(ir::ElementType::kFloat32);
}

/// Reduce operators of one form (ReduceSum took its axes as an input from opset 13 on, and libonnx knows that).
constexpr const char* kReductions[] = {"ReduceL1",  "ReduceL2",   "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
                                       "ReduceMin", "ReduceMean", "ReduceProd",   "ReduceSumSquare"};

struct Rule {
    const char* op;
    int64_t since;
    std::function<void(const Rewrite&)> rewrite;
    bool new_operator = false;  ///< libonnx has no older form of it
};

std::vector<Rule> make_rules() {
    std::vector<Rule> rules = {
        {"Slice", 1, slice},
        {"Split", 18, split},
        {"Pad", 18, pad},
        {"Resize", 18, resize},
        {"AveragePool", 19, average_pool},
        {"STFT", 17, stft},
        {"LpPool", 18, average_pool},
        {"Cast", 19, [](const Rewrite& rewrite) { rewrite.remove("saturate"); }},
        {"CastLike", 19, [](const Rewrite& rewrite) { rewrite.remove("saturate"); }},
        {"QuantizeLinear", 10, quantize_linear, true},
        {"DequantizeLinear", 10, dequantize_linear, true},
        {"Mish", 18,
         [](const Rewrite& rewrite) {
             rewrite.expect(1, 1, {});
             rewrite.becomes_like_input();
         },
         true},
        {"Gelu", 20,
         [](const Rewrite& rewrite) {
             rewrite.expect(1, 1, {"approximate"});
             rewrite.becomes_like_input();
         },
         true},
        {"GroupNormalization", 18,
         [](const Rewrite& rewrite) {
             rewrite.expect(3, 3, {"epsilon", "num_groups", "stash_type"});
             rewrite.becomes_like_input();
         },
         true},
    };
    for (const char* op : kReductions) {
        rules.push_back({op, 18, reduce});
    }
    return rules;
}

const std::vector<Rule>& rules() {
    static const std::vector<Rule> rules = make_rules();
    return rules;
}

}  // namespace

bool is_newer_operator(const std::string& op, int64_t opset) {
    return std::any_of(rules().begin(), rules().end(),
                       [&](const Rule& rule) { return rule.new_operator && op == rule.op && opset >= rule.since; });
}

KnownForm known_form(const NodeProto& node, int64_t opset, const std::vector<InferenceInput>& inputs,
                     const std::string& where) {
    KnownForm form{node, {}};
    for (const Rule& rule : rules()) {
        if (node.op_type() == rule.op && opset >= rule.since) {
            rule.rewrite(Rewrite{form, inputs, where});
        }
    }
    return form;
}

}  // namespace tinamix::import
