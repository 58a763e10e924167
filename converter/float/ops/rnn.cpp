// RNN: one gate, h = f(W x + R h + b).
#include <algorithm>

#include "float/recurrent.h"

namespace tinamix::float_exec {

namespace {

void step(const RecurrentCell& cell, std::span<float> gates, std::span<float> h) {
    cell.add_recurrent(0, h, gates);
    std::transform(gates.begin(), gates.end(), h.begin(), [&](float sum) { return cell.activate(0, sum); });
}

}  // namespace

TINAMIX_FLOAT_OPS(rnn) {
    registry.add("RNN", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        return run_recurrent(call, 1, false,
                             [](const RecurrentCell& cell, std::span<float> gates, std::span<float> h,
                                std::span<float>) { step(cell, gates, h); });
    });
    registry.limit("RNN", recurrent_refusal);
}

}  // namespace tinamix::float_exec
