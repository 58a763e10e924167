// Look-up tables against the functions they stand for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "quantize/tables.h"

namespace tinamix::quantize {
namespace {

ir::Node node_of(const std::string& op, const std::string& domain = "") {
    ir::Node node;
    node.name = "n";
    node.op = op;
    node.domain = domain;
    return node;
}

/// Largest distance in output codes from the rounded value of the function, over all codes.
int32_t largest_error(const Int16Table& table, const ScalarFunction& function, const Quantization& input,
                      const Quantization& output) {
    int32_t largest = 0;
    for (int32_t code = -32768; code <= 32767; ++code) {
        const int32_t wanted = quantize_value(output, function(static_cast<double>(input.scale) * code));
        largest = std::max(largest, std::abs(look_up(table, code) - wanted));
    }
    return largest;
}

int32_t largest_error(const ScalarFunction& function, const Quantization& input, const Quantization& output) {
    return largest_error(uniform_int16_table(function, input, output), function, input, output);
}

TEST(Tables, Int8HasTheExactCodeOfEveryInput) {
    const Quantization input{NumberFormat::kInt8, 0.06F, 12}, output{NumberFormat::kInt8, 0x1p-8F, -128};
    const ScalarFunction function = scalar_function(ir::Graph{}, node_of("Sigmoid"));
    const std::vector<int8_t> table = int8_table(function, input, output);
    ASSERT_EQ(table.size(), 256U);
    for (int code = -128; code <= 127; ++code) {
        const double x = static_cast<double>(0.06F) * (code - 12);
        const double wanted = std::round(256.0 / (1.0 + std::exp(-x))) - 128.0;
        EXPECT_EQ(table[static_cast<size_t>(code + 128)], std::clamp(wanted, -128.0, 127.0));
    }
}

TEST(Tables, Int16IsWithinOneCodeOfSmoothFunctions) {
    const Quantization unit{NumberFormat::kInt16, 0x1p-15F, 0};
    const auto range = [](float peak) { return quantization_for(NumberFormat::kInt16, -peak, peak); };
    EXPECT_LE(largest_error(scalar_function(ir::Graph{}, node_of("Sigmoid")), range(8.0F), unit), 1);
    EXPECT_LE(largest_error(scalar_function(ir::Graph{}, node_of("Tanh")), range(4.0F), unit), 1);
    // The last entry stands one code above the largest input; the output range must reach it or it is clamped.
    EXPECT_LE(largest_error(scalar_function(ir::Graph{}, node_of("Exp")), range(4.0F), range(std::exp(4.001F))), 1);
    EXPECT_LE(largest_error(scalar_function(ir::Graph{}, node_of("Silu", "tinamix")), range(10.0F), range(10.0F)), 1);
    EXPECT_LE(largest_error(scalar_function(ir::Graph{}, node_of("HardSwish")), range(6.0F), range(6.0F)), 1);
    EXPECT_LE(largest_error([](double x) { return x; }, range(3.0F), range(3.0F)), 1);
}

TEST(Tables, Int16EntriesStandAtEverySixtyFourthCode) {
    const Quantization input{NumberFormat::kInt16, 0.001F, 0}, output{NumberFormat::kInt16, 0.002F, 0};
    const Int16Table table = uniform_int16_table([](double x) { return x; }, input, output);
    ASSERT_EQ(table.entries.size(), 1025U);
    EXPECT_EQ(table.entries.front(), -16384);
    EXPECT_EQ(table.entries[512], 0);
    EXPECT_EQ(table.entries[513], 32);
    EXPECT_EQ(table.entries.back(), 16384);
}

TEST(Tables, TheSmallestInt16TableThatIsFineEnoughIsTaken) {
    const Quantization unit{NumberFormat::kInt16, 0x1p-15F, 0};
    const auto range = [](float peak) { return quantization_for(NumberFormat::kInt16, -peak, peak); };
    const auto best = [&](const char* op, float peak, const Quantization& output) {
        return best_int16_table(scalar_function(ir::Graph{}, node_of(op)), range(peak), output);
    };
    EXPECT_EQ(best("Tanh", 4.0F, unit).entries.size(), 1025U);
    EXPECT_EQ(best("HardSwish", 6.0F, range(6.0F)).entries.size(), 1025U) << "a kink in one interval is no reason";
    for (const char* op : {"Log", "Sqrt", "Reciprocal"}) {
        const Int16Table table = best(op, 10.0F, range(10.0F));
        EXPECT_TRUE(table.octaves) << op;
        EXPECT_EQ(table.entries.size(), 1282U) << op;
        // Where 1 / x meets the end of the output's range the interpolation cuts the corner of one interval.
        const int32_t bound = std::string(op) == "Reciprocal" ? 32 : 2;
        EXPECT_LE(largest_error(table, scalar_function(ir::Graph{}, node_of(op)), range(10.0F), range(10.0F)), bound)
            << op;
    }
    const Int16Table steep = best("Exp", 20.0F, range(std::exp(20.0F)));
    EXPECT_FALSE(steep.octaves);
    EXPECT_LT(steep.interval_bits, 6);
    EXPECT_EQ(best("Sign", 1.0F, range(1.0F)).octaves, true) << "exact next to 0";
}

TEST(Tables, OctavesHaveEveryCodeUpTo64) {
    const Quantization form{NumberFormat::kInt16, 0.001F, 0};
    const Int16Table table = octave_int16_table([](double x) { return x; }, form, form);
    ASSERT_EQ(table.entries.size(), 1282U);
    EXPECT_EQ(table.entries[63], 63);
    EXPECT_EQ(table.entries[64], 64);
    EXPECT_EQ(table.entries[129], 130);  // from 128 on every second
    EXPECT_EQ(table.entries[640], 32767);
    EXPECT_EQ(table.entries[641 + 640], -32768);
    for (int32_t code = -32768; code <= 32767; ++code) ASSERT_NEAR(look_up(table, code), code, 1) << code;
}

TEST(Tables, RejectMixedFormats) {
    const Quantization int8{NumberFormat::kInt8, 1.0F, 0}, int16{NumberFormat::kInt16, 1.0F, 0};
    const ScalarFunction same = [](double x) { return x; };
    EXPECT_THROW(int8_table(same, int8, int16), Error);
    EXPECT_THROW(uniform_int16_table(same, int8, int16), Error);
    EXPECT_THROW(int8_table(same, Quantization{}, Quantization{}), Error);
}

TEST(Tables, SoftmaxExponentialsAreRounded) {
    const std::vector<int32_t> table = softmax_exp2_table();
    ASSERT_EQ(table.size(), 257U);
    EXPECT_EQ(table.front(), 1 << 30);
    EXPECT_EQ(table[128], 759250125);  // 2^29.5
    EXPECT_EQ(table.back(), 1 << 29);
    EXPECT_TRUE(std::is_sorted(table.rbegin(), table.rend()));
}

TEST(Tables, SoftmaxRescaleIsTheExponentInQ16) {
    const Quantization input{NumberFormat::kInt8, 0.25F, 5};
    EXPECT_EQ(softmax_rescale(input), to_rescale(0.25 * std::log2(std::exp(1.0)) * 65536.0));
    EXPECT_THROW(softmax_rescale(Quantization{}), Error);
    EXPECT_EQ(log_softmax_rescale(input), to_rescale(std::log(2.0) / 65536.0 / 0.25));
    EXPECT_THROW(log_softmax_rescale(Quantization{}), Error);
}

TEST(Tables, FunctionsTakeTheirAttributes) {
    EXPECT_DOUBLE_EQ(scalar_function(ir::Graph{}, node_of("LeakyRelu"))(-1.0), -static_cast<double>(0.01F));
    ir::Node node = node_of("LeakyRelu");
    node.attributes["alpha"] = 0.25F;
    EXPECT_EQ(scalar_function(ir::Graph{}, node)(-2.0), -0.5);
    EXPECT_EQ(scalar_function(ir::Graph{}, node)(2.0), 2.0);
    EXPECT_NEAR(scalar_function(ir::Graph{}, node_of("HardSigmoid"))(1.0), 0.7, 1e-7);
    node = node_of("HardSigmoid");
    node.attributes["alpha"] = 0.125F;
    node.attributes["beta"] = 0.25F;
    EXPECT_EQ(scalar_function(ir::Graph{}, node)(2.0), 0.5);
    EXPECT_EQ(scalar_function(ir::Graph{}, node)(100.0), 1.0);
    EXPECT_EQ(scalar_function(ir::Graph{}, node_of("HardSwish"))(3.0), 3.0);
    EXPECT_EQ(scalar_function(ir::Graph{}, node_of("HardSwish"))(-3.0), 0.0);
    EXPECT_FALSE(is_tabulated(ir::Graph{}, node_of("Relu")));
    EXPECT_NEAR(scalar_function(ir::Graph{}, node_of("Silu", "tinamix"))(1.0), 0.7310585786, 1e-9);
    EXPECT_THROW(scalar_function(ir::Graph{}, node_of("Softmax")), Error);
}

}  // namespace
}  // namespace tinamix::quantize
