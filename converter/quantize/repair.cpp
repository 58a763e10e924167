#include "quantize/repair.h"

#include "quantize/bias_correction.h"
#include "quantize/replaced_constant.h"
#include "quantize/rounding_refinement.h"
#include "quantize/weight_scale.h"

namespace tinamix::quantize {

ir::Graph repaired(const ir::Graph& graph, const std::vector<InputMoments>& moments, const Repairs& repairs,
                   int threads) {
    ir::Graph result = graph;
    for (const InputMoments& of : moments) {
        const WeightLayer& layer = of.layer;
        const bool corrects = repairs.bias_correction && layer.takes_bias;
        const std::vector<float> weights = layer.rows(graph);
        const std::vector<float> scales = row_scales(of, weights, repairs.weight_scale, corrects);
        std::vector<float> quantized;
        if (repairs.rounding && !of.products.empty()) {
            quantized = refine_layer(of, weights, scales, corrects, threads);
        } else if (corrects || repairs.weight_scale) {
            quantized = rounded_rows(weights, scales);
        }
        if (repairs.rounding || repairs.weight_scale) {
            if (!quantized.empty()) replace_constant(result, layer.node, 1, "refined", layer.tensor(graph, quantized));
        }
        if (!corrects) continue;
        const std::vector<double> correction = bias_correction(of, weights, quantized);
        std::vector<float> bias = bias_values(graph, layer);
        for (size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(bias[i] + correction[i]);
        replace_constant(result, layer.node, 2, "corrected", ir::Tensor::from({layer.channels}, bias));
    }
    return result;
}

}  // namespace tinamix::quantize
