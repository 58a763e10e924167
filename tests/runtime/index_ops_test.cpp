// Compare, Select, Reduce, ArgMax and TopK: what they compute end to end, and what the verifier refuses in them; the
// fields that Binary, Lookup and UnaryF32 have for their rarer functions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lies.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

constexpr int32_t kOuter = 3, kCount = 7, kInner = 40;

int32_t input(ModelBuilder& b, const std::string& name, std::vector<int32_t> shape, float scale = 0.25F) {
    return b.input(name, DataType::Int8, std::move(shape), scale, 5);
}
int32_t index_tensor(ModelBuilder& b, const std::string& name, std::vector<int32_t> shape) {
    return b.tensor(name, DataType::Int32, std::move(shape));
}

/// Two int8 inputs of [outer, count, inner] (the second one of [count, 1]), and one op of each kind over them.
void every_index_op(ModelBuilder& b) {
    const int32_t x = input(b, "x", {kOuter, kCount, kInner});
    const int32_t y = input(b, "y", {kCount, 1});
    const int32_t greater = index_tensor(b, "greater", {kOuter, kCount, kInner});
    format::CompareT compare;
    compare.function = format::CompareFunction::Greater;
    compare.multiplier_a = compare.multiplier_b = 1 << 30;
    b.op("compare", Precision::W8A8, compare, {x, y}, greater);
    const int32_t larger = b.tensor("larger", DataType::Int8, {kOuter, kCount, kInner}, 0.25F, 5);
    b.op("select", Precision::W8A8, format::SelectT{}, {greater, x, y}, larger);
    const int32_t sum = b.tensor("sum", DataType::Int8, {kOuter, kInner}, 2.0F, -3);
    format::ReduceT reduce;
    reduce.function = format::ReduceFunction::Sum;
    reduce.rescale = std::make_unique<format::Rescale>(1 << 30, 33);
    b.op("reduce", Precision::W8A8, std::move(reduce), {x}, sum);
    const int32_t place = index_tensor(b, "place", {kOuter, kInner});
    b.op("arg_max", Precision::W8A8, format::ArgMaxT{}, {x}, place);
    const int32_t best = b.tensor("best", DataType::Int8, {kOuter, 2, kInner}, 0.25F, 5);
    const int32_t places = index_tensor(b, "places", {kOuter, 2, kInner});
    b.op("top_k", Precision::W8A8, format::TopKT{}, {x}, best).outputs = {best, places};
    for (const int32_t tensor : {greater, larger, sum, place, best, places}) b.output(tensor);
}

template <typename T>
std::vector<T> output(const OpenModel& model, int32_t index) {
    const std::vector<uint8_t> bytes = model.output(index);
    const T* data = reinterpret_cast<const T*>(bytes.data());
    return {data, data + bytes.size() / sizeof(T)};
}

TEST(IndexOps, ComputeWhatTheyAreNamedAfterOnAnyNumberOfThreads) {
    ModelBuilder builder;
    every_index_op(builder);
    const AlignedBytes file = builder.finish();
    Random random(9);
    const std::vector<uint8_t> x_bytes = random_bytes(random, DataType::Int8, kOuter * kCount * kInner);
    const std::vector<uint8_t> y_bytes = random_bytes(random, DataType::Int8, kCount);
    const auto x = [&](int32_t o, int32_t n, int32_t i) {
        return static_cast<int8_t>(x_bytes[static_cast<size_t>((o * kCount + n) * kInner + i)]);
    };
    for (const int32_t threads : {1, 3}) {
        OpenModel model(file, threads);
        model.set_input(0, x_bytes);
        model.set_input(1, y_bytes);
        model.run();
        const auto greater = output<int32_t>(model, 0);
        const auto larger = output<int8_t>(model, 1), sum = output<int8_t>(model, 2);
        const auto place = output<int32_t>(model, 3);
        const auto best = output<int8_t>(model, 4);
        const auto places = output<int32_t>(model, 5);
        for (int32_t o = 0; o < kOuter; ++o) {
            for (int32_t i = 0; i < kInner; ++i) {
                int32_t total = 0, first = 0;
                std::vector<int32_t> order;
                for (int32_t n = 0; n < kCount; ++n) {
                    const auto at = static_cast<size_t>((o * kCount + n) * kInner + i);
                    const auto y = static_cast<int8_t>(y_bytes[static_cast<size_t>(n)]);
                    EXPECT_EQ(greater[at], x(o, n, i) > y ? 1 : 0);
                    EXPECT_EQ(larger[at], std::max(x(o, n, i), y));
                    total += x(o, n, i) - 5;
                    if (x(o, n, i) > x(o, first, i)) first = n;
                    order.push_back(n);
                }
                std::stable_sort(order.begin(), order.end(),
                                 [&](int32_t a, int32_t b) { return x(o, a, i) > x(o, b, i); });
                const auto column = static_cast<size_t>(o * kInner + i);
                EXPECT_EQ(sum[column], std::clamp(((total + 4) >> 3) - 3, -128, 127));
                EXPECT_EQ(place[column], first);
                for (int32_t k = 0; k < 2; ++k) {
                    const auto at = static_cast<size_t>((o * 2 + k) * kInner + i);
                    EXPECT_EQ(places[at], order[static_cast<size_t>(k)]);
                    EXPECT_EQ(best[at], x(o, order[static_cast<size_t>(k)], i));
                }
            }
        }
    }
}

TEST(IndexOps, IndicesAreFloatsAtTheInterface) {
    ModelBuilder builder;
    const int32_t in = builder.input("in", DataType::Int32, {2, 3});
    const int32_t out = index_tensor(builder, "out", {3, 2});
    format::TransposeT transpose;
    transpose.axes = {1, 0};
    builder.op("move", Precision::W8A8, std::move(transpose), {in}, out);
    builder.output(out);
    const AlignedBytes file = builder.finish();
    OpenModel model(file);
    const float values[] = {0.0F, -1.5F, 2.5F, 16777216.0F, 1e20F, NAN};
    ASSERT_EQ(tmx_input_set_f32(model.get(), 0, values, 6), TMX_OK);
    model.run();
    EXPECT_EQ(output<int32_t>(model, 0), (std::vector<int32_t>{0, 16777216, -2, INT32_MAX, 2, 0}));
    float read[6];
    ASSERT_EQ(tmx_output_get_f32(model.get(), 0, read, 6), TMX_OK);
    EXPECT_EQ(read[1], 16777216.0F);
    EXPECT_EQ(read[2], -2.0F);
}

/// Op `index` of every_index_op() with a lie in it.
void expect_op_lie(size_t index, const std::function<void(ModelBuilder&, format::OpT&)>& lie,
                   const std::string& message) {
    expect_lie(
        every_index_op, [&](ModelBuilder& b) { lie(b, *b.model.ops[index]); }, message);
}

format::TensorT& tensor(ModelBuilder& b, const std::string& name) {
    return **std::find_if(b.model.tensors.begin(), b.model.tensors.end(),
                          [&](const auto& t) { return t->name == name; });
}

/// Moves every tensor to an arena with room, so that a larger type fits.
void make_room(ModelBuilder& b) {
    uint64_t offset = 0;
    for (auto& t : b.model.tensors) {
        if (t->storage == format::Storage::Constant) continue;
        t->offset = offset;
        offset += 1 << 14;
    }
    b.model.arena_bytes = offset + 64;
}

TEST(VerifierIndexOps, CompareChecksTypesAndFactors) {
    expect_op_lie(
        0, [](auto&, auto& op) { op.options.AsCompare()->function = static_cast<format::CompareFunction>(9); },
        "op 0 (Compare, layer 'compare'): unknown function");
    expect_op_lie(
        0, [](auto&, auto& op) { op.options.AsCompare()->function = format::CompareFunction::Xor; },
        "truth values are int32");
    expect_op_lie(
        0, [](auto&, auto& op) { op.options.AsCompare()->multiplier_b = -1; }, "a scale is not negative");
    expect_op_lie(
        0, [](auto&, auto& op) { op.precision = Precision::W16A16; }, "precision W16A16, but input 'x' is int8");
    expect_op_lie(
        0,
        [](auto& b, auto&) {
            tensor(b, "y").shape = {kCount, 2};
        },
        "does not broadcast");
    expect_op_lie(
        0, [](auto&, auto& op) { op.inputs.pop_back(); }, "has 1 inputs, needs 2");
    expect_op_lie(
        0,
        [](auto& b, auto&) {
            make_room(b);
            tensor(b, "y").type = DataType::Int16;
            tensor(b, "y").zero_point = 0;
        },
        "input 'x' is int8, 'y' is int16");
}

TEST(VerifierIndexOps, SelectCopiesCodesByTruth) {
    expect_op_lie(
        1, [](auto& b, auto&) { tensor(b, "larger").scale = 0.5F; }, "copies codes");
    expect_op_lie(
        1, [](auto&, auto& op) { op.inputs[0] = op.inputs[1]; }, "truth values are int32");
    expect_op_lie(
        1, [](auto&, auto& op) { op.inputs[2] = op.inputs[0]; }, "is int32, output 'larger' is int8");
    expect_op_lie(
        1,
        [](auto& b, auto&) {
            tensor(b, "larger").shape = {kOuter, kCount, 1};
        },
        "does not broadcast");
}

TEST(VerifierIndexOps, ReductionsCheckShapesAndRescales) {
    expect_op_lie(
        2, [](auto&, auto& op) { op.options.AsReduce()->function = static_cast<format::ReduceFunction>(7); },
        "unknown function");
    expect_op_lie(
        2, [](auto&, auto& op) { op.options.AsReduce()->rescale = nullptr; }, "has no rescale");
    expect_op_lie(
        2,
        [](auto&, auto& op) {
            *op.options.AsReduce()->rescale = {1 << 30, 63};
        },
        "is no legal rescale");
    expect_op_lie(
        2, [](auto&, auto& op) { op.options.AsReduce()->function = format::ReduceFunction::Max; }, "copies codes");
    expect_op_lie(
        2,
        [](auto& b, auto&) {
            tensor(b, "sum").shape = {kOuter, 1, kInner};
        },
        "does not have the shape of the input without its middle");
    expect_op_lie(
        2,
        [](auto& b, auto&) {
            tensor(b, "sum").shape = {kOuter, kInner - 1};
        },
        "does not have the shape of the input without its middle");
    expect_op_lie(
        3, [](auto&, auto& op) { op.precision = Precision::F32; }, "precision F32, but input 'x' is int8");
    expect_op_lie(
        3, [](auto& b, auto&) { tensor(b, "place").type = DataType::Int8; }, "indices are int32");
    expect_op_lie(
        4, [](auto& b, auto& op) { op.outputs.pop_back(), b.model.outputs.pop_back(); }, "has 1 outputs, needs 2");
    expect_op_lie(
        4,
        [](auto&, auto& op) {
            op.outputs = {op.outputs[0], op.outputs[0]};
        },
        "writes again");
    expect_op_lie(
        4,
        [](auto& b, auto&) {
            tensor(b, "places").shape = {kOuter, 1, kInner};
        },
        "does not have the shape");
    expect_op_lie(
        4,
        [](auto& b, auto&) {
            make_room(b);
            tensor(b, "best").shape = tensor(b, "places").shape = {kOuter, kCount + 1, kInner};
        },
        "the 8 best of 7");
}

TEST(VerifierRareFunctions, DivisionPReluAndTables) {
    const auto binary = [](format::BinaryFunction function) {
        return [function](ModelBuilder& b) {
            const int32_t x = input(b, "x", {4, 5});
            const int32_t y = b.tensor("y", DataType::Int8, {4, 5}, 0.5F, 1);
            format::BinaryT options;
            options.function = function;
            options.multiplier_a = options.multiplier_b = 1 << 20;
            options.shift = options.shift_b = 20;
            options.clamp_min = -128;
            options.clamp_max = 127;
            b.op("binary", Precision::W8A8, options, {x, x}, y);
            b.output(y);
        };
    };
    const auto change = [](auto lie) { return [lie](ModelBuilder& b) { lie(*b.model.ops[0]->options.AsBinary()); }; };
    using format::BinaryFunction;
    expect_lie(binary(BinaryFunction::Div), change([](auto& o) { o.shift = 47; }),
               "shift 47 is more than a division takes");
    expect_lie(binary(BinaryFunction::Div), change([](auto& o) { o.multiplier_a = -1; }),
               "multiplier_a: multiplier -1");
    expect_lie(binary(BinaryFunction::PRelu), change([](auto& o) { o.shift_b = 0; }), "multiplier_b: multiplier");
    expect_lie(binary(BinaryFunction::Max), change([](auto& o) { o.multiplier_b = (1 << 20) + 1; }),
               "no legal rescale");
    expect_lie(binary(BinaryFunction::Min), change([](auto& o) { o.function = static_cast<BinaryFunction>(7); }),
               "unknown function");

    const auto lookup = [](ModelBuilder& b) {
        const int32_t x = b.input("x", DataType::Int16, {4, 5}, 0.5F, 0);
        const int32_t y = b.tensor("y", DataType::Int16, {4, 5}, 0.5F, 0);
        format::LookupT options;
        options.octaves = true;
        options.table = b.add_span(std::vector<uint8_t>(1282 * 2));
        b.op("lookup", Precision::W8A16, std::move(options), {x}, y);
        b.output(y);
    };
    expect_lie(
        lookup, [](ModelBuilder& b) { b.model.ops[0]->options.AsLookup()->octaves = false; },
        "table: span of 2564 bytes, expected 1025 entries");
    for (const uint8_t bits : {1, 7}) {
        expect_lie(
            lookup, [=](ModelBuilder& b) { b.model.ops[0]->options.AsLookup()->interval_bits = bits; },
            "intervals of 2^" + std::to_string(bits) + " codes");
    }
}

}  // namespace
}  // namespace tmx::testing
