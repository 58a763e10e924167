// GRU. Gates in ONNX's order: update, reset, hidden.
#include "float/recurrent.h"

namespace tinamix::float_exec {

namespace {

enum Gate : int64_t { kUpdate, kReset, kHidden, kGates };

/// `reset_after`: attribute linear_before_reset; the reset gate then scales the recurrent product instead of the state.
void step(const RecurrentCell& cell, bool reset_after, std::span<float> gates, std::span<float> h) {
    const auto hidden = static_cast<size_t>(cell.hidden);
    const auto gate = [&](Gate which) { return gates.subspan(static_cast<size_t>(which) * hidden, hidden); };
    cell.add_recurrent(kUpdate, h, gate(kUpdate));
    cell.add_recurrent(kReset, h, gate(kReset));
    std::vector<float> reset(hidden), recurrent(hidden);
    for (size_t j = 0; j < hidden; ++j) {
        reset[j] = cell.activate(0, gate(kReset)[j]);
    }
    if (reset_after) {
        cell.add_recurrent(kHidden, h, recurrent);
        for (size_t j = 0; j < hidden; ++j) {
            recurrent[j] *= reset[j];
        }
    } else {
        for (size_t j = 0; j < hidden; ++j) {
            reset[j] *= h[j];
        }
        cell.add_recurrent(kHidden, reset, recurrent);
    }
    for (size_t j = 0; j < hidden; ++j) {
        const float update = cell.activate(0, gate(kUpdate)[j]);
        const float candidate = cell.activate(1, gate(kHidden)[j] + recurrent[j]);
        h[j] = (1 - update) * candidate + update * h[j];
    }
}

}  // namespace

TINAMIX_FLOAT_OPS(gru) {
    registry.add("GRU", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const bool reset_after = call.node().integer("linear_before_reset", 0) != 0;
        return run_recurrent(call, kGates, false,
                             [reset_after](const RecurrentCell& cell, std::span<float> gates, std::span<float> h,
                                           std::span<float>) { step(cell, reset_after, gates, h); });
    });
    registry.limit("GRU", recurrent_refusal);
}

}  // namespace tinamix::float_exec
