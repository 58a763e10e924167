// Functions that the optimizer forms from groups of nodes (domain "tinamix"), beside Silu (unary.cpp).
#include <cmath>

#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

float gelu(float x) { return static_cast<float>(0.5 * x * (1.0 + std::erf(x * 0.70710678118654752))); }

float gelu_tanh(float x) {
    const double cube = static_cast<double>(x) * x * x;
    return static_cast<float>(0.5 * x * (1.0 + std::tanh(0.79788456080286536 * (x + 0.044715 * cube))));
}

float mish(float x) {
    const double softplus = std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(static_cast<double>(x))));
    return static_cast<float>(x * std::tanh(softplus));
}

Tensors map(Call& call, float (*function)(float)) {
    call.require(call.input(0).type() == ir::ElementType::kFloat32, "the input must be float32");
    const float* from = call.input(0).data<float>();
    const auto count = static_cast<size_t>(call.input(0).elements());
    ir::Tensor result = call.reuse(0);
    float* to = result.data<float>();
    parallel_for(call.pool(), count, kElementGrain, [&](size_t begin, size_t size) {
        for (size_t i = begin; i < begin + size; ++i) to[i] = function(from[i]);
    });
    return {std::move(result)};
}

}  // namespace

TINAMIX_FLOAT_OPS(fused) {
    for (const char* domain : {"", "tinamix"}) {  // from opset 20 on ONNX has it too
        registry.set_domain(domain);
        registry.add("Gelu", LayoutUse::kUniform, [](Call& call) {
            return map(call, call.node().text("approximate", "none") == "tanh" ? gelu_tanh : gelu);
        });
        registry.limit("Gelu", [](const ir::Node& node) -> std::string {
            const std::string form = node.text("approximate", "none");
            return form == "none" || form == "tanh" ? "" : "unknown `approximate` form `" + form + "`";
        });
    }
    registry.add("Mish", LayoutUse::kUniform, [](Call& call) { return map(call, mish); });
}

}  // namespace tinamix::float_exec
