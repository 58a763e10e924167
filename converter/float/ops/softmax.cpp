// Softmax: over one axis from opset 13 on, before that over everything from the axis to the end.
#include <algorithm>

#include "float/fast_exp.h"
#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// One vector of `count` elements, `step` apart.
void softmax(const float* from, float* to, int64_t count, int64_t step) {
    float largest = from[0];
    for (int64_t i = 1; i < count; ++i) {
        largest = std::max(largest, from[i * step]);
    }
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        to[i * step] = fast_exp(from[i * step] - largest);
        sum += to[i * step];
    }
    for (int64_t i = 0; i < count; ++i) {
        to[i * step] = static_cast<float>(to[i * step] / sum);
    }
}

}  // namespace

TINAMIX_FLOAT_OPS(softmax) {
    registry.add("Softmax", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        const bool one_axis = call.opset() >= 13;
        const ir::Shape shape = x.shape();
        const auto rank = static_cast<int64_t>(shape.size());
        int64_t given = call.node().integer("axis", one_axis ? -1 : 1);
        // The older form may flatten after the last axis too.
        const size_t axis = !one_axis && given == rank ? shape.size() : call.normalized_axis(given, shape.size());
        const auto split = shape.begin() + static_cast<std::ptrdiff_t>(axis);
        const int64_t count = one_axis ? *split : ir::element_count(ir::Shape(split, shape.end()));
        const int64_t step = one_axis ? ir::element_count(ir::Shape(split + 1, shape.end())) : 1;
        const float* from = x.data<float>();
        const int64_t elements = x.elements();
        ir::Tensor result = call.reuse(0);
        float* to = result.data<float>();
        if (elements == 0) {
            return {std::move(result)};
        }
        const size_t grain = std::max<size_t>(1, kElementGrain / 4 / static_cast<size_t>(count));
        parallel_for(call.pool(), static_cast<size_t>(elements / count), grain, [&](size_t begin, size_t size) {
            for (auto index = static_cast<int64_t>(begin); index < static_cast<int64_t>(begin + size); ++index) {
                const int64_t offset = index / step * step * count + index % step;
                softmax(from + offset, to + offset, count, step);
            }
        });
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
