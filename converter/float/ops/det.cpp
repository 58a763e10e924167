// Det: determinants of square matrices, by elimination with the largest pivot.
#include <cmath>
#include <utility>

#include "float/element_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

double determinant(std::vector<double> m, size_t n) {
    double result = 1;
    for (size_t step = 0; step < n; ++step) {
        size_t pivot = step;
        for (size_t row = step + 1; row < n; ++row) {
            pivot = std::fabs(m[row * n + step]) > std::fabs(m[pivot * n + step]) ? row : pivot;
        }
        if (m[pivot * n + step] == 0) {
            return 0;
        }
        for (size_t column = 0; pivot != step && column < n; ++column) {
            std::swap(m[pivot * n + column], m[step * n + column]);
        }
        result *= (pivot == step ? 1 : -1) * m[step * n + step];
        for (size_t row = step + 1; row < n; ++row) {
            const double factor = m[row * n + step] / m[step * n + step];
            for (size_t column = step; column < n; ++column) {
                m[row * n + column] -= factor * m[step * n + column];
            }
        }
    }
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(det) {
    registry.add("Det", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const ir::Shape& from = x.shape();
        call.require(from.size() >= 2 && from.back() == from[from.size() - 2], "the input must hold square matrices");
        const auto n = static_cast<size_t>(from.back());
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), ir::Shape(from.begin(), from.end() - 2));
        with_float_type(call, x.type(), [&](auto zero) {
            using T = decltype(zero);
            for (int64_t i = 0; i < result.elements(); ++i) {
                const T* matrix = x.data<T>() + i * static_cast<int64_t>(n * n);
                result.data<T>()[i] = static_cast<T>(determinant(std::vector<double>(matrix, matrix + n * n), n));
            }
            return 0;
        });
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
