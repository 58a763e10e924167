// Drives libonnx's schemas node by node: the inputs' shapes are known, so the outputs' follow at once, and what a model
// computes about shapes (Shape, Gather, Concat, ... into Reshape) can be evaluated on the way.
#include "import/shape_inference.h"

#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <unordered_map>

#include "float/window.h"
#include "import/opset_bridge.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using onnx::TypeProto;

std::string where(const ir::Node& node) { return node.op + " `" + node.name + "`"; }

/// libonnx divides by some attributes without looking at them.
void check_attribute_ranges(const NodeProto& node, const std::string& where) {
    constexpr int64_t kLargest = 1 << 24;
    for (const AttributeProto& attribute : node.attribute()) {
        const std::string& name = attribute.name();
        const bool counts = name == "strides" || name == "dilations" || name == "kernel_shape" || name == "group";
        const bool distances = name == "pads" || name == "output_padding";
        if (!counts && !distances) {
            continue;
        }
        std::vector<int64_t> values(attribute.ints().begin(), attribute.ints().end());
        if (attribute.type() == AttributeProto::INT) {
            values.push_back(attribute.i());
        }
        for (int64_t value : values) {
            if (value < (counts ? 1 : -kLargest) || value > kLargest) {
                throw Error(where, "attribute `" + name + "` has an entry of " + std::to_string(value));
            }
        }
    }
}

/// Axes outside the tensor are found here, because old schemas do not look.
void check_axes(const NodeProto& node, const std::vector<InferenceInput>& inputs, const std::string& where) {
    size_t rank = 0;
    for (const InferenceInput& input : inputs) {
        rank = std::max(rank, input.value == nullptr ? 0 : input.value->shape.size());
    }
    for (const AttributeProto& attribute : node.attribute()) {
        const bool added = node.op_type() == "Unsqueeze" || node.op_type() == "OneHot";
        const bool lists = attribute.name() == "axes" || attribute.name() == "perm";
        std::vector<int64_t> axes;
        if (lists) {
            axes.assign(attribute.ints().begin(), attribute.ints().end());
        } else if (attribute.name() == "axis") {
            axes.push_back(attribute.i());
        }
        const auto limit = static_cast<int64_t>(rank + (added ? axes.size() : 0));
        for (int64_t axis : axes) {
            // Flatten and the older Softmax may name the end.
            const std::string& op = node.op_type();
            const bool end_allowed = op == "Flatten" || op == "Softmax" || op == "LogSoftmax" || op == "Hardmax";
            if (axis < -limit || axis >= limit + (end_allowed ? 1 : 0)) {
                throw Error(where, "axis " + std::to_string(axis) + " of a tensor with " + std::to_string(rank) +
                                       " dimensions");
            }
        }
    }
}

/// Ranks that libonnx takes for granted. `inputs` are given by position; the others must have as many dimensions.
struct RankRule {
    const char* op;
    size_t least;              ///< dimensions of input 0
    std::vector<size_t> same;  ///< inputs that have as many as input 0
};

void check_ranks(const NodeProto& node, const std::vector<InferenceInput>& inputs, const std::string& where) {
    static const std::vector<RankRule> rules = {
        {"Conv", 3, {1}},         {"ConvTranspose", 3, {1}},     {"ConvInteger", 3, {1}}, {"QLinearConv", 3, {3}},
        {"MaxPool", 3, {}},       {"AveragePool", 3, {}},        {"LpPool", 3, {}},       {"GlobalAveragePool", 2, {}},
        {"GlobalMaxPool", 2, {}}, {"GlobalLpPool", 2, {}},       {"MaxUnpool", 3, {1}},   {"MaxRoiPool", 3, {}},
        {"RoiAlign", 4, {}},      {"DepthToSpace", 4, {}},       {"SpaceToDepth", 4, {}}, {"GridSample", 4, {1}},
        {"STFT", 2, {}},          {"LayerNormalization", 1, {}}, {"DFT", 2, {}},          {"NonMaxSuppression", 3, {1}},
        {"Det", 2, {}},           {"LSTM", 3, {1, 2}},           {"GRU", 3, {1, 2}},      {"RNN", 3, {1, 2}},
    };
    for (const RankRule& rule : rules) {
        if (node.op_type() != rule.op) {
            continue;
        }
        if (inputs.empty() || inputs[0].value == nullptr || inputs[0].value->shape.size() < rule.least) {
            throw Error(where, "input 0 must have at least " + std::to_string(rule.least) + " dimensions");
        }
        for (size_t other : rule.same) {
            if (other >= inputs.size() || inputs[other].value == nullptr ||
                inputs[other].value->shape.size() != inputs[0].value->shape.size()) {
                throw Error(where, "input " + std::to_string(other) + " must have as many dimensions as input 0");
            }
        }
    }
}

/// Inputs whose length is the number of dimensions of the result: libonnx makes one for each entry, however many.
void check_shape_inputs(const NodeProto& node, const std::vector<InferenceInput>& inputs, const std::string& where) {
    constexpr int64_t kMostDimensions = 64;
    constexpr std::pair<const char*, size_t> kShapes[] = {{"Expand", 1}, {"Reshape", 1},  {"ConstantOfShape", 0},
                                                          {"Tile", 1},   {"Upsample", 1}, {"CenterCropPad", 1}};
    for (const auto& [op, index] : kShapes) {
        const ir::Value* shape = node.op_type() == op && index < inputs.size() ? inputs[index].value : nullptr;
        if (shape != nullptr && ir::element_count(shape->shape) > kMostDimensions) {
            throw Error(where, "asks for " + std::to_string(ir::element_count(shape->shape)) + " dimensions");
        }
    }
}

void check_attribute_names(const NodeProto& node, const onnx::OpSchema& schema, const std::string& where) {
    std::vector<std::string> known;
    for (const auto& [name, attribute] : schema.attributes()) {
        known.push_back(name);
    }
    for (const AttributeProto& attribute : node.attribute()) {
        if (std::find(known.begin(), known.end(), attribute.name()) == known.end()) {
            throw Error(where, "has no attribute `" + attribute.name() + "`", did_you_mean(attribute.name(), known));
        }
    }
}

TypeProto type_of(ir::ElementType type, const ir::Shape& shape) {
    TypeProto proto;
    auto* tensor = proto.mutable_tensor_type();
    tensor->set_elem_type(onnx_type(type));
    tensor->mutable_shape();
    for (int64_t dim : shape) {
        tensor->mutable_shape()->add_dim()->set_dim_value(dim);
    }
    return proto;
}

InferredOutput checked_output(const TypeProto& proto, const std::string& name, const std::string& where) {
    if (!proto.has_tensor_type() || !proto.tensor_type().has_elem_type()) {
        throw Error(where, "the type of its output `" + name + "` cannot be told");
    }
    const auto type = element_type(proto.tensor_type().elem_type());
    if (!type) {
        throw Error(where, "makes `" + name + "` of element type " + onnx_type_name(proto.tensor_type().elem_type()) +
                               ", which is not supported");
    }
    if (!proto.tensor_type().has_shape()) {
        throw ShapeDependsOnData(where, "the shape of its output `" + name + "` depends on data");
    }
    InferredOutput output{*type, {}};
    int64_t elements = 1;
    for (const auto& dim : proto.tensor_type().shape().dim()) {
        if (!dim.has_dim_value()) {
            throw ShapeDependsOnData(where, "the shape of its output `" + name + "` depends on data");
        }
        if (dim.dim_value() < 0 || (dim.dim_value() > 0 && elements > kMaxElements / dim.dim_value())) {
            throw Error(where, "makes `" + name + "` of an impossible shape");
        }
        elements *= dim.dim_value();
        output.shape.push_back(dim.dim_value());
    }
    return output;
}

/// With ceil_mode, a last window that would lie in the padding does not count; libonnx 1.12 counts it.
void correct_ceil_mode(const ir::Node& named, const std::vector<InferenceInput>& inputs,
                       std::vector<InferredOutput>& outputs) {
    const bool pool = named.op == "MaxPool" || named.op == "AveragePool";
    if (!pool || named.integer("ceil_mode", 0) == 0 || inputs.empty() || inputs[0].value == nullptr) {
        return;
    }
    const ir::Shape& in = inputs[0].value->shape;
    if (in.size() < 3) {
        return;
    }
    const auto axes = float_exec::window_axes(named, ir::Shape(in.begin() + 2, in.end()), {});
    for (InferredOutput& output : outputs) {
        for (size_t i = 0; i < axes.size() && output.shape.size() == in.size(); ++i) {
            output.shape[i + 2] = axes[i].output;
        }
    }
}

}  // namespace

bool is_onnx_operator(const std::string& op, const std::string& domain, int64_t opset) {
    return onnx::OpSchemaRegistry::Schema(op, static_cast<int>(opset), domain) != nullptr ||
           (domain.empty() && is_newer_operator(op, opset));
}

std::vector<InferredOutput> infer_outputs(const NodeProto& node, const ir::Node& named, int64_t opset,
                                          const std::vector<InferenceInput>& inputs) {
    const std::string at = where(named);
    check_attribute_ranges(node, at);
    check_axes(node, inputs, at);
    check_ranks(node, inputs, at);
    check_shape_inputs(node, inputs, at);
    // Inputs are named by position: the model's names play no role here.
    NodeProto renamed = node;
    for (int i = 0; i < renamed.input_size(); ++i) {
        renamed.set_input(i, inputs[static_cast<size_t>(i)].value == nullptr ? "" : "input " + std::to_string(i));
    }
    KnownForm form = known_form(renamed, opset, inputs, at);
    const onnx::OpSchema* schema =
        onnx::OpSchemaRegistry::Schema(form.node.op_type(), static_cast<int>(opset), form.node.domain());
    if (schema == nullptr) {
        throw Error(at, "the shapes of its outputs cannot be told");
    }
    check_attribute_names(form.node, *schema, at);
    if (!schema->has_type_and_shape_inference_function()) {
        throw ShapeDependsOnData(at, "the shapes of its outputs cannot be told");
    }

    std::unordered_map<std::string, TypeProto> types;
    std::unordered_map<std::string, onnx::TensorProto> data;
    // Shapes, scales and the like; weights never decide a shape.
    constexpr int64_t kLargestKnown = 65536;
    auto add = [&](const std::string& name, ir::ElementType type, const ir::Shape& shape, const ir::Tensor* known) {
        types.emplace(name, type_of(type, shape));
        if (known != nullptr && known->elements() <= kLargestKnown) {
            data.emplace(name, to_proto(*known));
        }
    };
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].value != nullptr) {
            add("input " + std::to_string(i), inputs[i].value->type, inputs[i].value->shape, inputs[i].known);
        }
    }
    for (const auto& [name, tensor] : form.constants) {
        add(name, tensor.type(), tensor.shape(), &tensor);
    }
    std::unordered_map<std::string, TypeProto*> type_pointers;
    for (auto& [name, type] : types) {
        type_pointers[name] = &type;
    }
    std::unordered_map<std::string, const onnx::TensorProto*> data_pointers;
    for (const auto& [name, tensor] : data) {
        data_pointers[name] = &tensor;
    }
    std::vector<InferredOutput> outputs(static_cast<size_t>(form.node.output_size()));
    try {
        schema->Verify(form.node);
        onnx::shape_inference::InferenceContextImpl context(form.node, type_pointers, data_pointers, {});
        schema->GetTypeAndShapeInferenceFunction()(context);
        for (int i = 0; i < form.node.output_size(); ++i) {
            if (!form.node.output(i).empty()) {
                outputs[static_cast<size_t>(i)] =
                    checked_output(*context.getOutputType(static_cast<size_t>(i)), form.node.output(i), at);
            }
        }
    } catch (const Error&) {
        throw;
    } catch (const std::exception& problem) {
        throw Error(at, problem.what());
    }
    correct_ceil_mode(named, inputs, outputs);
    return outputs;
}

}  // namespace tinamix::import
