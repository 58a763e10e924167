#include "quantize/replaced_constant.h"

#include <utility>

namespace tinamix::quantize {

void replace_constant(ir::Graph& graph, int node_index, size_t index, const std::string& what, ir::Tensor tensor) {
    std::string name = graph.nodes[static_cast<size_t>(node_index)].name + "#" + what;
    while (graph.find_value(name) != ir::kNoValue) name += '+';  // replaced before
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

}  // namespace tinamix::quantize
