#include "quantize/repair.h"

#include "quantize/bias_correction.h"
#include "quantize/rounding_refinement.h"

namespace tinamix::quantize {

namespace {

/// Gives input `index` of `node` a constant of its own: initializers may serve several layers.
void replace_constant(ir::Graph& graph, int node_index, size_t index, const std::string& what, ir::Tensor tensor) {
    const std::string name = graph.nodes[static_cast<size_t>(node_index)].name + "#" + what;
    const ir::ValueId id = graph.add_constant(name, std::move(tensor));
    std::vector<ir::ValueId>& inputs = graph.nodes[static_cast<size_t>(node_index)].inputs;
    if (inputs.size() <= index) inputs.resize(index + 1, ir::kNoValue);
    inputs[index] = id;
}

std::vector<float> bias_values(const ir::Graph& graph, const WeightLayer& layer) {
    std::vector<float> bias(static_cast<size_t>(layer.channels), 0.0F);
    if (layer.bias == ir::kNoValue) return bias;
    const std::vector<float> values = graph.value(layer.bias).constant->to_floats();
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = values[values.size() == 1 ? 0 : i];
    return bias;
}

}  // namespace

ir::Graph repaired(const ir::Graph& graph, const std::vector<InputMoments>& moments, const Repairs& repairs,
                   int threads) {
    ir::Graph result = graph;
    for (const InputMoments& of : moments) {
        const WeightLayer& layer = of.layer;
        const bool corrects = repairs.bias_correction && layer.takes_bias;
        const std::vector<float> weights = layer.rows(graph);
        std::vector<float> quantized;
        if (repairs.rounding && !of.products.empty()) {
            quantized = refine_layer(of, weights, corrects, threads);
            replace_constant(result, layer.node, 1, "refined", layer.tensor(graph, quantized));
        } else if (corrects) {
            quantized = rounded_rows(weights, layer.channels);
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
