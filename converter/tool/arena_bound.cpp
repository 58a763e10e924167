// The lower bound of the arena.
#include "tool/arena_bound.h"

#include <algorithm>
#include <vector>

namespace tinamix::tool {

uint64_t largest_live_sum(const Simulation& simulation) {
    struct Life {
        uint64_t bytes = 0;
        int32_t first = -1, last = -1;  ///< op indices; first < 0: never live
    };
    const tmx_info& info = simulation.info();
    std::vector<Life> lives(static_cast<size_t>(info.tensor_count));
    const auto owner_of = [&](int32_t index) {
        const int32_t alias_of = simulation.tensor(index).alias_of;
        return alias_of < 0 ? index : alias_of;
    };
    const auto touch = [&](int32_t index, int32_t op) {
        const int32_t owner = owner_of(index);
        const tmx_tensor tensor = simulation.tensor(owner);
        if (tensor.constant != 0) return;
        Life& life = lives[static_cast<size_t>(owner)];
        life.bytes = tensor.bytes;
        life.first = life.first < 0 ? op : std::min(life.first, op);
        life.last = std::max(life.last, op);
    };
    for (int32_t i = 0; i < info.input_count; ++i) touch(simulation.input_tensor(i), 0);
    for (int32_t index = 0; index < info.op_count; ++index) {
        const tmx_op op = simulation.op(index);
        for (int32_t i = 0; i < op.input_count; ++i) touch(op.inputs[i], index);
        for (int32_t i = 0; i < op.output_count; ++i) touch(op.outputs[i], index);
    }
    for (int32_t i = 0; i < info.output_count; ++i) touch(simulation.output_tensor(i), std::max(0, info.op_count - 1));

    std::vector<int64_t> change(static_cast<size_t>(info.op_count) + 2, 0);
    for (const Life& life : lives) {
        if (life.first < 0) continue;
        change[static_cast<size_t>(life.first)] += static_cast<int64_t>(life.bytes);
        change[static_cast<size_t>(life.last) + 1] -= static_cast<int64_t>(life.bytes);
    }
    int64_t live = 0, largest = 0;
    for (const int64_t difference : change) {
        live += difference;
        largest = std::max(largest, live);
    }
    return static_cast<uint64_t>(largest);
}

}  // namespace tinamix::tool
