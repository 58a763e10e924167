// The reference convolutions against formulas written the textbook way: unpacked weights [out][in][row][column], input
// and output indexed by four loops, sums over the integers in 64 bits (float32 in order).
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "cases.h"
#include "kernels/reference/arithmetic.h"
#include "weight_runs.h"

namespace tmx::kernels::test {
namespace {

int64_t read_code(const void* data, int bytes, int64_t index) {
    if (bytes == 1) return static_cast<const int8_t*>(data)[index];
    return static_cast<const int16_t*>(data)[index];
}

int slot_activation_bytes(int slot) { return slot == PrecisionSlot::w8a8 ? 1 : slot == PrecisionSlot::f32 ? 4 : 2; }
int slot_weight_bytes(int slot) { return slot == PrecisionSlot::w16a16 ? 2 : slot == PrecisionSlot::f32 ? 4 : 1; }

/// Where weight (o, i, ky, kx) of a grouped filter lies in the packed array; i counts within the group.
int64_t packed_index(const ConvArgs& a, int32_t o, int32_t i, int32_t ky, int32_t kx) {
    const int64_t out_per_group = a.out_c / a.groups, in_per_group = a.in_c / a.groups;
    const int64_t out_blocks = (out_per_group + a.nr - 1) / a.nr, in_blocks = (in_per_group + a.kr - 1) / a.kr;
    const int64_t group = o / out_per_group, lane = o % out_per_group;
    const int64_t taps = int64_t{a.window.kernel_h} * a.window.kernel_w, tap = int64_t{ky} * a.window.kernel_w + kx;
    const int64_t block = ((group * out_blocks + lane / a.nr) * taps + tap) * in_blocks + i / a.kr;
    return (block * a.nr + lane % a.nr) * a.kr + i % a.kr;
}

/// floor((acc * m + 2^(s-1)) / 2^s) in long division, base 2^16: slow, but it shares nothing with the kernel's formula.
int64_t long_rescale(int64_t acc, int64_t multiplier, int shift) {
    const bool negative = acc < 0;
    uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(acc) : static_cast<uint64_t>(acc);
    uint64_t digits[8] = {};
    for (int i = 0; i < 4; ++i) {
        digits[i] += (magnitude >> (16 * i) & 0xffff) * static_cast<uint64_t>(multiplier & 0xffff);
        digits[i + 1] += (magnitude >> (16 * i) & 0xffff) * static_cast<uint64_t>(multiplier >> 16);
    }
    for (int i = 0; i < 7; ++i) {
        digits[i + 1] += digits[i] >> 16;
        digits[i] &= 0xffff;
    }
    // Half up of a negative number is half down of its magnitude: add 2^(s-1), or 2^(s-1) - 1, then drop s bits.
    uint64_t carry = 0;
    for (int i = 0; i < 8; ++i) {
        uint64_t half = 0;
        for (int bit = 0; bit < 16; ++bit) {
            const int position = 16 * i + bit;
            const bool set = negative ? position < shift - 1 : position == shift - 1;
            if (set) half |= uint64_t{1} << bit;
        }
        digits[i] += half + carry;
        carry = digits[i] >> 16;
        digits[i] &= 0xffff;
    }
    uint64_t quotient = 0;
    for (int position = 127; position >= shift; --position) {
        if (quotient >> 40) return negative ? INT32_MIN : INT32_MAX;  // clamps in any case
        quotient = quotient * 2 + (digits[position / 16] >> (position % 16) & 1);
    }
    return negative ? -static_cast<int64_t>(quotient) : static_cast<int64_t>(quotient);
}

int64_t expected_code(const OutputStage& stage, int32_t channel, int64_t acc) {
    const int64_t q = long_rescale(acc, stage.multiplier[channel], stage.shift[channel]) + stage.zero_point;
    return std::min<int64_t>(std::max<int64_t>(q, stage.clamp_min), stage.clamp_max);
}

/// One output element of a case, summed over the integers.
template <typename WeightIndex>
int64_t naive_integer(const ConvArgs& a, int slot, int64_t image, int32_t oy, int32_t ox, int32_t o,
                      const WeightIndex& weight_index) {
    const int bytes = slot_activation_bytes(slot);
    const int32_t in_per_group = a.in_c / a.groups, group = o / (a.out_c / a.groups);
    int64_t acc = a.wide_accumulator ? static_cast<const int64_t*>(a.stage.bias)[o]
                                     : static_cast<const int32_t*>(a.stage.bias)[o];
    for (int32_t i = 0; i < in_per_group; ++i) {
        for (int32_t ky = 0; ky < a.window.kernel_h; ++ky) {
            for (int32_t kx = 0; kx < a.window.kernel_w; ++kx) {
                const int32_t y = oy * a.window.stride_h + ky * a.window.dilation_h - a.window.pad_top;
                const int32_t x = ox * a.window.stride_w + kx * a.window.dilation_w - a.window.pad_left;
                int64_t value = bytes == 1 ? a.input_zero_point : 0;
                if (y >= 0 && y < a.in_h && x >= 0 && x < a.in_w) {
                    const int64_t pixel = (image * a.in_h + y) * a.in_w + x;
                    value = read_code(a.input, bytes, pixel * a.in_c + group * in_per_group + i);
                }
                acc += value * read_code(a.weights, slot_weight_bytes(slot), weight_index(o, i, ky, kx));
            }
        }
    }
    // A file that lies about its accumulator: the sum wraps (docs/arithmetic.md, 3).
    if (!a.wide_accumulator) acc = static_cast<int32_t>(acc);
    return expected_code(a.stage, o, acc);
}

template <typename Args>
Buffer run_reference(const Case<Args>& c, void (*function)(const Args&, int64_t, int64_t)) {
    Buffer output = output_buffer(c.output_bytes);
    Args args = c.args;
    args.output = output.data();
    function(args, 0, c.range);
    return output;
}

class ReferenceConv : public testing::TestWithParam<int> {};

TEST_P(ReferenceConv, EqualsTheTextbookFormula) {
    const int slot = GetParam();
    int failures = 0;
    make_cases(operations::conv{}, slot, [&](const Case<ConvArgs>& c) {
        if (failures > 0) return;
        const ConvArgs& a = c.args;
        const Buffer output = run_reference(c, reference_kernels().conv[slot].run);
        const auto index = [&](int32_t o, int32_t i, int32_t ky, int32_t kx) { return packed_index(a, o, i, ky, kx); };
        for (int64_t pixel = 0; pixel < c.range && failures == 0; ++pixel) {
            const int32_t ox = pixel % a.out_w, oy = pixel / a.out_w % a.out_h;
            const int64_t image = pixel / a.out_w / a.out_h;
            // Large cases by sample: neighbouring outputs are computed alike.
            const int32_t step = c.range * a.out_c > 2000 ? 7 : 1;
            for (int32_t o = pixel % step; o < a.out_c && failures == 0; o += step) {
                const int64_t expected = naive_integer(a, slot, image, oy, ox, o, index);
                const int64_t got = read_code(output.data(), slot_activation_bytes(slot), pixel * a.out_c + o);
                EXPECT_EQ(got, expected) << c.name << " pixel " << pixel << " channel " << o;
                failures += got != expected;
            }
        }
    });
}

TEST_P(ReferenceConv, DepthwiseIsAGroupedConvolution) {
    const int slot = GetParam();
    make_cases(operations::depthwise{}, slot, [&](const Case<DepthwiseArgs>& c) {
        const DepthwiseArgs& d = c.args;
        ConvArgs a{};
        a.batch = d.batch;
        a.in_h = d.in_h;
        a.in_w = d.in_w;
        a.out_h = d.out_h;
        a.out_w = d.out_w;
        a.in_c = a.out_c = a.groups = d.channels;
        a.window = d.window;
        a.input = d.input;
        a.input_zero_point = d.input_zero_point;
        a.wide_accumulator = d.wide_accumulator;
        a.stage = d.stage;
        const Buffer output = run_reference(c, reference_kernels().depthwise[slot].run);
        a.weights = d.weights;
        const auto index = [&](int32_t o, int32_t, int32_t ky, int32_t kx) {
            return (int64_t{ky} * a.window.kernel_w + kx) * d.channels + o;
        };
        for (int64_t pixel = 0; pixel < c.range * d.out_w; ++pixel) {
            const int32_t ox = pixel % a.out_w, oy = pixel / a.out_w % a.out_h;
            for (int32_t o = pixel % 3; o < d.channels; o += 3) {
                const int64_t expected = naive_integer(a, slot, pixel / a.out_w / a.out_h, oy, ox, o, index);
                ASSERT_EQ(read_code(output.data(), slot_activation_bytes(slot), pixel * d.channels + o), expected)
                    << c.name;
            }
        }
    });
}

std::string slot_name(const testing::TestParamInfo<int>& info) {
    return info.param == PrecisionSlot::w8a8 ? "w8a8" : info.param == PrecisionSlot::w8a16 ? "w8a16" : "w16a16";
}

INSTANTIATE_TEST_SUITE_P(Integer, ReferenceConv,
                         testing::Values(int{PrecisionSlot::w8a8}, int{PrecisionSlot::w8a16},
                                         int{PrecisionSlot::w16a16}),
                         slot_name);

TEST(ReferenceConvF32, AddsTapByTapAndChannelByChannel) {
    make_cases(operations::conv{}, PrecisionSlot::f32, [&](const Case<ConvArgs>& c) {
        const ConvArgs& a = c.args;
        const Buffer output = run_reference(c, reference_kernels().conv[PrecisionSlot::f32].run);
        const float* input = static_cast<const float*>(a.input);
        const float* weights = static_cast<const float*>(a.weights);
        const int32_t in_per_group = a.in_c / a.groups;
        for (int64_t pixel = 0; pixel<c.range; pixel += c.range> 300 ? 5 : 1) {
            const int32_t ox = pixel % a.out_w, oy = pixel / a.out_w % a.out_h;
            const int64_t image = pixel / a.out_w / a.out_h;
            for (int32_t o = pixel % 5; o < a.out_c; o += 5) {
                const int32_t group = o / (a.out_c / a.groups);
                float acc = static_cast<const float*>(a.stage.bias)[o];
                for (int32_t ky = 0; ky < a.window.kernel_h; ++ky) {
                    for (int32_t kx = 0; kx < a.window.kernel_w; ++kx) {
                        const int32_t y = oy * a.window.stride_h + ky * a.window.dilation_h - a.window.pad_top;
                        const int32_t x = ox * a.window.stride_w + kx * a.window.dilation_w - a.window.pad_left;
                        const bool inside = y >= 0 && y < a.in_h && x >= 0 && x < a.in_w;
                        for (int32_t i = 0; i < in_per_group; ++i) {
                            const int64_t at = ((image * a.in_h + y) * a.in_w + x) * a.in_c + group * in_per_group + i;
                            const float value = inside ? input[at] : 0.0f;
                            const volatile float product = value * weights[packed_index(a, o, i, ky, kx)];
                            acc = acc + product;
                        }
                    }
                }
                acc = std::min(std::max(acc, a.stage.clamp_min_f32), a.stage.clamp_max_f32);
                float got;
                std::memcpy(&got, output.data() + (pixel * a.out_c + o) * 4, 4);
                ASSERT_EQ(got, acc) << c.name << " pixel " << pixel << " channel " << o;
            }
        }
    });
}

TEST(ConvScratch, IsOneRowWhereTheWindowLeavesTheInput) {
    const Window pointwise = {1, 1, 1, 1, 1, 1, 0, 0};
    EXPECT_EQ(conv_scratch_bytes(8, 8, 8, 8, pointwise, 32, 1), 0u);
    const Window same = {3, 3, 1, 1, 1, 1, 1, 1};
    EXPECT_EQ(conv_scratch_bytes(8, 8, 8, 8, same, 32, 1), 128u);
    EXPECT_EQ(conv_scratch_bytes(8, 8, 8, 8, same, 64, 1), 128u);
    EXPECT_EQ(conv_scratch_bytes(8, 8, 8, 8, same, 65, 1), 192u);
    EXPECT_EQ(conv_scratch_bytes(8, 8, 8, 8, same, 32, 4), 192u);
    const Window valid = {3, 3, 1, 1, 1, 1, 0, 0};
    EXPECT_EQ(conv_scratch_bytes(8, 8, 6, 6, valid, 32, 1), 0u);
    EXPECT_EQ(conv_scratch_bytes(8, 8, 6, 8, valid, 32, 1), 128u);  // padded on the right only
    const Window strided = {3, 3, 2, 2, 1, 1, 0, 0};
    EXPECT_EQ(conv_scratch_bytes(224, 224, 112, 112, strided, 3, 1), 128u);
    const Window lie = {1, 1, INT32_MAX, INT32_MAX, 1, 1, 0, 0};
    EXPECT_EQ(conv_scratch_bytes(8, 8, INT32_MAX, 1, lie, 32, 1), 128u);
}

/// 1x1 convolution of `in_c` channels to 2, all of whose weights are 1.
struct RunsCase {
    ConvArgs args{};
    std::vector<int16_t> weights;

    RunsCase(int32_t in_c, int32_t nr, int32_t kr) : weights(static_cast<size_t>(nr * ((in_c + kr - 1) / kr * kr)), 1) {
        args.in_c = in_c;
        args.out_c = 2;
        args.groups = 1;
        args.window = {1, 1, 1, 1, 1, 1, 0, 0};
        args.nr = nr;
        args.kr = kr;
        args.weights = weights.data();
    }
    int16_t& weight(int32_t channel, int32_t o) {
        return weights[static_cast<size_t>((channel / args.kr * args.nr + o) * args.kr + channel % args.kr)];
    }
};

TEST(ConvRunsFit, CountsSixteenChannelsOfOneOutputTogether) {
    for (const auto& [nr, kr] : {std::pair{8, 1}, {16, 2}, {2, 4}, {64, 1}}) {
        RunsCase c(40, nr, kr);
        EXPECT_TRUE(conv_runs_fit(c.args));
        c.weight(16, 0) = 32767;
        c.weight(31, 0) = -32767 + 14;  // with 14 ones between them 65534
        c.weight(15, 0) = c.weight(32, 0) = c.weight(20, 1) = 32767;
        EXPECT_TRUE(conv_runs_fit(c.args)) << nr << "x" << kr;
        c.weight(30, 0) = -2;
        EXPECT_FALSE(conv_runs_fit(c.args)) << nr << "x" << kr;
    }
    EXPECT_FALSE(conv_runs_fit(RunsCase(3, 8, 3).args)) << "a packing that splits runs";
}

}  // namespace
}  // namespace tmx::kernels::test
