// Vectors of 16 codes that are widened, combined and rescaled by one constant for all lanes.
#ifndef TINAMIX_KERNELS_NEON_ELEMENTWISE_H_
#define TINAMIX_KERNELS_NEON_ELEMENTWISE_H_

#include "kernels/neon/stage.h"

namespace tmx::kernels {
namespace {

struct I32x16 {
    int32x4_t part[4];
};

inline I32x16 widen(int16x8_t low, int16x8_t high) {
    return {{vmovl_s16(vget_low_s16(low)), vmovl_high_s16(low), vmovl_s16(vget_low_s16(high)), vmovl_high_s16(high)}};
}

/// 16 int8 codes less a zero point in int8.
inline I32x16 difference(int8x16_t codes, int8x8_t zero_point) {
    return widen(vsubl_s8(vget_low_s8(codes), zero_point), vsubl_s8(vget_high_s8(codes), zero_point));
}

/// The requantization of stage.h with the same constants in every lane.
struct CommonRescale {
    int32x4_t multiplier, right_shift, pre_shift;

    CommonRescale(int32_t m, int32_t shift) {
        const int32_t s = shift & 63;
        multiplier = vdupq_n_s32(m);
        pre_shift = vdupq_n_s32(s < kLeastShift ? kLeastShift - s : 0);
        right_shift = vdupq_n_s32(kLeastShift - 1 - (s < kLeastShift ? kLeastShift : s));
    }
    I32x16 operator()(const I32x16& x) const {
        I32x16 y;
        for (int i = 0; i < 4; ++i) {
            y.part[i] = vrshlq_s32(vqdmulhq_s32(vqshlq_s32(x.part[i], pre_shift), multiplier), right_shift);
        }
        return y;
    }
};

/// To int8 codes.
struct ToCodes8 {
    int16x8_t zero_point;
    int8x16_t low, high;

    ToCodes8(int32_t zero, int32_t clamp_min, int32_t clamp_max)
        : zero_point(vdupq_n_s16(static_cast<int16_t>(zero))),
          low(vdupq_n_s8(static_cast<int8_t>(clamp_min))),
          high(vdupq_n_s8(static_cast<int8_t>(clamp_max))) {}
    int8x16_t operator()(const I32x16& x) const {
        const int16x8_t a = vqmovn_high_s32(vqmovn_s32(x.part[0]), x.part[1]);
        const int16x8_t b = vqmovn_high_s32(vqmovn_s32(x.part[2]), x.part[3]);
        const int8x16_t codes = vqmovn_high_s16(vqmovn_s16(vqaddq_s16(a, zero_point)), vqaddq_s16(b, zero_point));
        return vminq_s8(vmaxq_s8(codes, low), high);
    }
};

inline void store_codes(int8_t* output, int8x16_t codes, int32_t left) {
    if (left >= 16) {
        vst1q_s8(output, codes);
    } else {
        store_some(output, codes, left);
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_ELEMENTWISE_H_
