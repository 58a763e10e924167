// The proof that int16 weights let kernels sum runs of products in 32 bits.
#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

/// One block of outputs at one tap: `steps` of [nr][kr] weights, `run` of them together.
bool tap_fits(const int16_t* weights, int32_t steps, int32_t run, int32_t nr, int32_t kr) {
    for (int32_t step = 0; step < steps; step += run) {
        const int32_t count = steps - step < run ? steps - step : run;
        for (int32_t n = 0; n < nr; ++n) {
            int32_t magnitude = 0;
            for (int32_t i = 0; i < count; ++i) {
                const int16_t* w = weights + (int64_t{step + i} * nr + n) * kr;
                for (int32_t k = 0; k < kr; ++k) magnitude += w[k] < 0 ? -w[k] : w[k];
            }
            if (magnitude > kRunMagnitude) return false;
        }
    }
    return true;
}

}  // namespace

bool conv_runs_fit(const ConvArgs& args) {
    if (kRunChannels % args.kr != 0) return false;
    const int32_t in_c = args.in_c / args.groups, out_c = args.out_c / args.groups;
    const int32_t steps = (in_c + args.kr - 1) / args.kr;
    const int64_t taps =
        int64_t{args.groups} * ((out_c + args.nr - 1) / args.nr) * args.window.kernel_h * args.window.kernel_w;
    const int64_t tap_elements = int64_t{steps} * args.nr * args.kr;
    const int16_t* weights = static_cast<const int16_t*>(args.weights);
    for (int64_t tap = 0; tap < taps; ++tap, weights += tap_elements) {
        if (!tap_fits(weights, steps, kRunChannels / args.kr, args.nr, args.kr)) return false;
    }
    return true;
}

}  // namespace tmx::kernels
