#include "quantize/linear_parameters.h"

#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

std::string where(const ir::Node& node) { return fmt::format("node `{}` ({})", node.name, node.op); }

/// Signed type of the same width, and the distance between the codes.
struct SignedForm {
    ir::ElementType type;
    int32_t shift;
};

std::optional<SignedForm> signed_form(ir::ElementType type) {
    switch (type) {
        case ir::ElementType::kInt8:
        case ir::ElementType::kInt16:
        case ir::ElementType::kInt32:
            return SignedForm{type, 0};
        case ir::ElementType::kUInt8:
            return SignedForm{ir::ElementType::kInt8, 128};
        case ir::ElementType::kUInt16:
            return SignedForm{ir::ElementType::kInt16, 32768};
        default:
            return std::nullopt;
    }
}

const ir::Tensor& constant(const ir::Graph& graph, const ir::Node& node, size_t index, const char* what) {
    if (index >= node.inputs.size() || !graph.is_constant(node.inputs[index])) {
        throw Error(where(node), fmt::format("its {} is computed at run time; it must be constant", what));
    }
    return *graph.value(node.inputs[index]).constant;
}

/// The axis of scales per channel. One scale needs none.
int64_t channel_axis(const ir::Node& node, const ir::Shape& shape, size_t scales) {
    if (scales == 1) return 0;
    const auto rank = static_cast<int64_t>(shape.size());
    int64_t axis = node.integer("axis", 1);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank || shape[static_cast<size_t>(axis)] != static_cast<int64_t>(scales)) {
        throw Error(where(node), fmt::format("{} scales do not fit axis {} of a tensor of shape {}", scales,
                                             node.integer("axis", 1), ir::shape_text(shape)));
    }
    return axis;
}

}  // namespace

ir::StatedQuantization linear_parameters(const ir::Graph& graph, const ir::Node& node) {
    const ir::Value& codes = graph.value(node.op == "QuantizeLinear" ? node.outputs.at(0) : node.inputs.at(0));
    const std::optional<SignedForm> form = signed_form(codes.type);
    if (!form) {
        throw Error(where(node), fmt::format("codes of {} have no kernels", ir::element_type_name(codes.type)));
    }
    const ir::Tensor& scale = constant(graph, node, 1, "scale");
    ir::StatedQuantization stated;
    stated.type = form->type;
    stated.scale = scale.to_floats();
    if (stated.scale.empty() || scale.shape().size() > 1) {
        throw Error(where(node), fmt::format("a scale of shape {} is neither per tensor nor per channel",
                                             ir::shape_text(scale.shape())));
    }
    for (float value : stated.scale) {
        if (!std::isnormal(value) || value < 0) throw Error(where(node), fmt::format("{} is no scale", value));
    }
    stated.axis = channel_axis(node, codes.shape, stated.scale.size());
    stated.zero_point.assign(stated.scale.size(), -form->shift);
    if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
        const std::vector<int64_t> zero_points = constant(graph, node, 2, "zero point").to_ints();
        if (zero_points.size() != stated.scale.size()) {
            throw Error(where(node),
                        fmt::format("{} scales but {} zero points", stated.scale.size(), zero_points.size()));
        }
        for (size_t i = 0; i < zero_points.size(); ++i) {
            stated.zero_point[i] = static_cast<int32_t>(zero_points[i] - form->shift);
        }
    }
    return stated;
}

ir::Tensor signed_codes(const ir::Tensor& codes) {
    const std::optional<SignedForm> form = signed_form(codes.type());
    if (!form) throw Error("", fmt::format("codes of {} have no kernels", ir::element_type_name(codes.type())));
    if (form->shift == 0) return codes;
    ir::Tensor shifted = ir::Tensor::uninitialized(form->type, codes.shape());
    const std::vector<int64_t> values = codes.to_ints();
    for (size_t i = 0; i < values.size(); ++i) {
        const int64_t code = values[i] - form->shift;
        if (form->type == ir::ElementType::kInt8) {
            shifted.data<int8_t>()[i] = static_cast<int8_t>(code);
        } else {
            shifted.data<int16_t>()[i] = static_cast<int16_t>(code);
        }
    }
    return shifted;
}

ir::Tensor dequantized(const ir::Tensor& codes, const ir::StatedQuantization& stated) {
    ir::Tensor real = ir::Tensor::uninitialized(ir::ElementType::kFloat32, codes.shape());
    const std::vector<int64_t> values = codes.to_ints();
    int64_t inner = 1;
    for (size_t i = static_cast<size_t>(stated.axis) + 1; i < codes.shape().size(); ++i) inner *= codes.shape()[i];
    const size_t channels = stated.scale.size();
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t channel = channels == 1 ? 0 : i / static_cast<size_t>(inner) % channels;
        real.data<float>()[i] = static_cast<float>(values[i] - stated.zero_point[channel]) * stated.scale[channel];
    }
    return real;
}

}  // namespace tinamix::quantize
