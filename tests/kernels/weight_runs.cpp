#include "weight_runs.h"

namespace tmx::kernels::test {
namespace {

constexpr int32_t kLanes = 8;

/// Sums of the magnitudes of kLanes neighbouring weights over `count` steps, `width` elements apart.
struct Magnitudes {
    int32_t lane[kLanes] = {};

    Magnitudes(const int16_t* weights, int32_t count, int32_t width) {
        for (int32_t i = 0; i < count; ++i, weights += width) {
            for (int32_t l = 0; l < kLanes; ++l) lane[l] += weights[l] < 0 ? -weights[l] : weights[l];
        }
    }
    /// True if each sum over `kr` neighbours, the input channels of one output, is small enough.
    bool fit(int32_t kr) const {
        bool fits = true;
        for (int32_t first = 0; first < kLanes; first += kr) {
            int32_t sum = 0;
            for (int32_t l = first; l < first + kr; ++l) sum += lane[l];
            fits = fits && sum <= kRunMagnitude;
        }
        return fits;
    }
};

}  // namespace

bool conv_runs_fit(const ConvArgs& args) {
    const int32_t width = args.nr * args.kr;                         // elements of a step
    if (width % kLanes != 0 || kLanes % args.kr != 0) return false;  // a packing that no kernel with runs reads
    const int32_t in_c = args.in_c / args.groups, out_c = args.out_c / args.groups;
    const int32_t steps = (in_c + args.kr - 1) / args.kr, run = kRunChannels / args.kr;
    const int64_t taps =
        int64_t{args.groups} * ((out_c + args.nr - 1) / args.nr) * args.window.kernel_h * args.window.kernel_w;
    const int16_t* weights = static_cast<const int16_t*>(args.weights);
    for (int64_t tap = 0; tap < taps; ++tap) {
        for (int32_t step = 0; step < steps; step += run) {
            const int32_t count = steps - step < run ? steps - step : run;
            for (int32_t lane = 0; lane < width; lane += kLanes) {
                if (!Magnitudes(weights + lane, count, width).fit(args.kr)) return false;
            }
            weights += int64_t{count} * width;
        }
    }
    return true;
}

}  // namespace tmx::kernels::test
