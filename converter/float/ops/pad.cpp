// Pad with a constant, the edge, a reflection, or the other end. Pads are an attribute up to opset 10, inputs from 11
// on, for chosen axes from 18 on; negative pads crop.
#include <algorithm>
#include <cstring>

#include "float/layout.h"
#include "float/movement_shapes.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// The bytes of the fill value.
std::vector<std::byte> fill_value(const Call& call, ir::ElementType type) {
    std::vector<std::byte> bytes(ir::element_bytes(type), std::byte{0});
    if (call.has(2)) {
        const ir::Tensor& value = call.input(2);
        call.require(value.type() == type && value.elements() == 1,
                     "the fill value must be one element of the input's type");
        std::memcpy(bytes.data(), value.raw(), bytes.size());
    } else if (call.node().has("value")) {
        const float value = call.node().real("value", 0);
        call.require(type == ir::ElementType::kFloat32, "the attribute `value` pads float32");
        std::memcpy(bytes.data(), &value, sizeof value);
    }
    return bytes;
}

/// Source index of output position `at` (before the input: negative) in an axis of `length`, in modes without a value.
int64_t source_index(const std::string& mode, int64_t at, int64_t length) {
    if (mode == "edge" || length == 1) {
        return std::clamp<int64_t>(at, 0, length - 1);
    }
    const int64_t period = mode == "wrap" ? length : 2 * (length - 1);  // a reflection does not repeat the edge
    const int64_t index = (at % period + period) % period;
    return index < length ? index : period - index;
}

/// `x` with one axis extended from its own elements.
ir::Tensor extended_axis(const ir::Tensor& x, size_t axis, int64_t before, int64_t after, const std::string& mode) {
    ir::Shape shape = x.shape();
    const int64_t length = shape[axis];
    shape[axis] += before + after;
    const auto at = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const int64_t outer = ir::element_count(ir::Shape(shape.begin(), at));
    const auto block =
        ir::element_count(ir::Shape(at + 1, shape.end())) * static_cast<int64_t>(ir::element_bytes(x.type()));
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
    for (int64_t i = 0; i < outer; ++i) {
        for (int64_t k = 0; k < *at; ++k) {
            std::memcpy(result.raw() + (i * *at + k) * block,
                        x.raw() + (i * length + source_index(mode, k - before, length)) * block,
                        static_cast<size_t>(block));
        }
    }
    return result;
}

/// Pads per storage axis.
AxisPads pads_of(const Call& call) {
    const ir::Shape& stored = call.input(0).shape();
    const std::optional<std::vector<int64_t>> axes = call.has(3) ? std::optional(call.ints(3)) : std::nullopt;
    const AxisPads pads = pads_per_axis(call.node(), onnx_shape(stored, call.layout(0)), call.ints_of(1, "pads"), axes);
    AxisPads result = pads;
    for (size_t axis = 0; axis < stored.size(); ++axis) {
        const size_t at = storage_axis(axis, stored.size(), call.layout(0));
        result.before[at] = pads.before[axis];
        result.after[at] = pads.after[axis];
    }
    return result;
}

ir::Tensor pad_with_own(const Call& call, const std::string& mode) {
    const AxisPads pads = pads_of(call);
    ir::Tensor result = call.input(0);
    for (size_t axis = 0; axis < pads.before.size(); ++axis) {
        if (pads.before[axis] != 0 || pads.after[axis] != 0) {
            call.require(result.elements() > 0, "the input is empty");
            result = extended_axis(result, axis, pads.before[axis], pads.after[axis], mode);
        }
    }
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(pad) {
    registry.add("Pad", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const size_t rank = x.shape().size();
        const std::string mode = call.node().text("mode", "constant");
        if (mode != "constant") {
            return {pad_with_own(call, mode)};
        }
        const AxisPads pads = pads_of(call);
        ir::Shape shape = x.shape(), copied = x.shape();
        const Strides from = row_major_strides(x.shape());
        int64_t from_offset = 0;
        for (size_t axis = 0; axis < rank; ++axis) {
            shape[axis] += pads.before[axis] + pads.after[axis];
            copied[axis] += std::min<int64_t>(pads.before[axis], 0) + std::min<int64_t>(pads.after[axis], 0);
            from_offset += std::max<int64_t>(-pads.before[axis], 0) * from[axis];
        }
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        const std::vector<std::byte> value = fill_value(call, x.type());
        for (size_t i = 0; i < result.bytes(); i += value.size()) {
            std::memcpy(result.raw() + i, value.data(), value.size());
        }
        const Strides to = row_major_strides(shape);
        int64_t to_offset = 0;
        for (size_t axis = 0; axis < rank; ++axis) {
            to_offset += std::max<int64_t>(pads.before[axis], 0) * to[axis];
        }
        const auto bytes = static_cast<int64_t>(value.size());
        if (ir::element_count(copied) > 0) {
            strided_copy(result.raw() + to_offset * bytes, to, x.raw() + from_offset * bytes, from, copied,
                         value.size(), call.pool());
        }
        return {std::move(result)};
    });
    registry.limit("Pad", [](const ir::Node& node) -> std::string {
        const std::string mode = node.text("mode", "constant");
        const bool known = mode == "constant" || mode == "edge" || mode == "reflect" || mode == "wrap";
        return known ? "" : "unknown mode `" + mode + "`";
    });
}

}  // namespace tinamix::float_exec
