// Reductions, indices and truth values against plain loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "cases.h"

namespace tmx::kernels::test {
namespace {

constexpr int32_t kOuter = 2, kCount = 7, kInner = 3;

std::vector<int8_t> codes() {
    Random random(5);
    std::vector<int8_t> values(kOuter * kCount * kInner);
    for (int8_t& value : values) value = static_cast<int8_t>(random.int32(-128, 127));
    return values;
}

/// The column that output element `i` is made of.
std::vector<int> column(const std::vector<int8_t>& values, int32_t i) {
    std::vector<int> result;
    for (int32_t n = 0; n < kCount; ++n) {
        result.push_back(values[static_cast<size_t>((i / kInner * kCount + n) * kInner + i % kInner)]);
    }
    return result;
}

double expected_sum(ReduceFunction function, const std::vector<int>& column, int zero_point) {
    double sum = 0;
    for (int code : column) {
        const double x = code - zero_point;
        sum += function == ReduceFunction::kSumSquare || function == ReduceFunction::kL2 ? x * x
               : function == ReduceFunction::kL1                                         ? std::fabs(x)
                                                                                         : x;
    }
    // The root has 8 fraction bits.
    return function == ReduceFunction::kL2 ? std::floor(std::sqrt(sum) * 256) / 256 : sum;
}

TEST(Reduce, SumsRoundOnce) {
    const std::vector<int8_t> input = codes();
    std::vector<int8_t> output(kOuter * kInner);
    for (const ReduceFunction function : {ReduceFunction::kSum, ReduceFunction::kMean, ReduceFunction::kSumSquare,
                                          ReduceFunction::kL1, ReduceFunction::kL2}) {
        ReduceArgs a{};
        a.function = function;
        a.count = kCount;
        a.inner = kInner;
        a.input = input.data();
        a.input_zero_point = -9;
        a.output_zero_point = 4;
        // 2^-2 for sums, 2^-10 for squares, 2^-2 on top of the root's 2^-8
        const bool squares = function == ReduceFunction::kSumSquare, root = function == ReduceFunction::kL2;
        a.rescale = {1 << 30, 30 + (squares ? 10 : root ? 10 : 2)};
        a.output = output.data();
        i8_reduce__reference(a, 0, kOuter * kInner);
        for (int32_t i = 0; i < kOuter * kInner; ++i) {
            const double sum = expected_sum(function, column(input, i), -9) / (squares ? 1024 : 4);
            const double code = std::clamp(std::floor(sum + 0.5) + 4, -128.0, 127.0);
            EXPECT_EQ(output[static_cast<size_t>(i)], code) << "function " << static_cast<int>(function);
        }
    }
}

TEST(Reduce, RootsAreExactUpToTheLargestSums) {
    const std::vector<int16_t> input(16, -32768);
    int16_t output = 0;
    ReduceArgs a{};
    a.function = ReduceFunction::kL2;
    a.count = 16;
    a.inner = 1;
    a.input = input.data();
    a.rescale = {1 << 30, 33};  // 1 / 8
    a.output = &output;
    i16_reduce__reference(a, 0, 1);
    EXPECT_EQ(output, 4 * 32768 / 8);
}

TEST(Reduce, ExtremesCopyCodes) {
    const std::vector<int8_t> input = codes();
    std::vector<int8_t> output(kOuter * kInner);
    for (const bool largest : {true, false}) {
        ReduceArgs a{};
        a.function = largest ? ReduceFunction::kMax : ReduceFunction::kMin;
        a.count = kCount;
        a.inner = kInner;
        a.input = input.data();
        a.output = output.data();
        i8_reduce__reference(a, 0, kOuter * kInner);
        for (int32_t i = 0; i < kOuter * kInner; ++i) {
            const std::vector<int> x = column(input, i);
            EXPECT_EQ(output[static_cast<size_t>(i)],
                      largest ? *std::max_element(x.begin(), x.end()) : *std::min_element(x.begin(), x.end()));
        }
    }
}

TEST(ArgMax, TakesTheFirstOrTheLastOfEquals) {
    const float input[] = {1, 5, 2, 5, 1, 0, 0, 3};
    for (const bool minimum : {false, true}) {
        for (const bool last : {false, true}) {
            int32_t output = -1;
            ArgMaxArgs a{};
            a.minimum = minimum;
            a.last = last;
            a.count = 8;
            a.inner = 1;
            a.input = input;
            a.output = &output;
            f32_arg_max__reference(a, 0, 1);
            EXPECT_EQ(output, minimum ? (last ? 6 : 5) : (last ? 3 : 1));
        }
    }
}

TEST(TopK, SortsStably) {
    const std::vector<int8_t> input = codes();
    for (const bool smallest : {false, true}) {
        for (const int32_t k : {1, 3, kCount}) {
            std::vector<int8_t> values(static_cast<size_t>(kOuter * k * kInner));
            std::vector<int32_t> indices(values.size());
            TopKArgs a{};
            a.smallest = smallest;
            a.count = kCount;
            a.inner = kInner;
            a.k = k;
            a.input = input.data();
            a.output = values.data();
            a.indices = indices.data();
            i8_top_k__reference(a, 0, kOuter * kInner);
            for (int32_t i = 0; i < kOuter * kInner; ++i) {
                const std::vector<int> x = column(input, i);
                std::vector<int32_t> order(kCount);
                std::iota(order.begin(), order.end(), 0);
                std::stable_sort(order.begin(), order.end(), [&](int32_t l, int32_t r) {
                    return smallest ? x[static_cast<size_t>(l)] < x[static_cast<size_t>(r)]
                                    : x[static_cast<size_t>(l)] > x[static_cast<size_t>(r)];
                });
                for (int32_t place = 0; place < k; ++place) {
                    const auto at = static_cast<size_t>((i / kInner * k + place) * kInner + i % kInner);
                    EXPECT_EQ(indices[at], order[static_cast<size_t>(place)]);
                    EXPECT_EQ(values[at], x[static_cast<size_t>(indices[at])]);
                }
            }
        }
    }
}

TEST(Compare, DifferentScalesAreBroughtTogether) {
    // 0.5 * (a - 1) against 1.0 * (b + 2)
    int32_t output = -1;
    CompareArgs args{};
    args.rank = 1;
    args.shape[0] = 1;
    args.zero_point_a = 1;
    args.zero_point_b = -2;
    args.multiplier_a = 1 << 29;
    args.multiplier_b = 1 << 30;
    args.output = &output;
    for (int i = -128; i < 128; i += 7) {
        for (int j = -64; j < 64; ++j) {
            const auto a = static_cast<int8_t>(i), b = static_cast<int8_t>(j);
            args.a = &a;
            args.b = &b;
            const double x = 0.5 * (i - 1), y = j + 2;
            const bool expected[] = {x == y, x > y, x >= y, x < y, x <= y};
            for (int function = 0; function < 5; ++function) {
                args.function = static_cast<CompareFunction>(function);
                i8_compare__reference(args, 0, 1);
                ASSERT_EQ(output, expected[function] ? 1 : 0) << i << ", " << j << " function " << function;
            }
        }
    }
}

TEST(Select, CopiesByTruth) {
    const int32_t condition[] = {0, 1, -7, 0};
    const int16_t a[] = {1, 2, 3, 4};
    const int16_t b[] = {50};
    int16_t output[4];
    SelectArgs args{};
    args.element_bytes = 2;
    args.rank = 1;
    args.shape[0] = 4;
    args.stride_condition[0] = args.stride_a[0] = 1;
    args.condition = condition;
    args.a = a;
    args.b = b;
    args.output = output;
    any_select__reference(args, 0, 1);
    EXPECT_EQ(std::vector<int16_t>(output, output + 4), (std::vector<int16_t>{50, 2, 3, 50}));
}

}  // namespace
}  // namespace tmx::kernels::test
