// One small rewrite per operator whose form changed after opset 17.
#include "import/opset_bridge.h"

#include <algorithm>
#include <functional>

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
    void drop_input(int index) const {
        if (form.node.input_size() > index) {
            form.node.mutable_input()->DeleteSubrange(index, 1);
        }
    }
};

ir::Tensor list(std::vector<int64_t> values) {
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

struct Rule {
    const char* op;
    int64_t since;
    std::function<void(const Rewrite&)> rewrite;
};

const std::vector<Rule>& rules() {
    static const std::vector<Rule> rules = {
        {"ReduceMean", 18, reduce},
        {"Split", 18, split},
        {"Pad", 18, pad},
        {"Resize", 18, resize},
        {"AveragePool", 19, average_pool},
        {"STFT", 17, stft},
        {"Cast", 19, [](const Rewrite& rewrite) { rewrite.remove("saturate"); }},
    };
    return rules;
}

}  // namespace

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
