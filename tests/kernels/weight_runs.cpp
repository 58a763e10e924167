#include "weight_runs.h"

#include <cstdlib>

namespace tmx::kernels::test {
namespace {

/// Sum of the magnitudes of one output channel's weights over `steps` steps, `width` elements apart, of kr each.
int32_t magnitude(const int16_t* weights, int32_t steps, int32_t width, int32_t kr) {
    int32_t sum = 0;
    for (int32_t step = 0; step < steps; ++step, weights += width) {
        for (int32_t k = 0; k < kr; ++k) sum += std::abs(static_cast<int32_t>(weights[k]));
    }
    return sum;
}

}  // namespace

bool conv_runs_fit(const ConvArgs& args) {
    const int32_t width = args.nr * args.kr;               // elements of a step
    if (width % 8 != 0 || 8 % args.kr != 0) return false;  // a packing that no kernel with runs reads
    const int32_t in_c = args.in_c / args.groups, out_c = args.out_c / args.groups;
    const int32_t steps = (in_c + args.kr - 1) / args.kr, run = kRunChannels / args.kr;
    const int64_t taps =
        int64_t{args.groups} * ((out_c + args.nr - 1) / args.nr) * args.window.kernel_h * args.window.kernel_w;
    const int16_t* weights = static_cast<const int16_t*>(args.weights);
    for (int64_t tap = 0; tap < taps; ++tap) {
        for (int32_t step = 0; step < steps; step += run) {
            const int32_t count = steps - step < run ? steps - step : run;
            for (int32_t o = 0; o < args.nr; ++o) {
                if (magnitude(weights + o * args.kr, count, width, args.kr) > kRunMagnitude) return false;
            }
            weights += int64_t{count} * width;
        }
    }
    return true;
}

}  // namespace tmx::kernels::test
