// Element-wise operations to test kernels with: lengths around vector widths, every function, both conversions.
#include "cases.h"

namespace tmx::kernels::test {
namespace {

int slot_bytes(int slot) { return slot == TypeSlot::i8 ? 1 : slot == TypeSlot::i16 ? 2 : 4; }

constexpr int32_t kLengths[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 129, 257};

void fill_any(Random& random, int slot, Values values, Buffer* buffer) {
    if (slot == TypeSlot::f32) {
        fill_floats(random, 8.0f, buffer);
    } else {
        fill_codes(random, values, slot_bytes(slot), lowest_code(slot_bytes(slot)), highest_code(slot_bytes(slot)),
                   buffer);
    }
}

/// How operand b (or a) repeats over the output's shape.
enum class Broadcast { kNone, kChannels, kPixels, kScalar, kMixed };

void set_strides(const BinaryArgs& a, Broadcast how, int64_t* strides, size_t* elements) {
    *elements = 1;
    for (int32_t d = a.rank - 1; d >= 0; --d) {
        bool repeats = false;
        if (how == Broadcast::kChannels) repeats = d != a.rank - 1;
        if (how == Broadcast::kPixels) repeats = d == a.rank - 1;
        if (how == Broadcast::kScalar) repeats = true;
        if (how == Broadcast::kMixed) repeats = d % 2 == 1;
        strides[d] = repeats ? 0 : static_cast<int64_t>(*elements);
        if (!repeats) *elements *= a.shape[d];
    }
}

void visit_binary(Random& random, int slot, BinaryFunction function, int32_t inner, const Visitor<BinaryArgs>& visit) {
    const int bytes = slot_bytes(slot);
    Case<BinaryArgs> c;
    BinaryArgs& a = c.args;
    a.function = function;
    a.rank = random.int32(1, 4);
    c.range = 1;
    for (int32_t d = 0; d < a.rank; ++d) {
        a.shape[d] = d == a.rank - 1 ? inner : random.int32(1, 4);
        if (d != a.rank - 1) c.range *= a.shape[d];
    }
    const Broadcast ways[] = {Broadcast::kNone,   Broadcast::kNone,   Broadcast::kChannels,
                              Broadcast::kPixels, Broadcast::kScalar, Broadcast::kMixed};
    const Broadcast way_a = random.one_in(3) ? random.pick(ways) : Broadcast::kNone;
    const Broadcast way_b = random.pick(ways);
    const Values values = random.one_in(4) ? Values::kExtreme : Values::kRandom;
    size_t elements;
    set_strides(a, way_a, a.stride_a, &elements);
    Buffer& left = c.add_input(elements * bytes);
    fill_any(random, slot, values, &left);
    a.a = left.data();
    set_strides(a, way_b, a.stride_b, &elements);
    Buffer& right = c.add_input(elements * bytes);
    fill_any(random, slot, values, &right);
    a.b = right.data();

    if (slot == TypeSlot::f32) {
        a.clamp_min_f32 = random.one_in(3) ? 0.0f : -3.4028235e38f;
        a.clamp_max_f32 = random.one_in(3) ? 6.0f : 3.4028235e38f;
    } else {
        a.zero_point_a = random_zero_point(random, bytes);
        a.zero_point_b = random_zero_point(random, bytes);
        a.zero_point_out = random_zero_point(random, bytes);
        random_clamp(random, bytes, &a.clamp_min, &a.clamp_max);
        if (function == BinaryFunction::kMul) {
            const Rescale rescale = random_rescale(random, bytes == 1 ? 5000 : 3e8, bytes == 1 ? 60 : 15000);
            a.multiplier_a = rescale.multiplier;
            a.shift = rescale.shift;
        } else if (function == BinaryFunction::kDiv) {
            a.multiplier_a = random.int32(1 << 30, INT32_MAX);
            a.shift = random.int32(20, 46);
        } else if (function == BinaryFunction::kPRelu) {
            const Rescale positive = random_rescale(random, bytes == 1 ? 100 : 2e4, bytes == 1 ? 60 : 15000);
            const Rescale negative = random_rescale(random, bytes == 1 ? 5000 : 3e8, bytes == 1 ? 60 : 15000);
            a.multiplier_a = positive.multiplier;
            a.shift = positive.shift;
            a.multiplier_b = negative.multiplier;
            a.shift_b = negative.shift;
        } else {
            // One of the multipliers is close to 2^k: the converter takes the largest shift that fits.
            const int32_t most = bytes == 1 ? 1 << 20 : 1 << 30;
            a.multiplier_a = random.int32(most / 2, most);
            a.multiplier_b = random.one_in(4) ? random.int32(0, 3) : random.int32(most / 16, most);
            if (random.one_in(2)) std::swap(a.multiplier_a, a.multiplier_b);
            if (function == BinaryFunction::kSub) a.multiplier_b = -a.multiplier_b;
            a.shift = random.one_in(8) ? random.int32(1, 62) : random.int32(bytes == 1 ? 18 : 28, bytes == 1 ? 22 : 32);
        }
    }
    c.output_bytes = size_t(c.range) * inner * bytes;
    c.name = "binary function " + std::to_string(static_cast<int>(function)) + " inner " + std::to_string(inner) +
             " rows " + std::to_string(c.range) + " broadcast " + std::to_string(static_cast<int>(way_a)) + "," +
             std::to_string(static_cast<int>(way_b)) + " shift " + std::to_string(a.shift);
    visit(c);
}

void add_flat_input(Random& random, int bytes, int32_t length, const void** input, std::deque<Buffer>* memory) {
    memory->push_back(input_buffer(size_t(length) * bytes));
    fill_codes(random, Values::kRandom, bytes, lowest_code(bytes), highest_code(bytes), &memory->back());
    *input = memory->back().data();
}

}  // namespace

void make_cases(operations::binary, int slot, const Visitor<BinaryArgs>& visit) {
    Random random(3000 + slot);
    for (int turn = 0; turn < 3; ++turn) {
        for (const int32_t inner : kLengths) {
            for (int function = 0; function <= static_cast<int>(BinaryFunction::kPRelu); ++function) {
                visit_binary(random, slot, static_cast<BinaryFunction>(function), inner, visit);
            }
        }
    }
}

void make_cases(operations::requantize, int slot, const Visitor<RequantizeArgs>& visit) {
    Random random(4000 + slot);
    const int in_bytes = slot / 2 + 1, out_bytes = slot % 2 + 1;
    for (int turn = 0; turn < 4; ++turn) {
        for (const int32_t inner : kLengths) {
            Case<RequantizeArgs> c;
            RequantizeArgs& a = c.args;
            a.outer = random.int32(1, 5);
            a.inner = inner;
            a.output_stride = inner + (random.one_in(2) ? random.int32(0, 40) : 0);
            add_flat_input(random, in_bytes, a.outer * inner, &a.input, &c.memory);
            a.input_zero_point = random_zero_point(random, in_bytes);
            a.output_zero_point = random_zero_point(random, out_bytes);
            a.rescale = random_rescale(random, in_bytes == 1 ? 100 : 20000, out_bytes == 1 ? 100 : 20000);
            random_clamp(random, out_bytes, &a.clamp_min, &a.clamp_max);
            c.range = a.outer;
            c.output_bytes = size_t((a.outer - 1) * a.output_stride + inner) * out_bytes;
            c.name = "requantize " + std::to_string(a.outer) + "x" + std::to_string(inner) + " multiplier " +
                     std::to_string(a.rescale.multiplier) + " shift " + std::to_string(a.rescale.shift);
            visit(c);
        }
    }
}

void make_cases(operations::quantize, int slot, const Visitor<QuantizeArgs>& visit) {
    if (slot == TypeSlot::f32) return;
    Random random(5000 + slot);
    for (int turn = 0; turn < 2; ++turn) {
        for (const int32_t length : kLengths) {
            Case<QuantizeArgs> c;
            Buffer& input = c.add_input(size_t(length) * 4);
            fill_floats(random, 4.0f, &input);
            // Ties, values beyond every range, infinities and NaN.
            const float special[] = {0.5f,
                                     1.5f,
                                     -0.5f,
                                     -2.5f,
                                     1e30f,
                                     -1e30f,
                                     __builtin_inff(),
                                     -__builtin_inff(),
                                     65536,
                                     65537,
                                     -65537,
                                     1e-30f,
                                     __builtin_nanf("")};
            for (int32_t i = 0; i < length; ++i) {
                if (!random.one_in(4)) continue;
                const float value = random.pick(special);
                std::memcpy(input.data() + 4 * i, &value, 4);
            }
            c.args.input = reinterpret_cast<const float*>(input.data());
            const float scales[] = {1.0f, 32.0f, 8192.0f, 0.37f, 1e-30f, 1e30f};
            c.args.inverse_scale = random.pick(scales);
            c.args.zero_point = random_zero_point(random, slot_bytes(slot));
            c.range = length;
            c.output_bytes = size_t(length) * slot_bytes(slot);
            c.name = "quantize " + std::to_string(length);
            visit(c);
        }
    }
}

void make_cases(operations::dequantize, int slot, const Visitor<DequantizeArgs>& visit) {
    if (slot == TypeSlot::f32) return;
    Random random(6000 + slot);
    for (const int32_t length : kLengths) {
        Case<DequantizeArgs> c;
        add_flat_input(random, slot_bytes(slot), length, &c.args.input, &c.memory);
        c.args.scale = 0.01f + random.int32(0, 1000) * 0.003f;
        c.args.zero_point = random_zero_point(random, slot_bytes(slot));
        c.range = length;
        c.output_bytes = size_t(length) * 4;
        c.name = "dequantize " + std::to_string(length);
        visit(c);
    }
}

void make_cases(operations::lookup, int slot, const Visitor<LookupArgs>& visit) {
    if (slot == TypeSlot::f32) return;
    Random random(7000 + slot);
    const int bytes = slot_bytes(slot);
    for (int turn = 0; turn < (bytes == 1 ? 3 : 6); ++turn) {
        for (const int32_t length : kLengths) {
            Case<LookupArgs> c;
            add_flat_input(random, bytes, length, &c.args.input, &c.memory);
            c.args.octaves = turn == 3;
            c.args.interval_bits = turn == 4 ? 4 : turn == 5 ? 2 : 6;
            const int32_t entries = bytes == 1       ? 256
                                    : c.args.octaves ? kLookupOctaveEntries
                                                     : (65536 >> c.args.interval_bits) + 1;
            Buffer& table = c.add_input(size_t(entries) * bytes);
            fill_codes(random, turn == 2 ? Values::kExtreme : Values::kRandom, bytes, lowest_code(bytes),
                       highest_code(bytes), &table);
            c.args.table = table.data();
            c.range = length;
            c.output_bytes = size_t(length) * bytes;
            c.name = "lookup " + std::to_string(length);
            visit(c);
        }
    }
}

void make_cases(operations::unary, int slot, const Visitor<UnaryArgs>& visit) {
    if (slot != TypeSlot::f32) return;
    Random random(8000);
    for (int function = 0; function <= static_cast<int>(UnaryFunction::kThresholdedRelu); ++function) {
        for (const int32_t length : kLengths) {
            Case<UnaryArgs> c;
            c.args.function = static_cast<UnaryFunction>(function);
            c.args.alpha = function == static_cast<int>(UnaryFunction::kClamp) ? -1.0f
                           : function == static_cast<int>(UnaryFunction::kPow) ? (length % 3 == 0 ? 1.7f : -3.0f)
                                                                               : 0.2f;
            c.args.beta = function == static_cast<int>(UnaryFunction::kClamp) ? 6.0f : 0.5f;
            Buffer& input = c.add_input(size_t(length) * 4);
            fill_floats(random, length % 2 == 0 ? 100.0f : 2.0f, &input);
            c.args.input = reinterpret_cast<const float*>(input.data());
            c.range = length;
            c.output_bytes = size_t(length) * 4;
            c.name = "unary function " + std::to_string(function) + " length " + std::to_string(length);
            visit(c);
        }
    }
}

void make_cases(operations::compare, int slot, const Visitor<CompareArgs>& visit) {
    Random random(8100 + slot);
    const int bytes = slot_bytes(slot);
    for (int function = 0; function <= static_cast<int>(CompareFunction::kNotEqual); ++function) {
        const auto kind = static_cast<CompareFunction>(function);
        const bool logical =
            kind == CompareFunction::kAnd || kind == CompareFunction::kOr || kind == CompareFunction::kXor;
        if (logical && slot != TypeSlot::i32) continue;
        for (const int32_t inner : kLengths) {
            Case<CompareArgs> c;
            CompareArgs& a = c.args;
            a.function = kind;
            a.rank = 2;
            a.shape[0] = random.int32(1, 4);
            a.shape[1] = inner;
            a.stride_a[0] = inner;
            a.stride_a[1] = 1;
            const bool repeats = random.one_in(3);
            a.stride_b[0] = repeats ? 1 : 0;
            a.stride_b[1] = repeats ? 0 : 1;
            Buffer& left = c.add_input(size_t(a.shape[0]) * inner * bytes);
            Buffer& right = c.add_input(size_t(repeats ? a.shape[0] : inner) * bytes);
            for (Buffer* buffer : {&left, &right}) {
                if (slot == TypeSlot::f32) {
                    fill_floats(random, 2.0f, buffer);
                } else {  // few codes: many are equal
                    fill_codes(random, Values::kRandom, bytes, -3, 3, buffer);
                }
            }
            a.a = left.data();
            a.b = right.data();
            a.zero_point_a = random_zero_point(random, bytes);
            a.zero_point_b = random.one_in(2) ? a.zero_point_a : random_zero_point(random, bytes);
            a.multiplier_a = 1 << 30;
            a.multiplier_b = random.one_in(2) ? 1 << 30 : random.int32(0, 1 << 30);
            c.range = a.shape[0];
            c.output_bytes = size_t(a.shape[0]) * inner * 4;
            c.name = "compare function " + std::to_string(function) + " inner " + std::to_string(inner);
            visit(c);
        }
    }
}

void make_cases(operations::select, int, const Visitor<SelectArgs>& visit) {
    Random random(8200);
    for (const int32_t bytes : {1, 2, 4}) {
        for (const int32_t inner : kLengths) {
            Case<SelectArgs> c;
            SelectArgs& a = c.args;
            a.element_bytes = bytes;
            a.rank = 2;
            a.shape[0] = random.int32(1, 4);
            a.shape[1] = inner;
            const size_t elements = size_t(a.shape[0]) * inner;
            const auto fill = [&](int64_t* strides, int32_t element, int32_t low, int32_t high) {
                const bool repeats = random.one_in(3);
                strides[0] = repeats ? 1 : inner;
                strides[1] = repeats ? 0 : 1;
                Buffer& buffer = c.add_input((repeats ? size_t(a.shape[0]) : elements) * element);
                fill_codes(random, Values::kRandom, element, low, high, &buffer);
                return buffer.data();
            };
            a.condition = reinterpret_cast<const int32_t*>(fill(a.stride_condition, 4, -1, 1));
            a.a = fill(a.stride_a, bytes, lowest_code(bytes), highest_code(bytes));
            a.b = fill(a.stride_b, bytes, lowest_code(bytes), highest_code(bytes));
            c.range = a.shape[0];
            c.output_bytes = elements * bytes;
            c.name = "select " + std::to_string(bytes) + " bytes, inner " + std::to_string(inner);
            visit(c);
        }
    }
}

}  // namespace tmx::kernels::test
