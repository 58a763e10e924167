// LSTM, GRU and RNN, one direction: the specification (docs/arithmetic.md, 11 and 8).
#include "kernels/reference/recurrent.h"

#include "kernels/kernel_table.h"
#include "kernels/reference/precision.h"

namespace tmx::kernels {
namespace {

enum LstmGate : int32_t { kInput = 0, kOutput = 1, kForget = 2, kCell = 3 };
enum GruGate : int32_t { kUpdate = 0, kReset = 1, kHidden = 2 };

/// Code of a gate that is fully open.
constexpr int32_t kGateOne = 32767;

int16_t to_int16(int64_t value) { return static_cast<int16_t>(clamp_i64(value, INT16_MIN, INT16_MAX)); }

/// 11: the function of a gate at a Q16 sum.
int32_t gate(const GateFunction& function, int32_t sum) {
    const int32_t bits = function.interval_bits;
    const int32_t bound = 1 << (9 + bits);
    const int32_t at = static_cast<int32_t>(clamp_i64(sum, -bound, bound - 1)) + bound;
    const int32_t index = at >> bits;
    const int32_t rest = at & ((1 << bits) - 1);
    const int32_t rise = function.table[index + 1] - function.table[index];
    constexpr int32_t kMostNarrowBits = 14;  // their product is below 2^30: 32 bits are enough for the same result
    if (bits <= kMostNarrowBits) return function.table[index] + ((rise * rest + (1 << (bits - 1))) >> bits);
    return static_cast<int32_t>(function.table[index] + shift_half_up(int64_t{rise} * rest, bits));
}

/// A gate's sum in float32.
float gate(const RecurrentArgs& args, const GateFunction& function, float sum) {
    float result;
    const float bounded = args.clip > 0.0f ? clamp_f32(sum, -args.clip, args.clip) : sum;
    f32_unary__reference({function.function, function.alpha, function.beta, &bounded, &result}, 0, 1);
    return result;
}

template <typename Precision>
void product_rows(const GateProduct& product, const int16_t* x, int32_t k, int32_t first, int32_t last, int32_t* sums) {
    OutputStage stage = {};
    stage.bias = product.bias;
    for (int32_t row = first; row < last; ++row) {
        const auto* weights =
            static_cast<const typename Precision::Weight*>(product.weights) + static_cast<int64_t>(row) * k;
        auto acc = Precision::bias(stage, row);
        for (int32_t i = 0; i < k; ++i) acc = Precision::multiply_add(acc, x[i], weights[i]);
        int64_t rescaled;
        if constexpr (Precision::kWide) {
            rescaled = rescale_wide(static_cast<int64_t>(acc), product.multiplier[row], product.shift[row]);
        } else {
            rescaled = rescale(static_cast<int32_t>(acc), product.multiplier[row], product.shift[row]);
        }
        sums[row] = bounded_sum(rescaled);
    }
}

/// `Narrow` and `Wide` differ in their accumulator.
template <typename Narrow, typename Wide>
void integer_product(const GateProduct& product, const int16_t* x, int32_t k, int32_t first, int32_t last,
                     int32_t* sums) {
    if (product.wide_accumulator) {
        product_rows<Wide>(product, x, k, first, last, sums);
    } else {
        product_rows<Narrow>(product, x, k, first, last, sums);
    }
}

/// Integer arithmetic of a recurrent op.
struct IntegerCell {
    using State = int16_t;
    using Sum = int32_t;

    static void lstm(const RecurrentArgs& args, const Sum* sums, int32_t j, State* c, State* h) {
        const int32_t size = args.hidden;
        const int64_t in = gate(args.functions[0], sums[kInput * size + j]);
        const int64_t out = gate(args.functions[0], sums[kOutput * size + j]);
        const int64_t forget = gate(args.functions[0], sums[kForget * size + j]);
        const int64_t candidate = gate(args.functions[1], sums[kCell * size + j]);
        *c = to_int16(shift_half_up(forget * *c * args.forget_multiplier + in * candidate * args.input_multiplier,
                                    args.cell_shift));
        const int32_t cell = bounded_sum(rescale(*c, args.cell_to_sum.multiplier, args.cell_to_sum.shift));
        const int64_t product = out * gate(args.functions[2], cell);
        *h = to_int16(rescale_wide(product, args.gate_product.multiplier, args.gate_product.shift));
    }
    static State scaled_state(const RecurrentArgs& args, Sum reset_sum, State h) {
        const int64_t reset = gate(args.functions[0], reset_sum);
        return to_int16(rescale_wide(reset * h, args.gate_product.multiplier, args.gate_product.shift));
    }
    static Sum scaled_sum(const RecurrentArgs& args, Sum reset_sum, Sum recurrent) {
        const int64_t reset = gate(args.functions[0], reset_sum);
        return bounded_sum(rescale_wide(reset * recurrent, args.gate_product.multiplier, args.gate_product.shift));
    }
    static State gru(const RecurrentArgs& args, Sum update_sum, Sum hidden_sum, State h) {
        const int64_t update = gate(args.functions[0], update_sum);
        const int64_t candidate = gate(args.functions[1], hidden_sum);
        const int64_t mix = (kGateOne - update) * candidate + update * h;
        return to_int16(rescale_wide(mix, args.gate_product.multiplier, args.gate_product.shift));
    }
    static State rnn(const RecurrentArgs& args, Sum sum) { return to_int16(gate(args.functions[0], sum)); }
};

struct FloatCell {
    using State = float;
    using Sum = float;

    static void product(const GateProduct& product, const State* x, int32_t k, int32_t first, int32_t last, Sum* sums) {
        for (int32_t row = first; row < last; ++row) {
            const float* weights = static_cast<const float*>(product.weights) + static_cast<int64_t>(row) * k;
            float acc = static_cast<const float*>(product.bias)[row];
            for (int32_t i = 0; i < k; ++i) acc = acc + x[i] * weights[i];
            sums[row] = acc;
        }
    }
    static void lstm(const RecurrentArgs& args, const Sum* sums, int32_t j, State* c, State* h) {
        const int32_t size = args.hidden;
        const float in = gate(args, args.functions[0], sums[kInput * size + j]);
        const float out = gate(args, args.functions[0], sums[kOutput * size + j]);
        const float forget = gate(args, args.functions[0], sums[kForget * size + j]);
        const float candidate = gate(args, args.functions[1], sums[kCell * size + j]);
        *c = forget * *c + in * candidate;
        *h = out * gate(args, args.functions[2], *c);
    }
    static State scaled_state(const RecurrentArgs& args, Sum reset_sum, State h) {
        return gate(args, args.functions[0], reset_sum) * h;
    }
    static Sum scaled_sum(const RecurrentArgs& args, Sum reset_sum, Sum recurrent) {
        return gate(args, args.functions[0], reset_sum) * recurrent;
    }
    static State gru(const RecurrentArgs& args, Sum update_sum, Sum hidden_sum, State h) {
        const float update = gate(args, args.functions[0], update_sum);
        const float candidate = gate(args, args.functions[1], hidden_sum);
        return (1.0f - update) * candidate + update * h;
    }
    static State rnn(const RecurrentArgs& args, Sum sum) { return gate(args, args.functions[0], sum); }
};

/// Computes rows of a product: IntegerGateProduct, or the same of floats.
template <typename Cell>
using Product = void (*)(const GateProduct& product, const typename Cell::State* x, int32_t k, int32_t first,
                         int32_t last, typename Cell::Sum* sums);

/// The scratch of one sequence.
template <typename Cell>
struct Scratch {
    typename Cell::Sum *input, *recurrent;  ///< [gates][hidden]
    typename Cell::State *h, *scaled;       ///< [hidden]
};

template <typename Cell>
Scratch<Cell> scratch_of(const RecurrentArgs& args, int64_t sequence) {
    using State = typename Cell::State;
    const int64_t sums = int64_t{gate_count(args.cell)} * args.hidden;
    auto* base = static_cast<typename Cell::Sum*>(args.scratch) + sequence * (2 * sums + 2 * int64_t{args.hidden});
    auto* states = reinterpret_cast<State*>(base + 2 * sums);
    return {base, base + sums, states, states + args.hidden};
}

template <typename Cell>
void lstm_step(const RecurrentArgs& args, Product<Cell> product, const Scratch<Cell>& at, typename Cell::State* c) {
    const int32_t size = args.hidden;
    product(args.recurrent, at.h, size, 0, 4 * size, at.recurrent);
    for (int32_t i = 0; i < 4 * size; ++i) at.input[i] = at.input[i] + at.recurrent[i];
    for (int32_t j = 0; j < size; ++j) Cell::lstm(args, at.input, j, &c[j], &at.h[j]);
}

template <typename Cell>
void gru_step(const RecurrentArgs& args, Product<Cell> product, const Scratch<Cell>& at) {
    const int32_t size = args.hidden;
    product(args.recurrent, at.h, size, 0, 2 * size, at.recurrent);
    for (int32_t i = 0; i < 2 * size; ++i) at.input[i] = at.input[i] + at.recurrent[i];
    const auto* reset = at.input + kReset * size;
    for (int32_t j = 0; j < size && !args.reset_after; ++j) at.scaled[j] = Cell::scaled_state(args, reset[j], at.h[j]);
    const auto* state = args.reset_after ? at.h : at.scaled;
    product(args.recurrent, state, size, kHidden * size, 3 * size, at.recurrent);
    for (int32_t j = 0; j < size; ++j) {
        auto recurrent = at.recurrent[kHidden * size + j];
        if (args.reset_after) recurrent = Cell::scaled_sum(args, reset[j], recurrent);
        at.h[j] = Cell::gru(args, at.input[kUpdate * size + j], at.input[kHidden * size + j] + recurrent, at.h[j]);
    }
}

template <typename Cell>
void rnn_step(const RecurrentArgs& args, Product<Cell> product, const Scratch<Cell>& at) {
    product(args.recurrent, at.h, args.hidden, 0, args.hidden, at.recurrent);
    for (int32_t j = 0; j < args.hidden; ++j) at.h[j] = Cell::rnn(args, at.input[j] + at.recurrent[j]);
}

template <typename Cell>
void run_sequences(Product<Cell> product, const RecurrentArgs& args, int64_t first, int64_t last) {
    using State = typename Cell::State;
    const int32_t size = args.hidden;
    for (int64_t n = first; n < last; ++n) {
        const Scratch<Cell> at = scratch_of<Cell>(args, n);
        const State* initial_h = static_cast<const State*>(args.initial_h);
        const State* initial_c = static_cast<const State*>(args.initial_c);
        State* c = args.cell == RecurrentCell::kLstm ? static_cast<State*>(args.final_c) + n * size : nullptr;
        for (int32_t j = 0; j < size; ++j) {
            at.h[j] = initial_h == nullptr ? State{0} : initial_h[n * size + j];
            if (c != nullptr) c[j] = initial_c == nullptr ? State{0} : initial_c[n * size + j];
        }
        for (int32_t step = 0; step < args.steps; ++step) {
            const int64_t row = int64_t{args.reverse ? args.steps - 1 - step : step} * args.batch + n;
            product(args.input, static_cast<const State*>(args.x) + row * args.inputs, args.inputs, 0,
                    gate_count(args.cell) * size, at.input);
            if (args.cell == RecurrentCell::kLstm) {
                lstm_step<Cell>(args, product, at, c);
            } else if (args.cell == RecurrentCell::kGru) {
                gru_step<Cell>(args, product, at);
            } else {
                rnn_step<Cell>(args, product, at);
            }
            memcpy(static_cast<State*>(args.output) + row * size, at.h, static_cast<size_t>(size) * sizeof(State));
        }
    }
}

}  // namespace

void recurrent_by(IntegerGateProduct product, const RecurrentArgs& args, int64_t first, int64_t last) {
    run_sequences<IntegerCell>(product, args, first, last);
}

void w8a16_recurrent__reference(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(integer_product<W8A16, W8A16Wide>, args, first, last);
}

void w16a16_recurrent__reference(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(integer_product<W16A16, W16A16Wide>, args, first, last);
}

void f32_recurrent__reference(const RecurrentArgs& args, int64_t first, int64_t last) {
    run_sequences<FloatCell>(FloatCell::product, args, first, last);
}

}  // namespace tmx::kernels
