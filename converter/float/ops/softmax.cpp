// Softmax, LogSoftmax and Hardmax: over one axis from opset 13 on, before that over everything from the axis to the
// end.
#include <algorithm>
#include <cmath>

#include "float/element_types.h"
#include "float/fast_exp.h"
#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// One vector of `count` elements, `step` apart. `to` may be `from`.
struct Softmax {
    template <typename T>
    static void run(const T* from, T* to, int64_t count, int64_t step) {
        T largest = from[0];
        for (int64_t i = 1; i < count; ++i) {
            largest = std::max(largest, from[i * step]);
        }
        double sum = 0;
        for (int64_t i = 0; i < count; ++i) {
            to[i * step] = fast_exp(from[i * step] - largest);
            sum += static_cast<double>(to[i * step]);
        }
        for (int64_t i = 0; i < count; ++i) {
            to[i * step] = static_cast<T>(static_cast<double>(to[i * step]) / sum);
        }
    }
};

struct LogSoftmax {
    template <typename T>
    static void run(const T* from, T* to, int64_t count, int64_t step) {
        T largest = from[0];
        for (int64_t i = 1; i < count; ++i) {
            largest = std::max(largest, from[i * step]);
        }
        double sum = 0;
        for (int64_t i = 0; i < count; ++i) {
            sum += static_cast<double>(fast_exp(from[i * step] - largest));
        }
        const double log_sum = std::log(sum);
        for (int64_t i = 0; i < count; ++i) {
            to[i * step] = static_cast<T>(static_cast<double>(from[i * step] - largest) - log_sum);
        }
    }
};

/// 1 at the first largest element, 0 elsewhere.
struct Hardmax {
    template <typename T>
    static void run(const T* from, T* to, int64_t count, int64_t step) {
        int64_t best = 0;
        for (int64_t i = 1; i < count; ++i) {
            best = from[i * step] > from[best * step] ? i : best;
        }
        for (int64_t i = 0; i < count; ++i) {
            to[i * step] = i == best ? T(1) : T(0);
        }
    }
};

template <typename Function>
Tensors over_axis(Call& call) {
    const bool one_axis = call.opset() >= 13;
    const ir::Shape shape = call.input(0).shape();
    const auto rank = static_cast<int64_t>(shape.size());
    const int64_t given = call.node().integer("axis", one_axis ? -1 : 1);
    // The older form may flatten after the last axis too.
    const size_t axis = !one_axis && given == rank ? shape.size() : call.normalized_axis(given, shape.size());
    const auto split = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const int64_t count = one_axis ? *split : ir::element_count(ir::Shape(split, shape.end()));
    const int64_t step = one_axis ? ir::element_count(ir::Shape(split + 1, shape.end())) : 1;
    const int64_t elements = call.input(0).elements();
    return {with_float_type(call, call.input(0).type(), [&](auto zero) {
        using T = decltype(zero);
        const T* from = call.input(0).data<T>();
        ir::Tensor result = call.reuse(0);
        T* to = result.data<T>();
        if (elements == 0) {
            return result;
        }
        const size_t grain = std::max<size_t>(1, kElementGrain / 4 / static_cast<size_t>(count));
        parallel_for(call.pool(), static_cast<size_t>(elements / count), grain, [&](size_t begin, size_t size) {
            for (auto index = static_cast<int64_t>(begin); index < static_cast<int64_t>(begin + size); ++index) {
                const int64_t offset = index / step * step * count + index % step;
                Function::run(from + offset, to + offset, count, step);
            }
        });
        return result;
    })};
}

}  // namespace

TINAMIX_FLOAT_OPS(softmax) {
    registry.add("Softmax", LayoutUse::kOnnx, over_axis<Softmax>);
    registry.add("LogSoftmax", LayoutUse::kOnnx, over_axis<LogSoftmax>);
    registry.add("Hardmax", LayoutUse::kOnnx, over_axis<Hardmax>);
}

}  // namespace tinamix::float_exec
