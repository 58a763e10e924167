// The other reference kernels against plain formulas in double or 64-bit integers, and their behaviour at the edges.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cases.h"
#include "exp2_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels::test {
namespace {

TEST(MaxPool, IgnoresPadding) {
    const int8_t input[] = {-100, -90, -80, -70};
    int8_t output[4];
    PoolArgs a{};
    a.batch = a.channels = 1;
    a.in_h = a.in_w = a.out_h = a.out_w = 2;
    a.window = {3, 3, 2, 2, 1, 1, 2, 2};
    a.input = input;
    a.input_zero_point = 5;
    a.output = output;
    i8_max_pool__reference(a, 0, 2);
    EXPECT_EQ(output[0], -100);
    EXPECT_EQ(output[1], -90);
    EXPECT_EQ(output[2], -80);
    EXPECT_EQ(output[3], -70);
}

TEST(AveragePool, DividesByTheValidElements) {
    const int8_t input[] = {10, 20, 30, 40};
    int8_t output[4];
    // Scale 1 on both sides: divisor 1, 2, 3, 4.
    const Rescale rescales[] = {{1 << 30, 30}, {1 << 30, 31}, {1431655765, 32}, {1 << 30, 32}};
    PoolArgs a{};
    a.batch = a.channels = 1;
    a.in_h = a.in_w = a.out_h = a.out_w = 2;
    a.window = {2, 2, 1, 1, 1, 1, 0, 0};
    a.input = input;
    a.rescales = rescales;
    a.rescale_count = 4;
    a.output = output;
    i8_average_pool__reference(a, 0, 2);
    EXPECT_EQ(output[0], 25);
    EXPECT_EQ(output[1], 30);
    EXPECT_EQ(output[2], 35);
    EXPECT_EQ(output[3], 40);
}

TEST(AveragePool, Int16SumsBeyond32Bits) {
    const int32_t size = 300;
    std::vector<int16_t> input(size * size, -32768);
    int16_t output = 0;
    // 1 / 90000 = m / 2^s
    const Rescale rescale = {static_cast<int32_t>(std::llround(std::ldexp(1.0 / 90000.0, 47))), 47};
    PoolArgs a{};
    a.batch = a.channels = a.out_h = a.out_w = 1;
    a.in_h = a.in_w = size;
    a.window = {size, size, 1, 1, 1, 1, 0, 0};
    a.input = input.data();
    a.rescales = &rescale;
    a.rescale_count = 1;
    a.output = &output;
    i16_average_pool__reference(a, 0, 1);
    EXPECT_EQ(output, -32768);
}

TEST(AveragePool, Float32CountsPaddingOnRequest) {
    const float input[] = {1, 2, 3, 4};
    float output = 0;
    PoolArgs a{};
    a.batch = a.channels = a.out_h = a.out_w = 1;
    a.in_h = a.in_w = 2;
    a.window = {3, 3, 1, 1, 1, 1, 1, 1};
    a.input = input;
    a.output = &output;
    f32_average_pool__reference(a, 0, 1);
    EXPECT_EQ(output, 2.5f);
    a.count_padding = true;
    f32_average_pool__reference(a, 0, 1);
    EXPECT_EQ(output, 10.0f / 9.0f);
}

TEST(Pool, WindowsWithoutAValidElementAreDefined) {
    const int8_t input = 7;
    int8_t output = 0;
    const Rescale rescale = {1 << 30, 30};
    PoolArgs a{};
    a.batch = a.channels = a.in_h = a.in_w = a.out_h = a.out_w = 1;
    a.window = {1, 1, 1, 1, 1, 1, 3, 3};
    a.input = &input;
    a.output_zero_point = 9;
    a.rescales = &rescale;
    a.rescale_count = 1;
    a.output = &output;
    i8_max_pool__reference(a, 0, 1);
    EXPECT_EQ(output, -128);
    i8_average_pool__reference(a, 0, 1);
    EXPECT_EQ(output, 9);
}

TEST(Binary, BroadcastsAndRoundsLikeTheRealNumbers) {
    for (const int slot : {int{TypeSlot::i8}, int{TypeSlot::i16}}) {
        const auto read = [&](const void* data, int64_t i) {
            return slot == TypeSlot::i8 ? int64_t{static_cast<const int8_t*>(data)[i]}
                                        : int64_t{static_cast<const int16_t*>(data)[i]};
        };
        make_cases(operations::binary{}, slot, [&](const Case<BinaryArgs>& c) {
            BinaryArgs a = c.args;
            if (a.function > BinaryFunction::kMul) return;  // functions_test.cpp
            Buffer output = output_buffer(c.output_bytes);
            a.output = output.data();
            reference_kernels().binary[slot].run(a, 0, c.range);
            const int32_t inner = a.shape[a.rank - 1];
            for (int64_t i = 0; i < c.range * inner; ++i) {
                int64_t rest = i, at_a = 0, at_b = 0;
                for (int32_t d = a.rank - 1; d >= 0; --d) {
                    at_a += rest % a.shape[d] * a.stride_a[d];
                    at_b += rest % a.shape[d] * a.stride_b[d];
                    rest /= a.shape[d];
                }
                const int64_t x = read(a.a, at_a) - a.zero_point_a, y = read(a.b, at_b) - a.zero_point_b;
                const int64_t sum = a.function == BinaryFunction::kMul ? x * y * a.multiplier_a
                                                                       : x * a.multiplier_a + y * a.multiplier_b;
                int64_t q = (sum >> (a.shift - 1)) + 1;
                q = (q >= 0 ? q / 2 : -((1 - q) / 2)) + a.zero_point_out;
                q = std::min<int64_t>(std::max<int64_t>(q, a.clamp_min), a.clamp_max);
                ASSERT_EQ(read(output.data(), i), q) << c.name;
            }
        });
    }
}

TEST(Binary, Float32IsOneOperationAndAClamp) {
    const float left[] = {1.0f, 2.0f, 3.0f}, right[] = {0.5f};
    float output[3];
    BinaryArgs a{};
    a.rank = 1;
    a.shape[0] = 3;
    a.stride_a[0] = 1;
    a.a = left;
    a.b = right;
    a.clamp_min_f32 = 0.75f;
    a.clamp_max_f32 = 2.25f;
    a.output = output;
    a.function = BinaryFunction::kSub;
    f32_binary__reference(a, 0, 1);
    EXPECT_EQ(output[0], 0.75f);
    EXPECT_EQ(output[1], 1.5f);
    EXPECT_EQ(output[2], 2.25f);
    a.function = BinaryFunction::kMul;
    f32_binary__reference(a, 0, 1);
    EXPECT_EQ(output[0], 0.75f);
    EXPECT_EQ(output[1], 1.0f);
    EXPECT_EQ(output[2], 1.5f);
}

TEST(Requantize, LeavesTheGapsOfAConcatAlone) {
    const int8_t input[] = {1, 2, 3, 4};
    int16_t output[7] = {99, 99, 99, 99, 99, 99, 99};
    RequantizeArgs a{};
    a.outer = a.inner = 2;
    a.output_stride = 5;
    a.input = input;
    a.input_zero_point = 1;
    a.rescale = {1 << 30, 22};  // 256
    a.clamp_min = -32768;
    a.clamp_max = 700;
    a.output = output;
    i8_i16_requantize__reference(a, 0, 2);
    const int16_t expected[] = {0, 256, 99, 99, 99, 512, 700};
    for (int i = 0; i < 7; ++i) EXPECT_EQ(output[i], expected[i]) << i;
}

TEST(Lookup, Int16InterpolatesBetweenEntries) {
    std::vector<int16_t> table(kLookupInt16Entries);
    for (int i = 0; i < kLookupInt16Entries; ++i) table[i] = static_cast<int16_t>(std::min(64 * i - 32768, 32767));
    std::vector<int16_t> input(65536), output(65536);
    for (int i = 0; i < 65536; ++i) input[i] = static_cast<int16_t>(i - 32768);
    const LookupArgs a = {input.data(), table.data(), output.data()};
    i16_lookup__reference(a, 0, 65536);
    // The last entry is one code short of a straight line, which rounding hides in the first half of the interval.
    for (int i = 0; i < 65536 - 32; ++i) ASSERT_EQ(output[i], input[i]);
    EXPECT_EQ(output[65535], 32766);
    for (int16_t& entry : table) entry = static_cast<int16_t>((&entry - table.data()) % 2 != 0 ? 32767 : -32768);
    i16_lookup__reference(a, 0, 65536);
    for (int i = 0; i < 65536; ++i) {
        const double part = (i & 63) / 64.0, from = i / 64 % 2 == 0 ? -32768 : 32767, rise = -1 - 2 * from;
        ASSERT_EQ(output[i], std::floor(from + rise * part + 0.5)) << i;
    }
}

TEST(Lookup, Int8IsIndexedFromTheLowestCode) {
    int8_t table[256], input[256], output[256];
    for (int i = 0; i < 256; ++i) {
        table[i] = static_cast<int8_t>(127 - i);
        input[i] = static_cast<int8_t>(i - 128);
    }
    i8_lookup__reference({input, table, output}, 0, 256);
    for (int i = 0; i < 256; ++i) EXPECT_EQ(output[i], 127 - i);
}

TEST(Softmax, IntegersAreWithinOneCodeOfTheRealFunction) {
    for (const int slot : {int{TypeSlot::i8}, int{TypeSlot::i16}}) {
        const bool narrow = slot == TypeSlot::i8;
        const int bits = narrow ? 8 : 15;
        make_cases(operations::softmax{}, slot, [&](const Case<SoftmaxArgs>& c) {
            SoftmaxArgs a = c.args;
            Buffer output = output_buffer(c.output_bytes);
            a.output = output.data();
            reference_kernels().softmax[slot].run(a, 0, c.range);
            const auto read = [&](const void* data, int64_t i) {
                return narrow ? double(static_cast<const int8_t*>(data)[i])
                              : double(static_cast<const int16_t*>(data)[i]);
            };
            const double scale = std::ldexp(a.rescale.multiplier, -a.rescale.shift - 16) * std::log(2.0);
            for (int64_t row = 0; row < c.range; ++row) {
                double sum = 0, total = 0, largest = -1e9;
                for (int32_t i = 0; i < a.inner; ++i) largest = std::max(largest, read(a.input, row * a.inner + i));
                for (int32_t i = 0; i < a.inner; ++i) {
                    sum += std::exp((read(a.input, row * a.inner + i) - largest) * scale);
                }
                for (int32_t i = 0; i < a.inner; ++i) {
                    const double q = read(output.data(), row * a.inner + i) + (narrow ? 128 : 0);
                    const double real = std::exp((read(a.input, row * a.inner + i) - largest) * scale) / sum;
                    const double most = narrow ? 255 : 32767;
                    ASSERT_NEAR(q, std::min(real * std::ldexp(1.0, bits), most), 1.0) << c.name;
                    total += q;
                }
                // Each code is rounded by at most half; one at the top may be clamped by one.
                EXPECT_NEAR(total, std::ldexp(1.0, bits), 0.5 * a.inner + 1) << c.name;
            }
        });
    }
}

TEST(LogSoftmax, IntegersAreWithinOneCodeOfTheRealFunction) {
    for (const int slot : {int{TypeSlot::i8}, int{TypeSlot::i16}}) {
        const bool narrow = slot == TypeSlot::i8;
        const double least = narrow ? -128 : -32768, most = narrow ? 127 : 32767;
        make_cases(operations::log_softmax{}, slot, [&](const Case<SoftmaxArgs>& c) {
            SoftmaxArgs a = c.args;
            Buffer output = output_buffer(c.output_bytes);
            a.output = output.data();
            reference_kernels().log_softmax[slot].run(a, 0, c.range);
            const auto read = [&](const void* data, int64_t i) {
                return narrow ? double(static_cast<const int8_t*>(data)[i])
                              : double(static_cast<const int16_t*>(data)[i]);
            };
            const double in_scale = std::ldexp(a.rescale.multiplier, -a.rescale.shift - 16) * std::log(2.0);
            const double codes_per_unit = std::ldexp(a.to_output.multiplier, 16 - a.to_output.shift) / std::log(2.0);
            for (int64_t row = 0; row < c.range; ++row) {
                double sum = 0, largest = -1e9;
                for (int32_t i = 0; i < a.inner; ++i) largest = std::max(largest, read(a.input, row * a.inner + i));
                for (int32_t i = 0; i < a.inner; ++i) {
                    sum += std::exp((read(a.input, row * a.inner + i) - largest) * in_scale);
                }
                for (int32_t i = 0; i < a.inner; ++i) {
                    const double real = (read(a.input, row * a.inner + i) - largest) * in_scale - std::log(sum);
                    const double code = std::clamp(real * codes_per_unit + a.output_zero_point, least, most);
                    ASSERT_NEAR(read(output.data(), row * a.inner + i), code, 1.0) << c.name;
                }
            }
        });
    }
}

TEST(LogSoftmax, Float32SurvivesLargeInputs) {
    const float input[] = {1000.0f, 1000.0f, -1000.0f};
    float output[3];
    SoftmaxArgs a{};
    a.outer = 1;
    a.inner = 3;
    a.input = input;
    a.output = output;
    f32_log_softmax__reference(a, 0, 1);
    EXPECT_NEAR(output[0], -std::log(2.0), 1e-7);
    EXPECT_EQ(output[1], output[0]);
    EXPECT_EQ(output[2], -2000.0f + output[0]);
}

TEST(Softmax, Float32SumsToOne) {
    make_cases(operations::softmax{}, TypeSlot::f32, [&](const Case<SoftmaxArgs>& c) {
        SoftmaxArgs a = c.args;
        Buffer output = output_buffer(c.output_bytes);
        a.output = output.data();
        f32_softmax__reference(a, 0, c.range);
        const float* values = reinterpret_cast<const float*>(output.data());
        for (int64_t row = 0; row < c.range; ++row) {
            double total = 0;
            for (int32_t i = 0; i < a.inner; ++i) total += values[row * a.inner + i];
            EXPECT_NEAR(total, 1.0, 1e-6);
        }
    });
}

TEST(Softmax, Float32SurvivesLargeInputs) {
    const float input[] = {1000.0f, 1000.0f, -1000.0f};
    float output[3];
    SoftmaxArgs a{};
    a.outer = 1;
    a.inner = 3;
    a.input = input;
    a.output = output;
    f32_softmax__reference(a, 0, 1);
    EXPECT_EQ(output[0], 0.5f);
    EXPECT_EQ(output[1], 0.5f);
    EXPECT_EQ(output[2], 0.0f);
}

TEST(Copy, TransposesAndSlices) {
    // [2][3] -> columns 1 and 2, transposed.
    const uint16_t input[] = {1, 2, 3, 4, 5, 6};
    uint16_t output[4];
    CopyArgs a{};
    a.element_bytes = 2;
    a.rank = 2;
    a.shape[0] = a.shape[1] = 2;
    a.stride_in[0] = 1;
    a.stride_in[1] = 3;
    a.input = input + 1;
    a.output = output;
    a.output_stride = 2;
    any_copy__reference(a, 0, 2);
    const uint16_t expected[] = {2, 5, 3, 6};
    for (int i = 0; i < 4; ++i) EXPECT_EQ(output[i], expected[i]);
}

TEST(Copy, RepeatsAndRunsBackwards) {
    const uint8_t input[] = {1, 2, 3};
    uint8_t output[6];
    CopyArgs a{};
    a.element_bytes = 1;
    a.rank = 2;
    a.shape[0] = 3;
    a.shape[1] = 2;
    a.stride_in[0] = -1;
    a.stride_in[1] = 0;
    a.input = input + 2;
    a.output = output;
    a.output_stride = 2;
    any_copy__reference(a, 0, 3);
    const uint8_t expected[] = {3, 3, 2, 2, 1, 1};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(output[i], expected[i]);
}

TEST(IndexedCopy, FillsNegativeIndicesAndKeepsOthersInsideTheInput) {
    const uint8_t input[] = {1, 2, 3, 4};
    const int32_t rows[] = {INT32_MIN, INT32_MAX}, columns[] = {1, -1, 2};
    uint8_t output[6];
    IndexedCopyArgs a{};
    a.element_bytes = a.batch = a.channels = 1;
    a.in_h = a.in_w = a.out_h = 2;
    a.out_w = 3;
    a.rows = rows;
    a.columns = columns;
    a.fill = 9;
    a.input = input;
    a.output = output;
    any_indexed_copy__reference(a, 0, 2);
    const uint8_t expected[] = {9, 9, 9, 4, 9, 4};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(output[i], expected[i]);
}

TEST(Gather, CountsFromTheEndAndStaysInside) {
    const uint16_t input[] = {1, 2, 3, 4, 5, 6};
    const int32_t indices[] = {2, -1, -3, 7, -9};
    uint16_t output[10];
    GatherArgs a{};
    a.element_bytes = 2;
    a.outer = 1;
    a.size = 3;
    a.inner = 2;
    a.count = 5;
    a.indices = indices;
    a.input = input;
    a.output = output;
    any_gather__reference(a, 0, 5);
    const uint16_t expected[] = {5, 6, 5, 6, 1, 2, 5, 6, 1, 2};
    for (int i = 0; i < 10; ++i) EXPECT_EQ(output[i], expected[i]);
}

TEST(Resample, RoundsTheWeightedSumOnceHalfUp) {
    // Rows 0 and 1 in halves, columns 1/4 and 3/4: (0.5 * (1 + 3 * 2) + 0.5 * (4 + 3 * 8)) / 4 = 35/8.
    const int32_t indices[] = {0, 1};
    const int16_t halves8[] = {1 << 10, 1 << 10}, quarters8[] = {1 << 9, 3 << 9};
    const int16_t halves16[] = {1 << 13, 1 << 13}, quarters16[] = {1 << 12, 3 << 12};
    const float halves[] = {0.5f, 0.5f}, quarters[] = {0.25f, 0.75f};
    ResampleArgs a{};
    a.batch = a.channels = a.out_h = a.out_w = 1;
    a.in_h = a.in_w = 2;
    a.rows = {2, indices, halves8};
    a.columns = {2, indices, quarters8};
    const int8_t codes8[] = {11, 12, 14, 18};
    int8_t out8;
    a.input = codes8;
    a.input_zero_point = 10;
    a.output_zero_point = -3;
    a.rescale = {1 << 30, 30 + 22};
    a.output = &out8;
    i8_resample__reference(a, 0, 1);
    EXPECT_EQ(out8, 4 - 3);
    a.rescale = {1 << 30, 30 + 20};  // an output scale four times finer: 17.5 rounds up
    i8_resample__reference(a, 0, 1);
    EXPECT_EQ(out8, 18 - 3);
    const int16_t codes16[] = {-1, -2, -4, -8};
    int16_t out16;
    a.rows.weights = halves16;
    a.columns.weights = quarters16;
    a.input = codes16;
    a.input_zero_point = a.output_zero_point = 0;
    a.rescale = {1 << 30, 30 + 26};
    a.output = &out16;
    i16_resample__reference(a, 0, 1);
    EXPECT_EQ(out16, -17);  // -17.5, half up
    const float reals[] = {1, 2, 4, 8};
    float out32;
    a.rows.weights = halves;
    a.columns.weights = quarters;
    a.input = reals;
    a.output = &out32;
    f32_resample__reference(a, 0, 1);
    EXPECT_EQ(out32, 4.375f);
}

TEST(KernelTable, ReferenceFillsEverySlotThatExists) {
    const KernelTable& table = reference_kernels();
#define TMX_CHECK_ENTRY(operation, slot, kernel, isa_member)                      \
    EXPECT_EQ(table.operation[operations::operation::Slot::slot].run, &(kernel)); \
    EXPECT_STREQ(table.operation[operations::operation::Slot::slot].name, #kernel);
    TMX_REFERENCE_KERNELS(TMX_CHECK_ENTRY)
#undef TMX_CHECK_ENTRY
    EXPECT_EQ(table.unary[TypeSlot::i8].run, nullptr);
    EXPECT_EQ(table.lookup[TypeSlot::f32].run, nullptr);
}

bool is_reference(const KernelTable& table) {
    bool same = true;
#define TMX_COMPARE_ENTRY(operation, slot, kernel, isa_member) \
    same = same && table.operation[operations::operation::Slot::slot].run == &(kernel);
    TMX_REFERENCE_KERNELS(TMX_COMPARE_ENTRY)
#undef TMX_COMPARE_ENTRY
    return same;
}

TEST(KernelTable, TheLimitIsObeyedOrRefused) {
    KernelTable table{};
    EXPECT_STREQ(select_kernels("reference", &table), "reference");
    EXPECT_TRUE(is_reference(table));
    EXPECT_EQ(select_kernels("fast", &table), nullptr);
    EXPECT_TRUE(is_reference(table));
    const char* best = select_kernels(nullptr, &table);
    ASSERT_NE(best, nullptr);
    EXPECT_STREQ(select_kernels("", &table), best);
    EXPECT_STREQ(select_kernels(best, &table), best);
    for (int isa = 0; isa < static_cast<int>(Isa::kCount); ++isa) {
        const char* name = isa_name(static_cast<Isa>(isa));
        const char* selected = select_kernels(name, &table);
        if (isa_available(static_cast<Isa>(isa))) {
            EXPECT_STREQ(selected, name);
        } else {
            EXPECT_EQ(selected, nullptr) << name;
        }
    }
}

}  // namespace
}  // namespace tmx::kernels::test
