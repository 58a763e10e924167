// LSTM. Gates in ONNX's order: input, output, forget, cell; peepholes: input, output, forget.
#include "float/recurrent.h"

namespace tinamix::float_exec {

namespace {

enum Gate : int64_t { kInput, kOutput, kForget, kCell, kGates };

void step(const RecurrentCell& cell, bool couples_input_and_forget, std::span<float> gates, std::span<float> h,
          std::span<float> c) {
    const auto hidden = static_cast<size_t>(cell.hidden);
    const auto gate = [&](Gate which) { return gates.subspan(static_cast<size_t>(which) * hidden, hidden); };
    for (Gate which : {kInput, kOutput, kForget, kCell}) {
        cell.add_recurrent(which, h, gate(which));
    }
    const auto peephole = [&](Gate which, size_t j, float state) {
        return cell.peephole == nullptr ? 0.0F : cell.peephole[static_cast<size_t>(which) * hidden + j] * state;
    };
    for (size_t j = 0; j < hidden; ++j) {
        const float input = cell.activate(0, gate(kInput)[j] + peephole(kInput, j, c[j]));
        const float forget =
            couples_input_and_forget ? 1 - input : cell.activate(0, gate(kForget)[j] + peephole(kForget, j, c[j]));
        c[j] = forget * c[j] + input * cell.activate(1, gate(kCell)[j]);
        const float output = cell.activate(0, gate(kOutput)[j] + peephole(kOutput, j, c[j]));
        h[j] = output * cell.activate(2, c[j]);
    }
}

}  // namespace

TINAMIX_FLOAT_OPS(lstm) {
    registry.add("LSTM", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const bool coupled = call.node().integer("input_forget", 0) != 0;
        return run_recurrent(call, kGates, true,
                             [coupled](const RecurrentCell& cell, std::span<float> gates, std::span<float> h,
                                       std::span<float> c) { step(cell, coupled, gates, h, c); });
    });
    registry.limit("LSTM", recurrent_refusal);
}

}  // namespace tinamix::float_exec
