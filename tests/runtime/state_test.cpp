// Tensors that keep their contents between runs.
#include <gtest/gtest.h>

#include "lies.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

/// sum = kept + x; the next run finds sum where kept is. Tensors: x, kept, sum.
void adder(ModelBuilder& b) {
    const int32_t x = b.input("x", DataType::Float32, {1, 4});
    const int32_t kept = b.tensor("kept", DataType::Float32, {1, 4});
    const int32_t sum = add_binary(b, format::BinaryFunction::Add, Precision::F32, x, kept, {1, 4});
    auto& options = *b.model.ops.back()->options.AsBinary();
    options.clamp_min_f32 = -1e30F;
    options.clamp_max_f32 = 1e30F;
    b.output(sum);
    b.model.states.emplace_back(kept, sum);
}

std::vector<float> run_with(tmx_model* model, float value) {
    const std::vector<float> x(4, value);
    std::vector<float> result(4);
    EXPECT_EQ(tmx_input_set_f32(model, 0, x.data(), x.size()), TMX_OK);
    EXPECT_EQ(tmx_run(model), TMX_OK);
    EXPECT_EQ(tmx_output_get_f32(model, 0, result.data(), result.size()), TMX_OK);
    return result;
}

TEST(States, BeginAtZeroGoOnFromRunToRunAndCanBeReset) {
    ModelBuilder b;
    adder(b);
    const AlignedBytes file = b.finish();
    OpenModel model(file);
    tmx_info info;
    tmx_model_info(model.get(), &info);
    EXPECT_EQ(info.state_count, 1);
    EXPECT_EQ(info.input_count, 1);
    EXPECT_EQ(run_with(model.get(), 1), std::vector<float>(4, 1));
    EXPECT_EQ(run_with(model.get(), 2), std::vector<float>(4, 3));
    tmx_tensor kept;
    ASSERT_EQ(tmx_state(model.get(), 0, &kept), TMX_OK);
    EXPECT_STREQ(kept.name, "kept");
    EXPECT_EQ(static_cast<const float*>(kept.data)[3], 3);
    tmx_reset_state(model.get());
    EXPECT_EQ(run_with(model.get(), 5), std::vector<float>(4, 5));
    EXPECT_EQ(tmx_state(model.get(), 1, &kept), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_state(nullptr, 0, &kept), TMX_INVALID_ARGUMENT);
    tmx_reset_state(nullptr);
}

TEST(States, BeginAtZeroInAnArenaOfTheCaller) {
    ModelBuilder b;
    adder(b);
    const AlignedBytes file = b.finish();
    AlignedBytes arena(std::vector<uint8_t>(b.model.arena_bytes, 0x7f));
    tmx_options options;
    tmx_options_init(&options);
    options.arena = arena.data();
    options.arena_bytes = arena.size();
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_OK);
    EXPECT_EQ(run_with(model, 1), std::vector<float>(4, 1));
    tmx_model_close(model);
}

TEST(States, AreVerified) {
    const auto lie = [](const Change& change, const std::string& message) { expect_lie(adder, change, message); };
    const auto tensor = [](ModelBuilder& b, size_t index) -> format::TensorT& { return *b.model.tensors[index]; };
    lie([](ModelBuilder& b) { b.model.states[0] = format::State(9, 2); }, "state 0: tensor 9 does not exist");
    lie([](ModelBuilder& b) { b.model.states[0] = format::State(1, -4); }, "state 0: tensor -4 does not exist");
    lie([](ModelBuilder& b) { b.model.states[0] = format::State(0, 2); }, "state 0: tensor 'x' overlaps another input");
    lie([](ModelBuilder& b) { b.model.states.emplace_back(1, 2); }, "state 1: tensor 'kept' overlaps another input");
    lie(
        [&](ModelBuilder& b) {
            tensor(b, 1).shape = {4, 1}, b.model.ops.clear(), b.model.outputs = {0},
                      b.model.states[0] = format::State(1, 0);
        },
        "state 0 differs in type, shape or quantization");
    lie([&](ModelBuilder& b) { tensor(b, 2).offset = tensor(b, 1).offset; }, "overlaps input");
}

TEST(States, NothingMayDisturbThem) {
    // A second op whose output lies where the state is kept, after its last reader.
    const auto build = [](ModelBuilder& b) {
        adder(b);
        b.output(add_unary(b, format::UnaryFunction::Tanh, 2));
    };
    expect_lie(
        build, [](ModelBuilder& b) { b.model.tensors[3]->offset = b.model.tensors[1]->offset; },
        "state 0: tensor 'kept' is overwritten before the end");
}

TEST(States, OfEightBitsAreRefused) {
    const auto build = [](ModelBuilder& b) {
        const int32_t x = b.input("x", DataType::Int16, {1, 4});
        const int32_t kept = b.tensor("kept", DataType::Int16, {1, 4});
        const int32_t sum = add_binary(b, format::BinaryFunction::Add, Precision::W16A16, x, kept, {1, 4});
        b.model.tensors[static_cast<size_t>(kept)]->scale = b.model.tensors[static_cast<size_t>(sum)]->scale;
        b.output(sum);
        b.model.states.emplace_back(kept, sum);
    };
    expect_lie(
        build,
        [](ModelBuilder& b) {
            b.model.tensors[1]->type = DataType::Int8;
            b.model.ops.clear();
            b.model.outputs = {0};
            b.model.states[0] = format::State(1, 1);
        },
        "state 0 is int8; states are int16 or float32");
}

}  // namespace
}  // namespace tmx::testing
