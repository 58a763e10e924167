// Clamp and store of float32 results with the comparisons of the contract (docs/arithmetic.md, 8), by which NaN becomes
// the lower bound; the instructions fmax and fmin keep it.
#ifndef TINAMIX_KERNELS_NEON_F32_CLAMP_H_
#define TINAMIX_KERNELS_NEON_F32_CLAMP_H_

#include <arm_neon.h>
#include <string.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

struct F32Clamp {
    float32x4_t low, high;

    explicit F32Clamp(const OutputStage& stage)
        : low(vdupq_n_f32(stage.clamp_min_f32)), high(vdupq_n_f32(stage.clamp_max_f32)) {}
    float32x4_t operator()(float32x4_t x) const {
        const float32x4_t raised = vbslq_f32(vcgtq_f32(x, low), x, low);
        return vbslq_f32(vcltq_f32(raised, high), raised, high);
    }
    /// The first `lanes` elements; none if it is negative, all four if it is more.
    void store(float* output, float32x4_t x, int32_t lanes) const {
        const float32x4_t clamped = (*this)(x);
        if (lanes >= 4) {
            vst1q_f32(output, clamped);
        } else if (lanes > 0) {
            float all[4];
            vst1q_f32(all, clamped);
            memcpy(output, all, static_cast<size_t>(lanes) * sizeof(float));
        }
    }
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_F32_CLAMP_H_
