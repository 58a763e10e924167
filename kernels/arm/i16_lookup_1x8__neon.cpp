// i16 look-up with interpolation, eight elements at a time. The entries of the table are fetched one by one, both ends
// of an interval with one load; positions, as offsets in bytes, and interpolation are vectors.
#include <string.h>

#include "kernels/arm/vectors.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

/// table[entry] + ((rise * rest + 2^(bits-1)) >> bits) for intervals of 2^bits codes.
struct Interpolation {
    const uint8_t* table;
    int16x8_t to_offset;  ///< right by bits, left by one
    uint16x8_t offset_mask, rest_mask;
    int32x4_t down;

    explicit Interpolation(const LookupArgs& args) : table(static_cast<const uint8_t*>(args.table)) {
        const int bits = args.interval_bits;
        to_offset = vdupq_n_s16(static_cast<int16_t>(1 - bits));
        offset_mask = vdupq_n_u16(0xFFFE);
        rest_mask = vdupq_n_u16(static_cast<uint16_t>((1 << bits) - 1));
        down = vdupq_n_s32(-bits);
    }

    inline __attribute__((always_inline)) int16x8_t operator()(int16x8_t codes) const {
        const uint16x8_t position = veorq_u16(vreinterpretq_u16_s16(codes), vdupq_n_u16(0x8000));
        const uint16x8_t offsets = vandq_u16(vshlq_u16(position, to_offset), offset_mask);
        const uint16_t at[kLanes] = {
            vgetq_lane_u16(offsets, 0), vgetq_lane_u16(offsets, 1), vgetq_lane_u16(offsets, 2),
            vgetq_lane_u16(offsets, 3), vgetq_lane_u16(offsets, 4), vgetq_lane_u16(offsets, 5),
            vgetq_lane_u16(offsets, 6), vgetq_lane_u16(offsets, 7),
        };
        uint32_t intervals[kLanes];
#pragma GCC unroll 8
        for (int i = 0; i < kLanes; ++i) memcpy(&intervals[i], table + at[i], sizeof(intervals[i]));
        const int16x8x2_t ends = vld2q_s16(reinterpret_cast<const int16_t*>(intervals));
        const int16x8_t rest = vreinterpretq_s16_u16(vandq_u16(position, rest_mask));
        const int32x4_t low_rise = vsubl_s16(vget_low_s16(ends.val[1]), vget_low_s16(ends.val[0]));
        const int32x4_t high_rise = vsubl_s16(vget_high_s16(ends.val[1]), vget_high_s16(ends.val[0]));
        const int32x4_t low = vrshlq_s32(vmulq_s32(low_rise, vmovl_s16(vget_low_s16(rest))), down);
        const int32x4_t high = vrshlq_s32(vmulq_s32(high_rise, vmovl_s16(vget_high_s16(rest))), down);
        return vaddq_s16(ends.val[0], vcombine_s16(vmovn_s32(low), vmovn_s32(high)));
    }
};

}  // namespace

void i16_lookup_1x8__neon(const LookupArgs& args, int64_t first, int64_t last) {
    if (args.octaves) return i16_lookup__reference(args, first, last);
    const Interpolation interpolate(args);
    const int16_t* input = static_cast<const int16_t*>(args.input) + first;
    int16_t* output = static_cast<int16_t*>(args.output) + first;
    int64_t left = last - first;
    for (; left >= kLanes; left -= kLanes, input += kLanes, output += kLanes) {
        vst1q_s16(output, interpolate(vld1q_s16(input)));
    }
    if (left > 0) store_codes(output, interpolate(vld1q_s16(input)), static_cast<int32_t>(left));
}

}  // namespace tmx::kernels
