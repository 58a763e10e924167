// Codes and real values: scales, zero points, constants.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "diagnostics/error.h"
#include "quantize/quantization.h"

namespace tinamix::quantize {
namespace {

double dequantize(const Quantization& quantization, int32_t code) {
    return static_cast<double>(quantization.scale) * (code - quantization.zero_point);
}

TEST(Quantization, CoversItsRangeWithinHalfAStep) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(-1.0F, 1.0F);
    for (int i = 0; i < 2000; ++i) {
        const float size = std::exp2(40.0F * value(random));
        float min = size * value(random), max = size * value(random);
        if (min > max) std::swap(min, max);
        for (NumberFormat format : {NumberFormat::kInt8, NumberFormat::kInt16}) {
            const Quantization quantization = quantization_for(format, min, max);
            EXPECT_EQ(dequantize(quantization, quantize_value(quantization, 0.0)), 0.0);
            for (float x : {min, max, 0.5F * min + 0.5F * max, 0.9F * min + 0.1F * max}) {
                const double error = std::fabs(dequantize(quantization, quantize_value(quantization, x)) - x);
                EXPECT_LE(error, quantization.scale * 0.5001) << min << " " << max << " " << x;
            }
        }
    }
}

TEST(Quantization, WidensRangesToContainZero) {
    EXPECT_EQ(quantization_for(NumberFormat::kInt8, 51.0F, 255.0F), (Quantization{NumberFormat::kInt8, 1.0F, -128}));
    EXPECT_EQ(quantization_for(NumberFormat::kInt8, -255.0F, -51.0F), (Quantization{NumberFormat::kInt8, 1.0F, 127}));
    EXPECT_EQ(quantization_for(NumberFormat::kInt8, -128.0F, 127.0F), (Quantization{NumberFormat::kInt8, 1.0F, 0}));
    EXPECT_EQ(quantization_for(NumberFormat::kInt16, -32767.0F, 5.0F), (Quantization{NumberFormat::kInt16, 1.0F, 0}));
    EXPECT_EQ(quantization_for(NumberFormat::kFloat32, -3.0F, 5.0F), Quantization{});
}

TEST(Quantization, HasAUsableScaleForDegenerateRanges) {
    const float tiny = std::numeric_limits<float>::denorm_min(), huge = std::numeric_limits<float>::max();
    for (NumberFormat format : {NumberFormat::kInt8, NumberFormat::kInt16}) {
        EXPECT_EQ(quantization_for(format, 0.0F, 0.0F), (Quantization{format, 1.0F, 0}));
        EXPECT_TRUE(std::isfinite(1.0F / quantization_for(format, -tiny, tiny).scale));
        EXPECT_TRUE(std::isfinite(quantization_for(format, -huge, huge).scale));
    }
    const float nan = std::nanf("");
    EXPECT_THROW(quantization_for(NumberFormat::kInt8, 1.0F, 0.0F), Error);
    EXPECT_THROW(quantization_for(NumberFormat::kInt8, nan, 0.0F), Error);
    EXPECT_THROW(quantization_for(NumberFormat::kInt8, 0.0F, std::numeric_limits<float>::infinity()), Error);
}

TEST(Quantization, RoundsHalvesAwayFromZeroAndClamps) {
    const Quantization unit{NumberFormat::kInt8, 1.0F, 10};
    EXPECT_EQ(quantize_value(unit, 0.5), 11);
    EXPECT_EQ(quantize_value(unit, -0.5), 9);
    EXPECT_EQ(quantize_value(unit, 2.5), 13);
    EXPECT_EQ(quantize_value(unit, 1e30), 127);
    EXPECT_EQ(quantize_value(unit, -std::numeric_limits<double>::infinity()), -128);
    EXPECT_EQ(quantize_value(unit, std::nan("")), 10);
    EXPECT_THROW(quantize_value(Quantization{}, 1.0), Error);
    EXPECT_EQ(quantize_values(unit, std::vector<float>{0.0F, 117.0F, 118.0F, -500.0F}),
              (std::vector<int16_t>{10, 127, 127, -128}));
}

TEST(Quantization, HoldsRepeatedConstantsExactly) {
    for (float c : {1.0F, -3.0F, 0.1F, 1.0F / 6.0F, -1e-20F, 255.0F}) {
        for (NumberFormat format : {NumberFormat::kInt8, NumberFormat::kInt16}) {
            const Quantization quantization = quantization_for_constant(format, std::vector<float>{c, c});
            const int32_t code = quantize_value(quantization, c);
            EXPECT_EQ(std::abs(code), format == NumberFormat::kInt8 ? 127 : 32767);
            EXPECT_EQ(quantization.zero_point, 0);
            EXPECT_NEAR(dequantize(quantization, code) / c, 1.0, 0x1p-24);
        }
    }
    EXPECT_EQ(quantization_for_constant(NumberFormat::kInt8, std::vector<float>{0.0F}),
              (Quantization{NumberFormat::kInt8, 1.0F, 0}));
    EXPECT_EQ(quantization_for_constant(NumberFormat::kInt8, std::vector<float>{0.0F, 255.0F}),
              (Quantization{NumberFormat::kInt8, 1.0F, -128}));
    EXPECT_THROW(quantization_for_constant(NumberFormat::kInt8, std::vector<float>{0.0F, std::nanf("")}), Error);
}

TEST(Quantization, WideningToInt16LosesNothing) {
    for (int32_t zero_point : {-128, -3, 0, 127}) {
        const Quantization narrow{NumberFormat::kInt8, 0.37F, zero_point};
        const Quantization wide = widened_to_int16(narrow);
        for (int32_t code = -128; code <= 127; ++code) {
            const double x = dequantize(narrow, code);
            EXPECT_EQ(dequantize(wide, quantize_value(wide, x)), x);
        }
    }
    EXPECT_THROW(widened_to_int16(Quantization{}), Error);
}

}  // namespace
}  // namespace tinamix::quantize
