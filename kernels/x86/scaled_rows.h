// Rows of int8 results, 64 at a time, with one rescale for all (scaled_stage.h says how and why it is exact).
#ifndef TINAMIX_KERNELS_X86_SCALED_ROWS_H_
#define TINAMIX_KERNELS_X86_SCALED_ROWS_H_

#include "kernels/x86/scaled_stage.h"

namespace tmx::kernels {
namespace {

/// What ScaledStage holds, the same for every channel.
struct UniformStage {
    alignas(64) float scale[16];
    int32_t multiplier[16];
    uint8_t shift[16];
    int32_t zero_point, clamp_min, clamp_max;

    UniformStage(Rescale rescale, int32_t zero, int32_t low, int32_t high)
        : zero_point(zero), clamp_min(low), clamp_max(high) {
        const uint32_t s = static_cast<uint32_t>(rescale.shift) & 63;
        const uint32_t power = (127 - s) << 23;
        float inverse;
        memcpy(&inverse, &power, sizeof(inverse));
        for (int i = 0; i < 16; ++i) {
            scale[i] = static_cast<float>(rescale.multiplier) * inverse;
            multiplier[i] = rescale.multiplier;
            shift[i] = static_cast<uint8_t>(s);
        }
    }
};

/// `sums(i)` gives the 16 accumulators from element i on; they may run past the end, into the readable slack.
template <typename Sums>
void scaled_row(const UniformStage& stage, int32_t count, int8_t* output, const Sums& sums) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    for (int32_t i = 0; i < count; i += 64) {
        const int32_t left = count - i;
        __m512i acc[4], q[4];
        __mmask16 doubt[4];
        for (int v = 0; v < 4; ++v) {
            // The slack is one vector: what lies wholly behind the end is not read.
            acc[v] = 16 * v < left ? sums(i + 16 * v) : _mm512_setzero_si512();
            q[v] = scaled(acc[v], stage.scale, &doubt[v]);
        }
        const __m512i codes = _mm512_permutexvar_epi32(order, to_codes(q, stage));
        _mm512_mask_storeu_epi8(output + i, left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1, codes);
        if ((doubt[0] | doubt[1] | doubt[2] | doubt[3]) == 0) continue;
        for (int v = 0; v < 4; ++v) {
            const int32_t lanes = left - 16 * v;
            const unsigned used = doubt[v] & (lanes > 0 ? lane_mask(lanes) : 0);
            settle(acc[v], static_cast<__mmask16>(used), stage, 0, 16, 0, output + i + 16 * v);
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_SCALED_ROWS_H_
