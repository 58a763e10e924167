// i16 look-up with interpolation, eight elements at a time. The entries of the table are fetched one by one, both ends
// of an interval with one load; positions and interpolation are vectors.
#include <string.h>

#include "kernels/arm/vectors.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

/// table[entry] + ((rise * rest + 32) >> 6)
int16x8_t interpolate(int16x8_t codes, const int16_t* table) {
    const uint16x8_t position = veorq_u16(vreinterpretq_u16_s16(codes), vdupq_n_u16(0x8000));
    uint16_t entries[kLanes];
    vst1q_u16(entries, vshrq_n_u16(position, 6));
    uint32_t intervals[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes; ++i) memcpy(&intervals[i], table + entries[i], sizeof(intervals[i]));
    const int16x8x2_t ends = vld2q_s16(reinterpret_cast<const int16_t*>(intervals));
    const int16x8_t rest = vreinterpretq_s16_u16(vandq_u16(position, vdupq_n_u16(63)));
    const int32x4_t low_rise = vsubl_s16(vget_low_s16(ends.val[1]), vget_low_s16(ends.val[0]));
    const int32x4_t high_rise = vsubl_s16(vget_high_s16(ends.val[1]), vget_high_s16(ends.val[0]));
    const int32x4_t low = vrshrq_n_s32(vmulq_s32(low_rise, vmovl_s16(vget_low_s16(rest))), 6);
    const int32x4_t high = vrshrq_n_s32(vmulq_s32(high_rise, vmovl_s16(vget_high_s16(rest))), 6);
    return vaddq_s16(ends.val[0], vcombine_s16(vmovn_s32(low), vmovn_s32(high)));
}

}  // namespace

void i16_lookup_1x8__neon(const LookupArgs& args, int64_t first, int64_t last) {
    if (args.octaves || args.interval_bits != 6) return i16_lookup__reference(args, first, last);
    const int16_t* input = static_cast<const int16_t*>(args.input) + first;
    const int16_t* table = static_cast<const int16_t*>(args.table);
    int16_t* output = static_cast<int16_t*>(args.output) + first;
    int64_t left = last - first;
    for (; left >= kLanes; left -= kLanes, input += kLanes, output += kLanes) {
        vst1q_s16(output, interpolate(vld1q_s16(input), table));
    }
    if (left > 0) store_codes(output, interpolate(vld1q_s16(input), table), static_cast<int32_t>(left));
}

}  // namespace tmx::kernels
