// The output stage of integer layers on RISC-V vectors: from sums to codes, exactly (docs/arithmetic.md, 2).
//
// Narrow sums: vmulh drops 32 bits of the product, then one vnclip shifts by the rest, rounds half up and saturates to
// 16 bits. That needs s >= 33. A smaller shift becomes 33 after a saturating shift of the sum to the left by p = 33 -
// s; where the sum leaves 32 bits that way, m >= 2^30 puts the result beyond 2^27, which clamps either way, and the
// same holds for s < 3, where p stops at 30. Saturating to 16 bits before the zero point is added moves no result
// across the clamp. Such shifts mean a multiplier of 1/4 or more and are rare: blocks without them skip the step.
//
// Wide sums: vmulh by m * 2^32 is floor(acc * m / 2^32), then vnclip by s - 32. Shifts up to 32 clamp the sum to 32
// bits, as the contract says, and move it left by 33 - s.
//
// Everything in the headers of this folder has internal linkage, like that of x86/.
#ifndef TINAMIX_KERNELS_RVV_STAGE_H_
#define TINAMIX_KERNELS_RVV_STAGE_H_

#include <riscv_vector.h>
#include <stdint.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Most channels of one block of constants.
constexpr int32_t kStageLanes = 64;
/// The least shift that vmulh leaves something of to round.
constexpr int32_t kLeastShift = 33;

/// What every element of an output shares.
struct Finish {
    int16_t zero_point, low, high;

    explicit Finish(const OutputStage& stage)
        : zero_point(static_cast<int16_t>(stage.zero_point)),
          low(static_cast<int16_t>(stage.clamp_min)),
          high(static_cast<int16_t>(stage.clamp_max)) {}
    Finish(int32_t zero, int32_t clamp_min, int32_t clamp_max)
        : zero_point(static_cast<int16_t>(zero)),
          low(static_cast<int16_t>(clamp_min)),
          high(static_cast<int16_t>(clamp_max)) {}
};

inline int32_t left_shift(int32_t shift) {
    constexpr int32_t kMost = 30;
    const int32_t p = kLeastShift - (shift & 63);
    return p < 0 ? 0 : (p > kMost ? kMost : p);
}

/// Fills `post` with shift - 32, at least 1, of `lanes` channels. True if some shift is below 33.
inline bool set_post_shifts(const uint8_t* shift, int32_t lanes, uint16_t* post) {
    size_t below = 0;
    for (int32_t i = 0; i < lanes;) {
        const size_t vl = __riscv_vsetvl_e8m2(static_cast<size_t>(lanes - i));
        const vuint8m2_t s = __riscv_vand_vx_u8m2(__riscv_vle8_v_u8m2(shift + i, vl), 63, vl);
        below += __riscv_vcpop_m_b4(__riscv_vmsltu_vx_u8m2_b4(s, kLeastShift, vl), vl);
        const vuint8m2_t rest = __riscv_vsub_vx_u8m2(__riscv_vmaxu_vx_u8m2(s, kLeastShift, vl), 32, vl);
        __riscv_vse16_v_u16m4(post + i, __riscv_vzext_vf2_u16m4(rest, vl), vl);
        i += static_cast<int32_t>(vl);
    }
    return below != 0;
}

/// Constants of up to kStageLanes channels with a 32-bit sum.
struct NarrowStage {
    using Bias = int32_t;
    const int32_t* bias;
    const int32_t* multiplier;
    bool shift_left;  ///< `limit` and `left` are set and needed
    Finish finish;
    uint16_t post[kStageLanes];
    int32_t limit[kStageLanes];  ///< largest sum that the left shift keeps within 32 bits; the smallest is ~limit
    uint32_t left[kStageLanes];

    NarrowStage(const OutputStage& stage, int32_t channel, int32_t lanes)
        : bias(static_cast<const int32_t*>(stage.bias) + channel),
          multiplier(stage.multiplier + channel),
          shift_left(set_post_shifts(stage.shift + channel, lanes, post)),
          finish(stage) {
        if (!shift_left) return;
        for (int32_t i = 0; i < lanes; ++i) {
            const int32_t p = left_shift(stage.shift[channel + i]);
            limit[i] = INT32_MAX >> p;
            left[i] = static_cast<uint32_t>(p);
        }
    }
};

/// Constants of up to kStageLanes channels with a 64-bit sum.
struct WideStage {
    using Bias = int64_t;
    const int64_t* bias;
    bool shift_left = false;  ///< `low`, `high` and `left` are set and needed
    Finish finish;
    int64_t multiplier[kStageLanes];  ///< times 2^32
    uint32_t post[kStageLanes];
    int64_t low[kStageLanes], high[kStageLanes];
    uint64_t left[kStageLanes];

    WideStage(const OutputStage& stage, int32_t channel, int32_t lanes)
        : bias(static_cast<const int64_t*>(stage.bias) + channel), finish(stage) {
        for (int32_t i = 0; i < lanes; ++i) {
            const int32_t s = stage.shift[channel + i] & 63;
            const bool small = s < kLeastShift;
            multiplier[i] = static_cast<int64_t>(static_cast<uint64_t>(stage.multiplier[channel + i]) << 32);
            post[i] = static_cast<uint32_t>(small ? 1 : s - 32);
            low[i] = small ? INT32_MIN : INT64_MIN;
            high[i] = small ? INT32_MAX : INT64_MAX;
            left[i] = static_cast<uint64_t>(small ? kLeastShift - s : 0);
            shift_left |= small;
        }
    }
};

// Saturated 16-bit results to codes in memory. ------------------------------------------------------------------------

inline void store_codes(int8_t* output, vint16m4_t q, const Finish& f, size_t vl) {
    const vint16m4_t sum = __riscv_vsadd_vx_i16m4(q, f.zero_point, vl);
    vint8m2_t code = __riscv_vnclip_wx_i8m2(sum, 0, __RISCV_VXRM_RNU, vl);
    code = __riscv_vmax_vx_i8m2(code, static_cast<int8_t>(f.low), vl);
    code = __riscv_vmin_vx_i8m2(code, static_cast<int8_t>(f.high), vl);
    __riscv_vse8_v_i8m2(output, code, vl);
}
inline void store_codes(int8_t* output, vint16m2_t q, const Finish& f, size_t vl) {
    const vint16m2_t sum = __riscv_vsadd_vx_i16m2(q, f.zero_point, vl);
    vint8m1_t code = __riscv_vnclip_wx_i8m1(sum, 0, __RISCV_VXRM_RNU, vl);
    code = __riscv_vmax_vx_i8m1(code, static_cast<int8_t>(f.low), vl);
    code = __riscv_vmin_vx_i8m1(code, static_cast<int8_t>(f.high), vl);
    __riscv_vse8_v_i8m1(output, code, vl);
}
inline void store_codes(int16_t* output, vint16m4_t q, const Finish& f, size_t vl) {
    vint16m4_t code = __riscv_vsadd_vx_i16m4(q, f.zero_point, vl);
    code = __riscv_vmax_vx_i16m4(code, f.low, vl);
    code = __riscv_vmin_vx_i16m4(code, f.high, vl);
    __riscv_vse16_v_i16m4(output, code, vl);
}
inline void store_codes(int16_t* output, vint16m2_t q, const Finish& f, size_t vl) {
    vint16m2_t code = __riscv_vsadd_vx_i16m2(q, f.zero_point, vl);
    code = __riscv_vmax_vx_i16m2(code, f.low, vl);
    code = __riscv_vmin_vx_i16m2(code, f.high, vl);
    __riscv_vse16_v_i16m2(output, code, vl);
}

/// Output of channels [lane, lane + lanes) of one pixel from its 64-bit sums.
inline void finish_wide(const int64_t* sums, const WideStage& stage, int32_t lane, int32_t lanes, int16_t* output) {
    for (int32_t i = 0; i < lanes;) {
        const size_t vl = __riscv_vsetvl_e64m8(static_cast<size_t>(lanes - i));
        const int32_t at = lane + i;
        vint64m8_t acc = __riscv_vle64_v_i64m8(sums + i, vl);
        if (stage.shift_left) {
            acc = __riscv_vmax_vv_i64m8(acc, __riscv_vle64_v_i64m8(stage.low + at, vl), vl);
            acc = __riscv_vmin_vv_i64m8(acc, __riscv_vle64_v_i64m8(stage.high + at, vl), vl);
            acc = __riscv_vsll_vv_i64m8(acc, __riscv_vle64_v_u64m8(stage.left + at, vl), vl);
        }
        acc = __riscv_vmulh_vv_i64m8(acc, __riscv_vle64_v_i64m8(stage.multiplier + at, vl), vl);
        const vuint32m4_t post = __riscv_vle32_v_u32m4(stage.post + at, vl);
        const vint32m4_t q = __riscv_vnclip_wv_i32m4(acc, post, __RISCV_VXRM_RNU, vl);
        store_codes(output + i, __riscv_vnclip_wx_i16m2(q, 0, __RISCV_VXRM_RNU, vl), stage.finish, vl);
        i += static_cast<int32_t>(vl);
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_RVV_STAGE_H_
