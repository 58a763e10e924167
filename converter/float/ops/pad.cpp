// Pad with a constant. Pads are an attribute up to opset 10, inputs from 11 on, for chosen axes from 18 on; negative
// pads crop.
#include <algorithm>
#include <cstring>

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

}  // namespace

TINAMIX_FLOAT_OPS(pad) {
    registry.add("Pad", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const size_t rank = x.shape().size();
        const std::vector<int64_t> pads = call.ints_of(1, "pads");
        std::vector<int64_t> axes = call.has(3) ? call.ints(3) : std::vector<int64_t>();
        for (size_t i = 0; !call.has(3) && i < rank; ++i) {
            axes.push_back(static_cast<int64_t>(i));
        }
        call.require(pads.size() == 2 * axes.size(), "there must be two pads per axis");
        ir::Shape shape = x.shape(), copied = x.shape();
        const Strides from = row_major_strides(x.shape());
        int64_t from_offset = 0;
        std::vector<int64_t> begin(rank, 0);
        for (size_t i = 0; i < axes.size(); ++i) {
            constexpr int64_t kLargest = int64_t{1} << 31;
            const size_t axis = call.axis(axes[i]);
            const int64_t before = pads[i], after = pads[axes.size() + i];
            call.require(std::abs(std::max(before, -kLargest - 1)) <= kLargest &&
                             std::abs(std::max(after, -kLargest - 1)) <= kLargest,
                         "a pad is out of range");
            call.require(shape[axis] == x.shape()[axis] && begin[axis] == 0, "an axis is named twice");
            shape[axis] += before + after;
            copied[axis] += std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0);
            call.require(shape[axis] >= 0 && copied[axis] >= 0, "the pads remove more than there is");
            from_offset += std::max<int64_t>(-before, 0) * from[axis];
            begin[axis] = std::max<int64_t>(before, 0);
        }
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        const std::vector<std::byte> value = fill_value(call, x.type());
        for (size_t i = 0; i < result.bytes(); i += value.size()) {
            std::memcpy(result.raw() + i, value.data(), value.size());
        }
        const Strides to = row_major_strides(shape);
        int64_t to_offset = 0;
        for (size_t axis = 0; axis < rank; ++axis) {
            to_offset += begin[axis] * to[axis];
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
        return mode == "constant" ? "" : "mode `" + mode + "` is not supported, only `constant`";
    });
}

}  // namespace tinamix::float_exec
