// Slice: ranges are attributes up to opset 9 and inputs, with steps, from 10 on.
#include <algorithm>

#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// The range start:end:step over `length` elements, clamped as ONNX says.
struct Range {
    int64_t first, count;
};

Range clamped(int64_t start, int64_t end, int64_t step, int64_t length) {
    auto absolute = [&](int64_t index) { return index < 0 ? std::max<int64_t>(index, -length - 1) + length : index; };
    if (step > 0) {
        const int64_t first = std::clamp<int64_t>(absolute(start), 0, length);
        const int64_t last = std::clamp<int64_t>(absolute(end), 0, length);
        const int64_t room = std::max<int64_t>(0, last - first);
        return {first, room == 0 ? 0 : (room - 1) / step + 1};
    }
    const int64_t first = std::clamp<int64_t>(absolute(start), 0, length - 1);
    const int64_t last = std::clamp<int64_t>(absolute(end), -1, length - 1);
    const int64_t room = std::max<int64_t>(0, first - last);
    return {first, room == 0 ? 0 : (room - 1) / -step + 1};
}

}  // namespace

TINAMIX_FLOAT_OPS(slice) {
    registry.add("Slice", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const std::vector<int64_t> starts = call.ints_of(1, "starts"), ends = call.ints_of(2, "ends");
        std::vector<int64_t> axes = call.ints_of(3, "axes"), steps = call.ints_of(4, "steps");
        for (size_t i = axes.size(); axes.size() < starts.size() && !call.has(3) && !call.node().has("axes"); ++i) {
            axes.push_back(static_cast<int64_t>(i));
        }
        if (steps.empty()) {
            steps.assign(starts.size(), 1);
        }
        call.require(ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
                     "starts, ends, axes and steps must have as many entries");
        ir::Shape shape = x.shape();
        Strides strides = row_major_strides(shape);
        int64_t offset = 0;
        std::vector<char> seen(shape.size(), 0);
        for (size_t i = 0; i < starts.size(); ++i) {
            const size_t axis = call.axis(axes[i]);
            call.require(seen[axis] == 0, "an axis is named twice");
            // -2^63 has no positive counterpart.
            call.require(steps[i] != 0 && steps[i] != INT64_MIN, "a step is out of range");
            seen[axis] = 1;
            if (shape[axis] == 0) {
                continue;
            }
            const Range range = clamped(starts[i], ends[i], steps[i], shape[axis]);
            offset += range.first * strides[axis];
            shape[axis] = range.count;
            // With one element left the step is never taken, and its product might not fit.
            strides[axis] = range.count > 1 ? strides[axis] * steps[i] : 0;
        }
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        const size_t bytes = ir::element_bytes(x.type());
        strided_copy(result.raw(), row_major_strides(shape), x.raw() + offset * static_cast<int64_t>(bytes), strides,
                     shape, bytes, call.pool());
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
