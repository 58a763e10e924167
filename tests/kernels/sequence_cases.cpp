// Matrix products of activations and recurrent layers to test kernels with.
#include "cases.h"

namespace tmx::kernels::test {
namespace {

int type_bytes(int slot) { return slot == TypeSlot::i8 ? 1 : slot == TypeSlot::i16 ? 2 : 4; }

void fill_any(Random& random, bool is_float, int bytes, Values values, Buffer* buffer) {
    if (is_float) {
        fill_floats(random, 2.0f, buffer);
    } else {
        fill_codes(random, values, bytes, lowest_code(bytes), highest_code(bytes), buffer);
    }
}

/// Strides of [batch..., rows, columns] in memory where the dimensions stand in a random order.
struct Operand {
    int64_t strides[kMaxRank];
    int64_t elements = 1;

    Operand(Random& random, int32_t rank, const int32_t* shape, bool in_order) {
        int32_t order[kMaxRank];
        for (int32_t d = 0; d < rank; ++d) order[d] = d;
        if (!in_order) {
            for (int32_t d = rank - 1; d > 0; --d) std::swap(order[d], order[random.int32(0, d)]);
        }
        for (int32_t d = rank - 1; d >= 0; --d) {
            strides[order[d]] = shape[order[d]] == 1 ? 0 : elements;
            elements *= shape[order[d]];
        }
    }
};

const void* add_operand(Random& random, int slot, Values values, int64_t elements, Case<MatMulArgs>* c) {
    Buffer& buffer = c->add_input(size_t(elements) * type_bytes(slot));
    fill_any(random, slot == TypeSlot::f32, type_bytes(slot), values, &buffer);
    return buffer.data();
}

/// Values for arrays of one type.
template <typename T>
const T* add_values(const std::vector<T>& values, Case<RecurrentArgs>* c) {
    Buffer& buffer = c->add_input(values.size() * sizeof(T));
    std::memcpy(buffer.data(), values.data(), values.size() * sizeof(T));
    return reinterpret_cast<const T*>(buffer.data());
}

void fill_product(Random& random, int slot, Values values, int32_t rows, int32_t depth, Case<RecurrentArgs>* c,
                  GateProduct* product) {
    const bool is_float = slot == PrecisionSlot::f32;
    const int bytes = is_float ? 4 : slot == PrecisionSlot::w8a16 ? 1 : 2;
    Buffer& weights = c->add_input(size_t(rows) * depth * bytes);
    if (is_float) {
        fill_floats(random, 0.7f, &weights);
    } else {
        fill_codes(random, values, bytes, lowest_code(bytes) + 1, highest_code(bytes), &weights);
    }
    product->weights = weights.data();
    if (is_float) {
        Buffer& bias = c->add_input(size_t(rows) * 4);
        fill_floats(random, 1.0f, &bias);
        product->bias = bias.data();
        return;
    }
    product->wide_accumulator = slot == PrecisionSlot::w16a16 || random.one_in(3);
    std::vector<int32_t> multipliers, narrow;
    std::vector<int64_t> wide;
    std::vector<uint8_t> shifts;
    const double magnitude = 2e4 * highest_code(bytes) * 0.5;
    for (int32_t row = 0; row < rows; ++row) {
        const Rescale rescale = random_rescale(random, magnitude, 100000);
        multipliers.push_back(rescale.multiplier);
        shifts.push_back(static_cast<uint8_t>(rescale.shift));
        narrow.push_back(random.int32(-1000000, 1000000));
        wide.push_back(int64_t{narrow.back()} << 8);
    }
    product->bias = product->wide_accumulator ? static_cast<const void*>(add_values(wide, c)) : add_values(narrow, c);
    product->multiplier = add_values(multipliers, c);
    product->shift = add_values(shifts, c);
}

/// A rising curve, as gates have them, or codes without order.
const int16_t* add_table(Random& random, bool ordered, int32_t low, int32_t high, Case<RecurrentArgs>* c) {
    std::vector<int16_t> table;
    for (int32_t i = 0; i < kLookupInt16Entries; ++i) {
        table.push_back(static_cast<int16_t>(ordered ? low + int64_t{high - low} * i / (kLookupInt16Entries - 1)
                                                     : random.int32(-32768, 32767)));
    }
    return add_values(table, c);
}

}  // namespace

void make_cases(operations::matmul, int slot, const Visitor<MatMulArgs>& visit) {
    Random random(9500 + slot);
    const int bytes = type_bytes(slot);
    const int32_t sizes[] = {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 40, 64, 65};
    struct Size {
        int32_t m, k, n;
    };
    // More rows and depth than kernels take at once.
    const Size large[] = {{65, 16, 17}, {130, 5, 3}, {3, 256, 16}, {2, 257, 20}, {5, 600, 33}, {67, 300, 9}};
    constexpr int kSmall = 60;
    for (int i = 0; i < kSmall + 6; ++i) {
        Case<MatMulArgs> c;
        MatMulArgs& args = c.args;
        args.m = random.int32(1, 5);
        args.n = sizes[i % 14];
        args.k = random.pick(sizes);
        args.batch_rank = random.int32(0, 3);
        if (i >= kSmall) {
            args.m = large[i - kSmall].m;
            args.k = large[i - kSmall].k;
            args.n = large[i - kSmall].n;
            args.batch_rank = 1;
        }
        int32_t shape_a[kMaxRank], shape_b[kMaxRank];
        int64_t batch = 1;
        for (int32_t d = 0; d < args.batch_rank; ++d) {
            args.batch_shape[d] = random.int32(1, 3);
            batch *= args.batch_shape[d];
            shape_a[d] = random.one_in(4) ? 1 : args.batch_shape[d];
            shape_b[d] = random.one_in(4) ? 1 : args.batch_shape[d];
        }
        shape_a[args.batch_rank] = args.m;
        shape_a[args.batch_rank + 1] = shape_b[args.batch_rank] = args.k;
        shape_b[args.batch_rank + 1] = args.n;
        const int32_t rank = args.batch_rank + 2;
        const bool b_transposed = i % 3 == 1;
        const Operand a(random, rank, shape_a, i % 3 != 2);
        Operand b(random, rank, shape_b, i % 3 != 2);
        if (b_transposed) {  // what attention multiplies by: rows of b next to each other
            std::swap(shape_b[rank - 2], shape_b[rank - 1]);
            b = Operand(random, rank, shape_b, true);
            std::swap(b.strides[rank - 2], b.strides[rank - 1]);
        }
        for (int32_t d = 0; d < args.batch_rank; ++d) {
            args.batch_stride_a[d] = a.strides[d];
            args.batch_stride_b[d] = b.strides[d];
        }
        args.row_stride_a = a.strides[rank - 2];
        args.depth_stride_a = a.strides[rank - 1];
        args.depth_stride_b = b.strides[rank - 2];
        args.column_stride_b = b.strides[rank - 1];
        const Values values = i % 7 == 3 ? Values::kExtreme : i % 7 == 5 ? Values::kConstant : Values::kRandom;
        args.a = add_operand(random, slot, values, a.elements, &c);
        args.b = add_operand(random, slot, values, b.elements, &c);
        args.zero_point_a = random_zero_point(random, bytes);
        args.zero_point_b = random_zero_point(random, bytes);
        args.zero_point_out = random_zero_point(random, bytes);
        args.rescale = random_rescale(random, slot == TypeSlot::i8 ? 5000.0 * args.k : 3e8 * args.k,
                                      slot == TypeSlot::i8 ? 60 : 15000);
        random_clamp(random, bytes, &args.clamp_min, &args.clamp_max);
        args.clamp_min_f32 = random.one_in(3) ? 0.0f : -3.4028235e38f;
        args.clamp_max_f32 = 3.4028235e38f;
        c.range = batch * args.m;
        c.output_bytes = size_t(c.range) * args.n * bytes;
        c.name = "matmul " + std::to_string(batch) + "x" + std::to_string(args.m) + "x" + std::to_string(args.k) + "x" +
                 std::to_string(args.n) + " case " + std::to_string(i);
        visit(c);
    }
}

void make_cases(operations::normalize, int slot, const Visitor<NormalizeArgs>& visit) {
    Random random(9700 + slot);
    const int bytes = type_bytes(slot);
    const int32_t sizes[] = {1, 2, 7, 16, 48, 65, 130, 512};
    for (int i = 0; i < 48; ++i) {
        Case<NormalizeArgs> c;
        NormalizeArgs& args = c.args;
        args.row_elements = sizes[i % 8];
        args.centered = i % 3 != 2;
        args.row_period = i % 2 == 0 ? 1 : random.int32(1, 3);
        args.rows = args.row_period * random.int32(1, 4);
        args.run = args.row_period > 1 ? args.row_elements : random.one_in(4) ? args.row_elements : 1;
        const int32_t channels = args.row_period * args.row_elements / args.run;
        const Values values = i % 7 == 3 ? Values::kExtreme : i % 7 == 5 ? Values::kConstant : Values::kRandom;
        Buffer& input = c.add_input(size_t(args.rows) * args.row_elements * bytes);
        fill_any(random, slot == TypeSlot::f32, bytes, values, &input);
        args.input = input.data();
        args.input_zero_point = random_zero_point(random, bytes);
        args.output_zero_point = random_zero_point(random, bytes);
        args.epsilon = random.one_in(3) ? 0 : random.int32(0, 100000);
        args.epsilon_f32 = 1e-5f;
        args.shift = bytes == 1 ? 40 : 33;
        Buffer& gains = c.add_input(size_t(channels) * 4);
        Buffer& biases = c.add_input(size_t(channels) * 8);
        if (slot == TypeSlot::f32) {
            fill_floats(random, 2.0f, &gains);
            fill_floats(random, 2.0f, &biases);
        }
        for (int32_t channel = 0; slot != TypeSlot::f32 && channel < channels; ++channel) {
            const int32_t gain = random.int32(-(1 << 30), 1 << 30);
            const int64_t bias = int64_t{random.int32(-1000, 1000)} << 32;
            std::memcpy(gains.data() + 4 * channel, &gain, 4);
            std::memcpy(biases.data() + 8 * channel, &bias, 8);
        }
        args.gains = gains.data();
        args.biases = biases.data();
        random_clamp(random, bytes, &args.clamp_min, &args.clamp_max);
        c.range = args.rows;
        c.output_bytes = size_t(args.rows) * args.row_elements * bytes;
        c.name = "normalize " + std::to_string(args.rows) + "x" + std::to_string(args.row_elements) + " case " +
                 std::to_string(i);
        visit(c);
    }
}

void make_cases(operations::recurrent, int slot, const Visitor<RecurrentArgs>& visit) {
    Random random(9600 + slot);
    const bool is_float = slot == PrecisionSlot::f32;
    if (slot == PrecisionSlot::w8a8) return;
    const int bytes = is_float ? 4 : 2;
    const int32_t sizes[] = {1, 3, 8, 16, 17, 33};
    constexpr int kSmall = 36;
    for (int i = 0; i < kSmall + 6; ++i) {
        Case<RecurrentArgs> c;
        RecurrentArgs& args = c.args;
        args.cell = static_cast<RecurrentCell>(i % 3);
        args.reverse = random.one_in(2);
        args.reset_after = random.one_in(2);
        args.steps = random.int32(1, 4);
        args.batch = random.int32(1, 3);
        args.inputs = random.pick(sizes);
        args.hidden = random.pick(sizes);
        if (i >= kSmall) {  // sums longer than runs of 32 bits
            args.inputs = i % 2 == 0 ? 256 : 601;
            args.hidden = random.int32(4, 7);
        }
        const Values values = i % 5 == 4 ? Values::kExtreme : Values::kRandom;
        const auto add_activations = [&](int32_t count) {
            Buffer& buffer = c.add_input(size_t(count) * bytes);
            fill_any(random, is_float, bytes, values, &buffer);
            return buffer.data();
        };
        args.x = add_activations(args.steps * args.batch * args.inputs);
        if (random.one_in(2)) args.initial_h = add_activations(args.batch * args.hidden);
        if (random.one_in(2)) args.initial_c = add_activations(args.batch * args.hidden);
        const int32_t rows = gate_count(args.cell) * args.hidden;
        fill_product(random, slot, values, rows, args.inputs, &c, &args.input);
        fill_product(random, slot, values, rows, args.hidden, &c, &args.recurrent);
        const UnaryFunction functions[] = {UnaryFunction::kSigmoid, UnaryFunction::kTanh, UnaryFunction::kTanh};
        for (int f = 0; f < 3; ++f) {
            const bool ordered = i % 7 != 6;
            args.functions[f].function = functions[f];
            if (!is_float) args.functions[f].table = add_table(random, ordered, f == 0 ? 0 : -32767, 32767, &c);
            args.functions[f].interval_bits = random.int32(8, 12);
        }
        args.forget_multiplier = random.int32(1 << 28, 1 << 30);
        args.input_multiplier = random.int32(1 << 20, 1 << 30);
        args.cell_shift = 45;
        args.cell_to_sum = {random.int32(1 << 30, INT32_MAX), random.int32(26, 30)};
        args.gate_product = {1073774592 + random.int32(0, 4), 45};
        args.clip = is_float && random.one_in(2) ? 0.75f : 0.0f;
        Buffer& final_c = c.add_input(size_t(args.batch) * args.hidden * bytes);
        args.final_c = final_c.data();
        args.scratch = c.add_scratch(recurrent_scratch_bytes(args.cell, args.batch, args.hidden));
        c.range = args.batch;
        c.output_bytes = size_t(args.steps) * args.batch * args.hidden * bytes;
        c.name = "recurrent cell " + std::to_string(i % 3) + " inputs " + std::to_string(args.inputs) + " hidden " +
                 std::to_string(args.hidden) + " case " + std::to_string(i);
        visit(c);
    }
}

}  // namespace tmx::kernels::test
