#include "calibrate/memory.h"

#include <algorithm>
#include <vector>

namespace tinamix::calibrate {

size_t inference_bytes(const ir::Graph& graph) {
    const auto bytes = [&](ir::ValueId id) {
        const ir::Value& value = graph.value(id);
        return static_cast<size_t>(std::max<int64_t>(0, ir::element_count(value.shape))) *
               ir::element_bytes(value.type);
    };
    size_t constants = 0;
    std::vector<size_t> last_reader(graph.values.size(), 0);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const ir::ValueId id : graph.nodes[i].inputs) {
            if (id != ir::kNoValue) last_reader[static_cast<size_t>(id)] = i;
        }
    }
    for (const ir::Value& value : graph.values) constants += value.constant ? value.constant->bytes() : 0;
    size_t alive = 0, most = 0;
    for (const ir::ValueId id : graph.inputs) alive += bytes(id);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        size_t made = 0;
        for (const ir::ValueId id : graph.nodes[i].outputs) made += id == ir::kNoValue ? 0 : bytes(id);
        alive += made;
        most = std::max(most, alive + made);
        std::vector<ir::ValueId> read = graph.nodes[i].inputs;
        std::sort(read.begin(), read.end());
        read.erase(std::unique(read.begin(), read.end()), read.end());
        for (const ir::ValueId id : read) {
            if (id == ir::kNoValue || graph.is_constant(id) || last_reader[static_cast<size_t>(id)] != i) continue;
            if (!graph.is_output(id)) alive -= bytes(id);
        }
    }
    return constants + most;
}

}  // namespace tinamix::calibrate
