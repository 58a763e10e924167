// Eight elements as 16-bit lanes, whatever their type in memory.
#ifndef TINAMIX_KERNELS_NEON32_VECTORS_H_
#define TINAMIX_KERNELS_NEON32_VECTORS_H_

#include <arm_neon.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

constexpr int kLanes = 8;

static inline int16x8_t widen8(const int8_t* x) { return vmovl_s8(vld1_s8(x)); }
static inline int16x8_t widen8(const int16_t* x) { return vld1q_s16(x); }

template <typename T>
void store_lanes(T* output, const T* codes, int32_t lanes) {
    for (int32_t i = 0; i < lanes; ++i) output[i] = codes[i];
}

static inline void store_codes(int8_t* output, int16x8_t codes, int32_t lanes) {
    const int8x8_t narrow = vmovn_s16(codes);
    if (lanes == kLanes) {
        vst1_s8(output, narrow);
    } else {
        int8_t all[kLanes];
        vst1_s8(all, narrow);
        store_lanes(output, all, lanes);
    }
}
static inline void store_codes(int16_t* output, int16x8_t codes, int32_t lanes) {
    if (lanes == kLanes) {
        vst1q_s16(output, codes);
    } else {
        int16_t all[kLanes];
        vst1q_s16(all, codes);
        store_lanes(output, all, lanes);
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_VECTORS_H_
