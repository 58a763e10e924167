// Convolutions, pools and matrix products against their definitions, written out as loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "float_op_runner.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

/// Small whole numbers: every sum of products is exact in float32, whatever its order.
Floats whole_numbers(int64_t count, int seed) {
    Floats values;
    for (int64_t i = 0; i < count; ++i) {
        values.push_back(static_cast<float>((i * 7 + seed * 5) % 11 - 5));
    }
    return values;
}

struct ConvCase {
    const char* name;
    ir::Shape input, weights;  // [n, c, h, w], [outputs, c / groups, kh, kw]
    Ints strides, dilations, pads;
    int64_t groups;
};

Floats convolution(const ConvCase& c, const Floats& x, const Floats& w, const Floats& bias, ir::Shape& shape) {
    auto out_size = [&](size_t axis) {
        return (c.input[axis + 2] + c.pads[axis] + c.pads[axis + 2] - (c.weights[axis + 2] - 1) * c.dilations[axis] -
                1) /
                   c.strides[axis] +
               1;
    };
    shape = {c.input[0], c.weights[0], out_size(0), out_size(1)};
    const int64_t inputs = c.weights[1], outputs = c.weights[0] / c.groups;
    Floats y;
    for (int64_t n = 0; n < shape[0]; ++n) {
        for (int64_t o = 0; o < shape[1]; ++o) {
            for (int64_t i = 0; i < shape[2]; ++i) {
                for (int64_t j = 0; j < shape[3]; ++j) {
                    float sum = bias[static_cast<size_t>(o)];
                    for (int64_t k = 0; k < inputs * c.weights[2] * c.weights[3]; ++k) {
                        const int64_t channel = k / c.weights[2] / c.weights[3];
                        const int64_t u = k / c.weights[3] % c.weights[2], v = k % c.weights[3];
                        const int64_t row = i * c.strides[0] - c.pads[0] + u * c.dilations[0];
                        const int64_t column = j * c.strides[1] - c.pads[1] + v * c.dilations[1];
                        if (row < 0 || row >= c.input[2] || column < 0 || column >= c.input[3]) {
                            continue;
                        }
                        const int64_t from = n * c.input[1] + o / outputs * inputs + channel;
                        sum += x[static_cast<size_t>((from * c.input[2] + row) * c.input[3] + column)] *
                               w[static_cast<size_t>(o * inputs * c.weights[2] * c.weights[3] + k)];
                    }
                    y.push_back(sum);
                }
            }
        }
    }
    return y;
}

class FloatConv : public testing::TestWithParam<ConvCase> {};

TEST_P(FloatConv, EqualsItsDefinition) {
    const ConvCase& c = GetParam();
    const Floats x = whole_numbers(ir::element_count(c.input), 1), w = whole_numbers(ir::element_count(c.weights), 2);
    const Floats bias = whole_numbers(c.weights[0], 3);
    ir::Shape shape;
    const Floats wanted = convolution(c, x, w, bias, shape);
    const ir::Tensor y = OpRunner("Conv")
                             .attribute("strides", c.strides)
                             .attribute("dilations", c.dilations)
                             .attribute("pads", c.pads)
                             .attribute("group", c.groups)
                             .floats(c.input, x)
                             .floats(c.weights, w)
                             .floats({c.weights[0]}, bias)
                             .run();
    EXPECT_EQ(y.shape(), shape);
    EXPECT_EQ(y.to_floats(), wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FloatConv,
    testing::Values(ConvCase{"pointwise", {1, 5, 3, 4}, {7, 5, 1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, 1},
                    ConvCase{"same", {2, 3, 5, 6}, {4, 3, 3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 1},
                    ConvCase{"strided_uneven_pads", {1, 3, 7, 8}, {4, 3, 3, 2}, {2, 3}, {1, 1}, {0, 1, 2, 0}, 1},
                    ConvCase{"dilated", {1, 2, 9, 9}, {3, 2, 3, 3}, {1, 1}, {2, 3}, {2, 3, 2, 3}, 1},
                    ConvCase{"depthwise", {1, 6, 5, 5}, {6, 1, 3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 6},
                    ConvCase{"depthwise_5x5_strided", {1, 19, 9, 7}, {19, 1, 5, 5}, {2, 2}, {1, 1}, {2, 2, 2, 2}, 19},
                    ConvCase{"depthwise_7x7", {1, 3, 9, 9}, {3, 1, 7, 7}, {1, 1}, {1, 1}, {3, 3, 3, 3}, 3},
                    ConvCase{"multiplier", {1, 4, 5, 5}, {8, 1, 3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 4},
                    ConvCase{"grouped", {1, 6, 4, 4}, {4, 3, 3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 2}),
    [](const testing::TestParamInfo<ConvCase>& info) { return std::string(info.param.name); });

TEST(FloatConv1d, RunsAsAnImageOfHeightOne) {
    const ir::Tensor y = OpRunner("Conv")
                             .attribute("pads", Ints{1, 1})
                             .floats({1, 1, 4}, {1, 2, 3, 4})
                             .floats({1, 1, 3}, {1, 10, 100})
                             .run();
    EXPECT_EQ(y.shape(), (ir::Shape{1, 1, 4}));
    EXPECT_EQ(y.to_floats(), (Floats{210, 321, 432, 43}));
}

TEST(FloatConvAutoPad, PutsTheOddPadWhereTheModeSays) {
    auto run = [](const char* mode) {
        return OpRunner("Conv")
            .attribute("auto_pad", std::string(mode))
            .attribute("strides", Ints{1, 1})
            .floats({1, 1, 1, 4}, {1, 2, 3, 4})
            .floats({1, 1, 1, 2}, {1, 10})
            .run()
            .to_floats();
    };
    EXPECT_EQ(run("SAME_UPPER"), (Floats{21, 32, 43, 4}));
    EXPECT_EQ(run("SAME_LOWER"), (Floats{10, 21, 32, 43}));
    EXPECT_EQ(run("VALID"), (Floats{21, 32, 43}));
    EXPECT_THROW(run("SAME"), Error);
}

TEST(FloatConv, RejectsShapesAndAttributesThatDoNotFit) {
    auto conv = [] { return OpRunner("Conv").floats({1, 4, 3, 3}, whole_numbers(36, 0)); };
    EXPECT_THROW(conv().floats({2, 3, 1, 1}, whole_numbers(6, 0)).run(), Error);
    EXPECT_THROW(conv().floats({2, 4, 5, 5}, whole_numbers(200, 0)).run(), Error);
    EXPECT_THROW(conv().attribute("strides", Ints{0, 1}).floats({2, 4, 1, 1}, whole_numbers(8, 0)).run(), Error);
    EXPECT_THROW(conv().attribute("group", int64_t{3}).floats({3, 1, 1, 1}, whole_numbers(3, 0)).run(), Error);
    EXPECT_THROW(conv().floats({2, 4, 1, 1}, whole_numbers(8, 0)).floats({3}, {1, 2, 3}).run(), Error);
}

TEST(FloatMaxPool, IgnoresPaddingAndFollowsCeilMode) {
    auto pool = [](int64_t ceil) {
        return OpRunner("MaxPool")
            .attribute("kernel_shape", Ints{1, 2})
            .attribute("strides", Ints{1, 2})
            .attribute("pads", Ints{0, 1, 0, 0})
            .attribute("ceil_mode", ceil)
            .floats({1, 1, 1, 4}, {-1, -2, -3, -4})
            .run()
            .to_floats();
    };
    EXPECT_EQ(pool(0), (Floats{-1, -2}));
    EXPECT_EQ(pool(1), (Floats{-1, -2, -4}));
}

TEST(FloatMaxPool, TakesDilatedWindows) {
    EXPECT_EQ(OpRunner("MaxPool")
                  .attribute("kernel_shape", Ints{1, 2})
                  .attribute("dilations", Ints{1, 3})
                  .floats({1, 1, 1, 5}, {1, 9, 2, 3, 4})
                  .run()
                  .to_floats(),
              (Floats{3, 9}));
}

TEST(FloatAveragePool, CountsPaddingOnlyWhenAsked) {
    auto pool = [](int64_t count) {
        return OpRunner("AveragePool")
            .attribute("kernel_shape", Ints{2})
            .attribute("pads", Ints{1, 1})
            .attribute("count_include_pad", count)
            .floats({1, 1, 2}, {2, 4})
            .run()
            .to_floats();
    };
    EXPECT_EQ(pool(0), (Floats{2, 3, 4}));
    EXPECT_EQ(pool(1), (Floats{1, 3, 2}));
}

TEST(FloatGlobalAveragePool, AveragesEachChannel) {
    const ir::Tensor mean = OpRunner("GlobalAveragePool").floats({1, 2, 2, 2}, counting(8)).run();
    EXPECT_EQ(mean.shape(), (ir::Shape{1, 2, 1, 1}));
    EXPECT_EQ(mean.to_floats(), (Floats{1.5F, 5.5F}));
}

TEST(FloatBatchNormalization, NormalizesEachChannel) {
    const ir::Tensor y = OpRunner("BatchNormalization")
                             .attribute("epsilon", 0.0F)
                             .floats({1, 2, 2}, {1, 2, 3, 4})
                             .floats({2}, {2, 1})
                             .floats({2}, {10, 20})
                             .floats({2}, {1, 3})
                             .floats({2}, {4, 1})
                             .run();
    EXPECT_EQ(y.to_floats(), (Floats{10, 11, 20, 21}));
}

TEST(FloatGemm, TransposesScalesAndBroadcastsC) {
    const Floats a = {1, 2, 3, 4, 5, 6}, b = {1, 0, 2, 1, 1, 3};
    const ir::Tensor plain = OpRunner("Gemm").floats({2, 3}, a).floats({3, 2}, b).floats({2}, {10, 20}).run();
    EXPECT_EQ(plain.to_floats(), (Floats{18, 31, 30, 43}));
    const ir::Tensor turned = OpRunner("Gemm")
                                  .attribute("transA", int64_t{1})
                                  .attribute("transB", int64_t{1})
                                  .attribute("alpha", 2.0F)
                                  .attribute("beta", 0.5F)
                                  .floats({3, 2}, {1, 4, 2, 5, 3, 6})
                                  .floats({2, 3}, {1, 2, 1, 0, 1, 3})
                                  .floats({2, 1}, {10, 20})
                                  .run();
    EXPECT_EQ(turned.to_floats(), (Floats{21, 27, 50, 56}));
    EXPECT_THROW(OpRunner("Gemm").floats({2, 3}, a).floats({2, 3}, b).run(), Error);
}

TEST(FloatMatMul, FollowsTheRulesForVectorsAndBatches) {
    EXPECT_EQ(OpRunner("MatMul").floats({2}, {1, 2}).floats({2}, {3, 4}).run().to_floats(), (Floats{11}));
    const ir::Tensor rows = OpRunner("MatMul").floats({2, 1, 2}, {1, 2, 3, 4}).floats({2, 2}, {1, 0, 0, 10}).run();
    EXPECT_EQ(rows.shape(), (ir::Shape{2, 1, 2}));
    EXPECT_EQ(rows.to_floats(), (Floats{1, 20, 3, 40}));
    const ir::Tensor batches =
        OpRunner("MatMul").floats({2, 1, 1, 2}, {1, 2, 3, 4}).floats({3, 2, 1}, {1, 0, 0, 1, 1, 1}).run();
    EXPECT_EQ(batches.shape(), (ir::Shape{2, 3, 1, 1}));
    EXPECT_EQ(batches.to_floats(), (Floats{1, 2, 3, 3, 4, 7}));
    EXPECT_THROW(OpRunner("MatMul").floats({2, 3}, counting(6)).floats({2, 2}, counting(4)).run(), Error);
}

}  // namespace
}  // namespace tinamix
