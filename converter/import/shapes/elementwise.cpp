// Operators whose outputs have the shape of their input, or of their inputs broadcast together.
#include "float/broadcast.h"
#include "float/onnx_types.h"
#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

/// All inputs from `first` on, broadcast together.
ir::Shape broadcast_inputs(const ShapeCall& call, size_t first = 0) {
    ir::Shape shape = call.shape(first);
    for (size_t i = first + 1; i < call.input_count(); ++i) {
        shape = float_exec::broadcast_shape(call.node(), shape, call.shape(i));
    }
    return shape;
}

Outputs broadcasting(const ShapeCall& call) {
    call.require_one_type();
    return {{call.type(0), broadcast_inputs(call)}};
}

Outputs comparing(const ShapeCall& call) {
    call.require_one_type();
    return {{ir::ElementType::kBool, broadcast_inputs(call)}};
}

Outputs power(const ShapeCall& call) { return {{call.type(0), broadcast_inputs(call)}}; }

Outputs where(const ShapeCall& call) {
    call.require(call.type(0) == ir::ElementType::kBool, "the condition must be bool");
    call.require_one_type(1);
    return {{call.type(1), broadcast_inputs(call)}};
}

/// The slope broadcasts to the input, not the other way round.
Outputs prelu(const ShapeCall& call) {
    call.require_one_type();
    call.require(broadcast_inputs(call) == call.shape(0), "the slope does not broadcast to the input");
    return like_first(call);
}

Outputs question(const ShapeCall& call) { return {{ir::ElementType::kBool, call.shape(0)}}; }

/// Softmax and its kin: up to opset 12 over everything from an axis on, which may be the end.
Outputs softmax(const ShapeCall& call) {
    const int64_t axis = call.node().integer("axis", call.opset() >= 13 ? -1 : 1);
    if (call.opset() >= 13 || axis != static_cast<int64_t>(call.rank(0))) {
        call.axis(axis, call.rank(0));
    }
    return like_first(call);
}

Outputs along_axis(const ShapeCall& call) {
    call.attribute_axis(-1);
    return like_first(call);
}

/// With means and inverse deviations per row.
Outputs layer_normalization(const ShapeCall& call) {
    ir::Shape rows = call.shape(0);
    for (size_t axis = call.attribute_axis(-1); axis < rows.size(); ++axis) {
        rows[axis] = 1;
    }
    return {{call.type(0), call.shape(0)}, {call.type(0), rows}, {call.type(0), rows}};
}

Outputs dropout(const ShapeCall& call) {
    return {{call.type(0), call.shape(0)}, {call.opset() >= 10 ? ir::ElementType::kBool : call.type(0), call.shape(0)}};
}

ir::ElementType stated_type(const ShapeCall& call, const char* attribute) {
    const auto type = float_exec::element_type_of_onnx(call.node().integer(attribute, 0));
    if (!type) {
        throw Error(float_exec::where(call.node()),
                    std::string("the element type of `") + attribute + "` is not supported");
    }
    return *type;
}

Outputs cast(const ShapeCall& call) { return {{stated_type(call, "to"), call.shape(0)}}; }

Outputs cast_like(const ShapeCall& call) { return {{call.type(1), call.shape(0)}}; }

/// Of the type of the zero point, or of `output_dtype`.
Outputs quantize_linear(const ShapeCall& call) {
    call.require(call.node().integer("block_size", 0) == 0,
                 "scales per block are not supported, only per tensor or per channel");
    const bool stated = !call.has(2) && call.node().integer("output_dtype", 0) != 0;
    const ir::ElementType otherwise = call.has(2) ? call.type(2) : ir::ElementType::kUInt8;
    return {{stated ? stated_type(call, "output_dtype") : otherwise, call.shape(0)}};
}

Outputs dequantize_linear(const ShapeCall& call) {
    call.require(call.node().integer("block_size", 0) == 0,
                 "scales per block are not supported, only per tensor or per channel");
    return {{ir::ElementType::kFloat32, call.shape(0)}};
}

Outputs dynamic_quantize_linear(const ShapeCall& call) {
    return {{ir::ElementType::kUInt8, call.shape(0)}, {ir::ElementType::kFloat32, {}}, {ir::ElementType::kUInt8, {}}};
}

Outputs eye_like(const ShapeCall& call) {
    call.require(call.rank(0) == 2, "the input must be a matrix");
    return {{call.node().has("dtype") ? stated_type(call, "dtype") : call.type(0), call.shape(0)}};
}

}  // namespace

void add_elementwise_rules(ShapeRules& rules) {
    for (const char* op : {"Abs",
                           "Acos",
                           "Acosh",
                           "Asin",
                           "Asinh",
                           "Atan",
                           "Atanh",
                           "Ceil",
                           "Celu",
                           "Clip",
                           "Cos",
                           "Cosh",
                           "Elu",
                           "Erf",
                           "Exp",
                           "Floor",
                           "Gelu",
                           "HardSigmoid",
                           "HardSwish",
                           "Identity",
                           "LeakyRelu",
                           "Log",
                           "Mish",
                           "Neg",
                           "Not",
                           "Reciprocal",
                           "Relu",
                           "Round",
                           "Selu",
                           "Shrink",
                           "Sigmoid",
                           "Sign",
                           "Sin",
                           "Sinh",
                           "Softplus",
                           "Softsign",
                           "Sqrt",
                           "Tan",
                           "Tanh",
                           "ThresholdedRelu",
                           "LRN",
                           "BatchNormalization",
                           "InstanceNormalization",
                           "GroupNormalization",
                           "MeanVarianceNormalization",
                           "CumSum",
                           "ReverseSequence",
                           "Trilu",
                           "Scatter",
                           "ScatterElements",
                           "ScatterND"}) {
        rules[op] = like_first;
    }
    for (const char* op : {"Add", "BitShift", "Div", "Max", "Mean", "Min", "Mod", "Mul", "Sub", "Sum"}) {
        rules[op] = broadcasting;
    }
    for (const char* op : {"And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Or", "Xor"}) {
        rules[op] = comparing;
    }
    rules["Pow"] = power;
    rules["Where"] = where;
    rules["PRelu"] = prelu;
    rules["IsInf"] = rules["IsNaN"] = question;
    rules["Softmax"] = rules["LogSoftmax"] = rules["Hardmax"] = softmax;
    rules["LpNormalization"] = along_axis;
    rules["LayerNormalization"] = layer_normalization;
    rules["Dropout"] = dropout;
    rules["Cast"] = cast;
    rules["CastLike"] = cast_like;
    rules["QuantizeLinear"] = quantize_linear;
    rules["DequantizeLinear"] = dequantize_linear;
    rules["DynamicQuantizeLinear"] = dynamic_quantize_linear;
    rules["EyeLike"] = eye_like;
}

}  // namespace tinamix::import
