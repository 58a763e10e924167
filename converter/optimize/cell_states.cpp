// What quantization needs to see of recurrent layers.
#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

void expose_cell_states(ir::Graph& graph) {
    constexpr size_t kCellRange = 3;  // float/recurrent.h: an output that ONNX does not have
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        if (graph.nodes[i].op != "LSTM" || !graph.nodes[i].domain.empty() ||
            graph.nodes[i].outputs.size() > kCellRange) {
            continue;
        }
        const ir::ValueId range = graph.add_value(graph.nodes[i].name + "#cell", ir::ElementType::kFloat32, {2});
        graph.nodes[i].outputs.resize(kCellRange, ir::kNoValue);
        graph.nodes[i].outputs.push_back(range);
    }
}

}  // namespace tinamix::optimize
