// LRN: every value divided by a power of the squares around it, over neighbouring channels.
#include <algorithm>
#include <cmath>

#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(lrn) {
    registry.add("LRN", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        call.require(x.shape().size() >= 3 && call.layout(0) == Layout::kChannelsLast, "the input must be an image");
        const int64_t size = call.node().integer("size", 0), channels = x.shape().back();
        call.require(size >= 1, "`size` must be positive");
        const double alpha = static_cast<double>(call.node().real("alpha", 1e-4F)) / static_cast<double>(size);
        const double beta = static_cast<double>(call.node().real("beta", 0.75F));
        const double bias = static_cast<double>(call.node().real("bias", 1));
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), x.shape());
        for (int64_t at = 0; channels > 0 && at < x.elements(); at += channels) {
            const float* pixel = x.data<float>() + at;
            for (int64_t c = 0; c < channels; ++c) {
                const int64_t first = std::max<int64_t>(0, c - (size - 1) / 2);
                const int64_t last = std::min(channels - 1, c + size / 2);
                double sum = 0;
                for (int64_t i = first; i <= last; ++i) {
                    sum += static_cast<double>(pixel[i]) * static_cast<double>(pixel[i]);
                }
                result.data<float>()[at + c] =
                    static_cast<float>(static_cast<double>(pixel[c]) / std::pow(bias + alpha * sum, beta));
            }
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
