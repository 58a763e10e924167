// GlobalAveragePool, GlobalMaxPool and GlobalLpPool: one value per channel over all spatial dimensions, in double.
#include <cmath>
#include <limits>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// add(total, element) over all pixels from `start` on; finish(total, pixels) makes the result.
template <typename Add, typename Finish>
ir::Tensor global_pool(const Call& call, double start, const Add& add, const Finish& finish) {
    const ir::Tensor& x = call.input(0);
    const ir::Shape& shape = x.shape();
    call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
    call.require(shape.size() >= 3 && call.layout(0) == Layout::kChannelsLast, "the input must be an image");
    const int64_t batch = shape.front(), channels = shape.back();
    call.require(x.elements() > 0, "the input is empty");
    const int64_t pixels = x.elements() / batch / channels;
    ir::Shape result_shape(shape.size(), 1);
    result_shape.front() = batch;
    result_shape.back() = channels;
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, result_shape);
    std::vector<double> totals(static_cast<size_t>(channels));
    for (int64_t n = 0; n < batch; ++n) {
        std::fill(totals.begin(), totals.end(), start);
        const float* from = x.data<float>() + n * pixels * channels;
        for (int64_t pixel = 0; pixel < pixels; ++pixel) {
            for (int64_t c = 0; c < channels; ++c) {
                double& total = totals[static_cast<size_t>(c)];
                total = add(total, static_cast<double>(from[pixel * channels + c]));
            }
        }
        for (int64_t c = 0; c < channels; ++c) {
            result.data<float>()[n * channels + c] =
                static_cast<float>(finish(totals[static_cast<size_t>(c)], static_cast<double>(pixels)));
        }
    }
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(global_pool) {
    registry.add("GlobalAveragePool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        return {global_pool(
            call, 0, [](double total, double x) { return total + x; },
            [](double total, double pixels) { return total / pixels; })};
    });
    registry.add("GlobalMaxPool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        return {global_pool(
            call, -std::numeric_limits<double>::infinity(),
            [](double total, double x) { return x > total || x != x ? x : total; },
            [](double total, double) { return total; })};
    });
    registry.add("GlobalLpPool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        const auto p = static_cast<double>(call.node().integer("p", 2));
        call.require(p >= 1, "`p` must be positive");
        return {global_pool(
            call, 0, [p](double total, double x) { return total + std::pow(std::fabs(x), p); },
            [p](double total, double) { return std::pow(total, 1 / p); })};
    });
}

}  // namespace tinamix::float_exec
