// MatMul and Recurrent in the runtime: what they compute, by direct calls of the kernels or plain loops, and what the
// verifier refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/kernel_table.h"
#include "lies.h"
#include "sequence_layers.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

format::OpT& last_op(ModelBuilder& b) { return *b.model.ops.back(); }
format::TensorT& tensor(ModelBuilder& b, int32_t index) { return *b.model.tensors[static_cast<size_t>(index)]; }

int32_t input(ModelBuilder& b, const std::string& name, DataType type, std::vector<int32_t> shape) {
    return b.input(name, type, std::move(shape), type == DataType::Float32 ? 1.0F : 0.25F,
                   type == DataType::Int8 ? 5 : 0);
}

template <typename T>
std::vector<T> values(const std::vector<uint8_t>& bytes) {
    std::vector<T> result(bytes.size() / sizeof(T));
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

/// a is [2, 3, 4, 5], stored with its heads (3) behind its rows (4); b is [5, 6] transposed. Result [2, 3, 4, 6].
template <typename T>
void expect_product(Precision precision) {
    Random random(3);
    ModelBuilder builder;
    const DataType type = activation_type(precision);
    const int32_t a = input(builder, "a", type, {2, 4, 3, 5}), b = input(builder, "b", type, {6, 5});
    const int32_t out = add_matmul(builder, precision, a, {0, 2, 1, 3}, b, {1, 0}, {2, 3, 4, 6});
    builder.output(out);
    const AlignedBytes file = builder.finish();
    const std::vector<uint8_t> a_bytes = random_bytes(random, type, 120), b_bytes = random_bytes(random, type, 30);
    OpenModel model(file, 2);
    model.set_input(0, a_bytes);
    model.set_input(1, b_bytes);
    model.run();
    const std::vector<T> x = values<T>(a_bytes), y = values<T>(b_bytes), actual = values<T>(model.output(0));
    const int zero = type == DataType::Int8 ? 5 : 0, out_zero = type == DataType::Int8 ? -7 : 0;
    size_t at = 0;
    for (size_t n = 0; n < 2; ++n) {
        for (size_t head = 0; head < 3; ++head) {
            for (size_t row = 0; row < 4; ++row) {
                for (size_t column = 0; column < 6; ++column, ++at) {
                    if constexpr (sizeof(T) == 4) {
                        T sum = 0;
                        for (size_t k = 0; k < 5; ++k) sum += x[((n * 4 + row) * 3 + head) * 5 + k] * y[column * 5 + k];
                        EXPECT_EQ(actual[at], sum) << at;
                    } else {
                        int64_t sum = 0;
                        for (size_t k = 0; k < 5; ++k) {
                            sum += int64_t{x[((n * 4 + row) * 3 + head) * 5 + k] - zero} * (y[column * 5 + k] - zero);
                        }
                        const auto& rescale = *last_op(builder).options.AsMatMul()->rescale;
                        // (sum * m + 2^(s-1)) >> s in halves of the sum: the product may need 65 bits
                        const int64_t m = rescale.multiplier(), s = rescale.shift();
                        ASSERT_GT(s, 16);
                        const int64_t low = (sum & 0xffff) * m + (int64_t{1} << (s - 1));
                        const int64_t scaled = ((sum >> 16) * m + (low >> 16)) >> (s - 16);
                        const int64_t code =
                            std::clamp<int64_t>(scaled + out_zero, lowest_code(type) + 3, highest_code(type) - 3);
                        EXPECT_EQ(actual[at], code) << at;
                    }
                }
            }
        }
    }
}

TEST(OpRun, MatMulEqualsPlainLoopsWithOperandsInAnyOrder) {
    expect_product<int8_t>(Precision::W8A8);
    expect_product<int16_t>(Precision::W16A16);
    expect_product<float>(Precision::F32);
}

/// The same layer with its sequences one by one, and run twice, gives the same.
TEST(OpRun, RecurrentSequencesDoNotMeetAndStatesStartAnew) {
    for (const Precision precision : {Precision::W8A16, Precision::W16A16, Precision::F32}) {
        for (const auto cell : {format::RecurrentCell::Lstm, format::RecurrentCell::Gru, format::RecurrentCell::Rnn}) {
            const size_t bytes = precision == Precision::F32 ? 4 : 2;
            const auto build = [&](ModelBuilder& b, int32_t batch) {
                Random random(5);
                const int32_t x = input(b, "x", activation_type(precision), {3, batch, 6});
                const int32_t h = add_recurrent(b, random, x, {.precision = precision, .cell = cell, .reverse = true});
                b.output(h);
                if (cell == format::RecurrentCell::Lstm) b.output(h + 1);
            };
            ModelBuilder both, single;
            build(both, 2);
            build(single, 1);
            const AlignedBytes both_file = both.finish(), single_file = single.finish();
            Random random(6);
            const std::vector<uint8_t> x = random_bytes(random, activation_type(precision), 36);
            OpenModel together(both_file, 2), alone(single_file);
            for (int turn = 0; turn < 2; ++turn) {
                together.set_input(0, x);
                together.run();
            }
            const std::vector<uint8_t> h = together.output(0);
            bool varies = false;
            for (size_t n = 0; n < 2; ++n) {
                std::vector<uint8_t> part;
                for (size_t t = 0; t < 3; ++t) {
                    const auto from = x.begin() + static_cast<std::ptrdiff_t>((t * 2 + n) * 6 * bytes);
                    part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(6 * bytes));
                }
                alone.set_input(0, part);
                alone.run();
                const std::vector<uint8_t> h_alone = alone.output(0);
                for (size_t t = 0; t < 3; ++t) {
                    EXPECT_EQ(
                        std::memcmp(h.data() + (t * 2 + n) * 4 * bytes, h_alone.data() + t * 4 * bytes, 4 * bytes), 0);
                }
                varies |= std::memcmp(h_alone.data(), h_alone.data() + 4 * bytes, 4 * bytes) != 0;
                if (cell != format::RecurrentCell::Lstm) continue;
                EXPECT_EQ(std::memcmp(together.output(1).data() + n * 4 * bytes, alone.output(1).data(), 4 * bytes), 0);
            }
            EXPECT_TRUE(varies);
        }
    }
}

/// Two steps at once are one step, and another from the states of the first.
TEST(OpRun, RecurrentLayerContinuesFromItsStates) {
    for (const Precision precision : {Precision::W8A16, Precision::F32}) {
        const size_t bytes = precision == Precision::F32 ? 4 : 2;
        const auto build = [&](ModelBuilder& b, int32_t steps) {
            Random random(9);
            const int32_t x = input(b, "x", activation_type(precision), {steps, 1, 5});
            const int32_t h = add_recurrent(b, random, x, {.precision = precision, .initial_states = true});
            b.output(h);
            b.output(h + 1);
        };
        ModelBuilder two, one;
        build(two, 2);
        build(one, 1);
        Random random(10);
        const std::vector<uint8_t> x = random_bytes(random, activation_type(precision), 10);
        const std::vector<uint8_t> zeros(4 * bytes);
        const AlignedBytes two_file = two.finish(), one_file = one.finish();
        OpenModel long_model(two_file), short_model(one_file);
        long_model.set_input(0, x);
        long_model.set_input(1, zeros);
        long_model.set_input(2, zeros);
        long_model.run();
        std::vector<uint8_t> h = zeros, c = zeros;
        for (size_t t = 0; t < 2; ++t) {
            const auto from = x.begin() + static_cast<std::ptrdiff_t>(t * 5 * bytes);
            short_model.set_input(0, {from, from + static_cast<std::ptrdiff_t>(5 * bytes)});
            short_model.set_input(1, h);
            short_model.set_input(2, c);
            short_model.run();
            h = short_model.output(0);
            c = short_model.output(1);
        }
        const std::vector<uint8_t> all = long_model.output(0);
        EXPECT_EQ(std::vector<uint8_t>(all.begin() + static_cast<std::ptrdiff_t>(4 * bytes), all.end()), h);
        EXPECT_EQ(long_model.output(1), c);
    }
}

/// Rows of distinct codes become mean 0 and variance 1 in units of the output's step, whatever their own scale.
TEST(OpRun, NormalizeGivesMeanZeroAndVarianceOne) {
    ModelBuilder b;
    const int32_t x = input(b, "x", DataType::Int16, {2, 64});
    b.output(add_normalize(b, Precision::W16A16, x, 64));
    const AlignedBytes file = b.finish();
    OpenModel model(file, 2);
    std::vector<int16_t> codes;
    for (int i = 0; i < 128; ++i) codes.push_back(static_cast<int16_t>(i < 64 ? i * i - 1000 : 7 * i - 20000));
    model.set_input(0, to_bytes(codes));
    model.run();
    const std::vector<int16_t> actual = values<int16_t>(model.output(0));
    for (size_t row = 0; row < 2; ++row) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < 64; ++i) mean += codes[row * 64 + i] / 64.0;
        for (size_t i = 0; i < 64; ++i) variance += std::pow(codes[row * 64 + i] - mean, 2) / 64;
        for (size_t i = 0; i < 64; ++i) {
            const double expected = (codes[row * 64 + i] - mean) / std::sqrt(variance) * 4096;
            EXPECT_NEAR(actual[row * 64 + i], expected, 0.51) << i;
        }
    }
}

TEST(VerifierNormalize, EachFieldIsChecked) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::NormalizeT&)>& change,
                        const std::string& message, Precision precision = Precision::W8A8) {
        expect_lie(
            [=](ModelBuilder& b) {
                const int32_t x = input(b, "x", activation_type(precision), {6, 8});
                b.output(add_normalize(b, precision, x, 8));
            },
            [&](ModelBuilder& b) { change(b, *last_op(b).options.AsNormalize()); }, message);
    };
    lie([](auto&, auto& n) { n.row_elements = 0; }, "rows of 0 elements in 48");
    lie([](auto&, auto& n) { n.row_elements = 7; }, "rows of 7 elements in 48");
    lie([](auto&, auto& n) { n.row_period = 4; }, "a period of 4 in 6 rows");
    lie([](auto&, auto& n) { n.run = 3; }, "runs of 3 in a period of 8");
    lie([](auto&, auto& n) { n.run = 1; }, "gains: span of");
    lie([](auto&, auto& n) { set_bytes(*n.biases, 4); }, "biases: span of 4 bytes");
    lie([](auto& b, auto& n) { b.weights[n.biases->offset() + 7] = 0x7f; }, "bias 0 is too large");
    lie([](auto&, auto& n) { n.epsilon = -1; }, "epsilon is negative");
    lie([](auto&, auto& n) { n.shift = 63; }, "a shift by 63");
    lie([](auto&, auto& n) { n.clamp_max = 128; }, "is empty or outside int8");
    lie([](auto&, auto& n) { n.epsilon_f32 = -1; }, "epsilon is not a number >= 0", Precision::F32);
}

void matmul_model(ModelBuilder& b, Precision precision) {
    const DataType type = activation_type(precision);
    const int32_t x = input(b, "x", type, {2, 4, 5}), y = input(b, "y", type, {2, 5, 3});
    b.output(add_matmul(b, precision, x, {0, 1, 2}, y, {0, 1, 2}, {2, 4, 3}));
}

TEST(VerifierMatMul, EachFieldIsChecked) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::MatMulT&)>& change, const std::string& message,
                        Precision precision = Precision::W8A8) {
        expect_lie([=](ModelBuilder& b) { matmul_model(b, precision); },
                   [&](ModelBuilder& b) { change(b, *last_op(b).options.AsMatMul()); },
                   "op 0 (MatMul, layer 'matmul_0'): " + message);
    };
    lie([](auto&, auto& m) { m.a_axes = {0, 1}; }, "the axes of 'x' are not a permutation");
    lie([](auto&, auto& m) { m.b_axes = {0, 1, 1}; }, "the axes of 'y' are not a permutation");
    lie([](auto&, auto& m) { m.b_axes = {0, 1, 200}; }, "the axes of 'y' are not a permutation");
    lie([](auto&, auto& m) { m.b_axes = {0, 2, 1}; }, "4x5 by 3x5 does not give 4x3");
    lie([](auto&, auto& m) { m.a_axes = {1, 0, 2}; }, "2x5 by 5x3 does not give 4x3");
    lie([](auto&, auto& m) { m.rescale = nullptr; }, "has no rescale");
    lie([](auto&, auto& m) { *m.rescale = format::Rescale(-1, 30); }, "rescale: multiplier -1");
    lie([](auto&, auto& m) { m.clamp_max = 200; }, "clamp -125..200 is empty or outside int8");
    lie([](auto&, auto& m) { m.rescale = std::make_unique<format::Rescale>(1, 30); }, "float32 with a rescale",
        Precision::F32);
    lie([](auto&, auto& m) { m.clamp_min_f32 = 1e38F, m.clamp_max_f32 = 0; }, "float clamp", Precision::F32);
    lie([](auto& b, auto&) { b.model.ops.back()->inputs.pop_back(); }, "has 1 inputs, needs 2");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {5, 3, 2}; }, "4x5 by 3x2 does not give 4x3");
}

TEST(VerifierMatMul, BatchesMustBroadcast) {
    const auto build = [](ModelBuilder& b) {
        const int32_t x = input(b, "x", DataType::Int8, {2, 3, 4, 5}), y = input(b, "y", DataType::Int8, {1, 5, 6});
        b.output(add_matmul(b, Precision::W8A8, x, {0, 1, 2, 3}, y, {0, 1, 2}, {2, 3, 4, 6}));
    };
    expect_lie(
        build,
        [](ModelBuilder& b) {
            tensor(b, 1).shape = {2, 5, 6};
        },
        "does not broadcast to 3 in dimension 1");
    expect_lie(
        build,
        [](ModelBuilder& b) {
            tensor(b, 2).shape = {4, 6};
        },
        "has more dimensions than the output");
}

void lstm_model(ModelBuilder& b, Precision precision) {
    Random random(1);
    const int32_t x = input(b, "x", activation_type(precision), {3, 2, 6});
    const int32_t h = add_recurrent(b, random, x, {.precision = precision, .initial_states = true});
    b.output(h);
    b.output(h + 1);
}

TEST(VerifierRecurrent, EachFieldIsChecked) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::RecurrentT&)>& change,
                        const std::string& message, Precision precision = Precision::W8A16) {
        expect_lie([=](ModelBuilder& b) { lstm_model(b, precision); },
                   [&](ModelBuilder& b) { change(b, *last_op(b).options.AsRecurrent()); }, message);
    };
    lie([](auto&, auto& r) { r.cell = static_cast<format::RecurrentCell>(9); }, "unknown cell");
    lie([](auto&, auto& r) { r.cell = format::RecurrentCell::Gru; }, "has 3 inputs, needs 1 or 2");
    lie([](auto& b, auto&) { last_op(b).inputs.pop_back(); }, "has 2 inputs, needs 1 or 3");
    lie([](auto& b, auto&) { last_op(b).outputs.push_back(0); }, "writes again tensor 'x'");
    lie([](auto& b, auto&) { tensor(b, 0).shape = {2, 3, 6}; }, "are not sequences of the same length");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {4, 2}; }, "is not 2x4");
    lie([](auto& b, auto&) { tensor(b, 2).scale = 0.5F; }, "is not quantized like");
    lie([](auto& b, auto&) { last_op(b).precision = Precision::W8A8; }, "precision W8A8, but output");
    lie([](auto&, auto& r) { r.input->weights->nr = 4; }, "weights: must not be packed in blocks");
    lie([](auto&, auto& r) { r.recurrent->weights->type = DataType::Int16; }, "weights: precision W8A16 needs int8");
    lie([](auto&, auto& r) { set_bytes(*r.input->weights->span, 5); }, "weights: span of 5 bytes");
    lie([](auto&, auto& r) { r.input->accumulator = format::Accumulator::Int64; }, "bias: span of");
    lie([](auto&, auto& r) { r.input->multipliers = nullptr; }, "has no multipliers");
    lie([](auto&, auto& r) { r.recurrent->shifts = nullptr; }, "has no shifts");
    lie([](auto& b, auto& r) { b.weights[r.input->shifts->offset() + 2] = 63; }, "output channel 2: multiplier");
    lie([](auto&, auto& r) { r.functions.pop_back(); }, "has 2 functions, needs 3");
    lie([](auto&, auto& r) { r.functions[0]->interval_bits = 0; }, "intervals of 2^0");
    lie([](auto&, auto& r) { r.functions[2]->interval_bits = 21; }, "intervals of 2^21");
    lie([](auto&, auto& r) { r.functions[1]->table = nullptr; }, "has no table");
    lie([](auto&, auto& r) { r.gate_product = nullptr; }, "has no gate_product");
    lie([](auto&, auto& r) { *r.cell_to_sum = format::Rescale(1, 63); }, "cell_to_sum: multiplier 1, shift 63");
    lie([](auto&, auto& r) { r.forget_multiplier = INT32_MAX; }, "are no legal rescale of the cell");
    lie([](auto&, auto& r) { r.cell_shift = 0; }, "are no legal rescale of the cell");
    lie([](auto& b, auto&) { last_op(b).scratch_bytes = 64; }, "has 64 bytes of scratch memory, needs");
    lie([](auto&, auto& r) { r.clip = -1; }, "clip is not a bound", Precision::F32);
    lie([](auto&, auto& r) { r.functions[0]->function = static_cast<format::UnaryFunction>(200); }, "unknown function",
        Precision::F32);
    lie([](auto& b, auto& r) { r.input->shifts = b.add_values(std::vector<uint8_t>(16, 3)); },
        "float32 with integer arithmetic", Precision::F32);
}

}  // namespace
}  // namespace tmx::testing
