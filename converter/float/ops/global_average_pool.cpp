// GlobalAveragePool: the mean over all spatial dimensions, summed in double.
#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(global_average_pool) {
    registry.add("GlobalAveragePool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
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
        std::vector<double> sums(static_cast<size_t>(channels));
        for (int64_t n = 0; n < batch; ++n) {
            std::fill(sums.begin(), sums.end(), 0.0);
            const float* from = x.data<float>() + n * pixels * channels;
            for (int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (int64_t c = 0; c < channels; ++c) {
                    sums[static_cast<size_t>(c)] += from[pixel * channels + c];
                }
            }
            for (int64_t c = 0; c < channels; ++c) {
                result.data<float>()[n * channels + c] =
                    static_cast<float>(sums[static_cast<size_t>(c)] / static_cast<double>(pixels));
            }
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
