// BatchNormalization as at inference: (x - mean) / sqrt(variance + epsilon) * scale + bias per channel.
#include <cmath>

#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(batch_normalization) {
    registry.add("BatchNormalization", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        call.require(x.shape().size() >= 2, "the input must have channels");
        const size_t axis = call.axis(1);
        const int64_t channels = x.shape()[axis];
        for (size_t i = 0; i < 5; ++i) {
            call.require(call.input(i).type() == ir::ElementType::kFloat32, "the inputs must be float32");
            call.require(i == 0 || call.input(i).elements() == channels, "one parameter per channel is needed");
        }
        const float epsilon = call.node().real("epsilon", 1e-5F);
        std::vector<float> factor(static_cast<size_t>(channels)), offset(factor.size());
        for (size_t c = 0; c < factor.size(); ++c) {
            const double deviation = std::sqrt(static_cast<double>(call.input(4).data<float>()[c]) + epsilon);
            const double scale = call.input(1).data<float>()[c] / deviation;
            factor[c] = static_cast<float>(scale);
            offset[c] = static_cast<float>(call.input(2).data<float>()[c] - scale * call.input(3).data<float>()[c]);
        }
        // Storage is [outer][channels][inner].
        int64_t inner = 1;
        for (size_t i = axis + 1; i < x.shape().size(); ++i) {
            inner *= x.shape()[i];
        }
        const auto count = static_cast<size_t>(x.elements());
        const float* from = x.data<float>();
        ir::Tensor result = call.reuse(0);
        float* to = result.data<float>();
        if (inner == 0 || channels == 0) {
            return {std::move(result)};
        }
        const auto rows = count / static_cast<size_t>(inner == 1 ? channels : inner);
        const size_t grain = std::max<size_t>(1, kElementGrain * rows / std::max<size_t>(count, 1));
        parallel_for(call.pool(), rows, grain, [&](size_t begin, size_t size) {
            for (size_t row = begin; row < begin + size; ++row) {
                if (inner == 1) {
                    const size_t at = row * factor.size();
                    for (size_t c = 0; c < factor.size(); ++c) {
                        to[at + c] = from[at + c] * factor[c] + offset[c];
                    }
                } else {
                    const size_t at = row * static_cast<size_t>(inner), c = row % factor.size();
                    for (size_t i = at; i < at + static_cast<size_t>(inner); ++i) {
                        to[i] = from[i] * factor[c] + offset[c];
                    }
                }
            }
        });
        return {std::move(result)};
    });
    registry.limit("BatchNormalization", [](const ir::Node& node) -> std::string {
        if (node.integer("training_mode", 0) != 0) {
            return "training mode is not supported";
        }
        return node.integer("spatial", 1) == 0 ? "`spatial` = 0 is not supported" : "";
    });
}

}  // namespace tinamix::float_exec
