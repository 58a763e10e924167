// float32 in ONNX order on the outside, codes in storage order inside.
#include <gtest/gtest.h>

#include <cmath>

#include "layers.h"

namespace tmx::testing {
namespace {

using format::DataType;

/// docs/arithmetic.md, 7, in double and with the C library's rounding to nearest even.
int32_t quantized(float x, float scale, int32_t zero_point, int32_t low, int32_t high) {
    if (std::isnan(x)) return zero_point;
    const float inverse_scale = static_cast<float>(1.0 / static_cast<double>(scale));
    const double scaled = std::nearbyint(static_cast<double>(x * inverse_scale)) + zero_point;
    return static_cast<int32_t>(std::fmin(std::fmax(scaled, low), high));
}

/// A model that copies its input, NCHW outside and NHWC inside.
struct Copy {
    Copy(DataType type, float scale, int32_t zero_point) {
        const int32_t in = builder.input("in", type, {2, 3, 5, 4}, scale, zero_point);
        const int32_t out = add_slice(builder,
                                      type == DataType::Int8    ? format::Precision::W8A8
                                      : type == DataType::Int16 ? format::Precision::W8A16
                                                                : format::Precision::F32,
                                      in, {0, 0, 0, 0}, {2, 3, 5, 4});
        for (const int32_t tensor : {in, out}) {
            builder.model.tensors[static_cast<size_t>(tensor)]->onnx_axes = {0, 2, 3, 1};
        }
        builder.output(out);
        file = builder.finish();
    }
    ModelBuilder builder;
    AlignedBytes file;
};

constexpr size_t kElements = 2 * 3 * 5 * 4;

/// Index in [2, 4, 3, 5] (ONNX) of element (n, y, x, c) of [2, 3, 5, 4] (storage).
size_t onnx_index(size_t n, size_t y, size_t x, size_t c) { return ((n * 4 + c) * 3 + y) * 5 + x; }

std::vector<float> awkward_values(float scale) {
    Random random(11);
    std::vector<float> values(kElements);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = i % 3 == 0 ? (static_cast<float>(random.between(-300, 300)) + 0.5F) * scale : random.real(-90, 90);
    }
    values[0] = NAN;
    values[1] = INFINITY;
    values[2] = -INFINITY;
    values[3] = 3.0e38F;
    values[4] = -3.0e38F;
    return values;
}

template <typename T>
void expect_quantizes_and_reorders(DataType type, float scale, int32_t zero_point) {
    const Copy copy(type, scale, zero_point);
    OpenModel model(copy.file);
    const std::vector<float> values = awkward_values(scale);
    ASSERT_EQ(tmx_input_set_f32(model.get(), 0, values.data(), values.size()), TMX_OK);
    tmx_tensor in;
    ASSERT_EQ(tmx_input(model.get(), 0, &in), TMX_OK);
    EXPECT_EQ(in.onnx_shape[1], 4);
    EXPECT_EQ(in.onnx_shape[2], 3);
    EXPECT_EQ(in.onnx_shape[3], 5);
    EXPECT_EQ(in.onnx_axes[3], 1);
    model.run();
    std::vector<float> back(kElements, -1.0F);
    ASSERT_EQ(tmx_output_get_f32(model.get(), 0, back.data(), back.size()), TMX_OK);
    const T* codes = static_cast<const T*>(in.data);
    size_t storage = 0;
    for (size_t n = 0; n < 2; ++n) {
        for (size_t y = 0; y < 3; ++y) {
            for (size_t x = 0; x < 5; ++x) {
                for (size_t c = 0; c < 4; ++c, ++storage) {
                    const size_t onnx = onnx_index(n, y, x, c);
                    const int32_t expected = quantized(values[onnx], scale, zero_point, std::numeric_limits<T>::min(),
                                                       std::numeric_limits<T>::max());
                    EXPECT_EQ(codes[storage], expected) << "ONNX element " << onnx << " = " << values[onnx];
                    EXPECT_EQ(back[onnx], static_cast<float>(expected - zero_point) * scale);
                }
            }
        }
    }
}

TEST(Values, Int8InputsAreQuantizedAndReordered) {
    expect_quantizes_and_reorders<int8_t>(DataType::Int8, 0.5F, -11);
    expect_quantizes_and_reorders<int8_t>(DataType::Int8, 0.3F, 127);
}

TEST(Values, Int16InputsAreQuantizedAndReordered) {
    expect_quantizes_and_reorders<int16_t>(DataType::Int16, 0.0078125F, 0);
    expect_quantizes_and_reorders<int16_t>(DataType::Int16, 0.0031F, 0);
}

TEST(Values, FloatInputsAreOnlyReordered) {
    const Copy copy(DataType::Float32, 1.0F, 0);
    OpenModel model(copy.file);
    const std::vector<float> values = awkward_values(1.0F);
    ASSERT_EQ(tmx_input_set_f32(model.get(), 0, values.data(), values.size()), TMX_OK);
    model.run();
    std::vector<float> back(kElements);
    ASSERT_EQ(tmx_output_get_f32(model.get(), 0, back.data(), back.size()), TMX_OK);
    // Bytes, not values: the sign of zero and the payload of NaN must survive too.
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
    EXPECT_EQ(std::memcmp(back.data(), values.data(), kElements * sizeof(float)), 0);
    tmx_tensor in;
    ASSERT_EQ(tmx_input(model.get(), 0, &in), TMX_OK);
    EXPECT_EQ(static_cast<const float*>(in.data)[4 + 2], values[onnx_index(0, 0, 1, 2)]);
}

TEST(Values, ObserverReadsEveryTensorWhileItIsIntact) {
    const AlignedBytes file = model_of_every_op();
    OpenModel model(file);
    struct Seen {
        std::vector<int32_t> ops;
        bool timed = false;
    } seen;
    const auto observer = [](void* user, const tmx_model* observed, int32_t index, uint64_t nanoseconds) {
        auto& result = *static_cast<Seen*>(user);
        result.ops.push_back(index);
        result.timed |= nanoseconds != 0;
        tmx_op op;
        ASSERT_EQ(tmx_model_op(observed, index, &op), TMX_OK);
        tmx_tensor tensor;
        ASSERT_EQ(tmx_model_tensor(observed, op.outputs[0], &tensor), TMX_OK);
        std::vector<float> values(tensor.elements);
        EXPECT_EQ(tmx_tensor_get_f32(observed, op.outputs[0], values.data(), values.size()), TMX_OK);
    };
    tmx_info info;
    tmx_model_info(model.get(), &info);
    const auto count = static_cast<size_t>(info.op_count);
    tmx_set_observer(model.get(), observer, &seen, 0);
    model.run();
    EXPECT_EQ(seen.ops.size(), count);
    EXPECT_FALSE(seen.timed);
    tmx_set_observer(model.get(), observer, &seen, 1);
    model.run();
    EXPECT_EQ(seen.ops.size(), 2 * count);
    EXPECT_TRUE(seen.timed);
    tmx_set_observer(model.get(), nullptr, nullptr, 0);
    model.run();
    EXPECT_EQ(seen.ops.size(), 2 * count);
}

}  // namespace
}  // namespace tmx::testing
