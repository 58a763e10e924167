// GridSample: an image read at positions that another tensor gives, in units where -1 and 1 are its edges.
#include <algorithm>
#include <cmath>

#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

enum class Border { kZeros, kEdge, kReflection };

struct Method {
    size_t taps;  ///< per axis: 1 nearest, 2 bilinear, 4 bicubic
    Border border;
    bool align_corners;
};

/// -1..1 to pixels: to the centres of the outermost pixels, or to their outer edges.
double to_pixels(double x, int64_t length, bool align_corners) {
    const auto n = static_cast<double>(length);
    return align_corners ? (x + 1) / 2 * (n - 1) : ((x + 1) * n - 1) / 2;
}

/// The position folded back between the edges.
double reflected(double x, int64_t length, bool align_corners) {
    const double low = align_corners ? 0 : -0.5;
    const double span = static_cast<double>(length) - (align_corners ? 1 : 0);
    if (span <= 0) {
        return 0;
    }
    const double distance = std::fabs(x - low);
    const double rest = std::fmod(distance, 2 * span);
    return low + (rest > span ? 2 * span - rest : rest);
}

struct AxisTaps {
    int64_t index[4];  ///< -1: outside, counts as 0
    double weight[4];
};

AxisTaps axis_taps(double given, int64_t length, const Method& method) {
    double x = to_pixels(given, length, method.align_corners);
    const auto last = static_cast<double>(length - 1);
    if (std::isnan(x)) {
        x = -2;  // outside everything, as in the border mode that is asked for
    }
    if (method.border == Border::kEdge && method.taps != 4) {
        x = std::clamp(x, 0.0, last);
    } else if (method.border == Border::kReflection && method.taps != 4) {
        x = std::clamp(reflected(x, length, method.align_corners), 0.0, last);
    }
    x = std::clamp(x, -1e9, 1e9);
    const double left = method.taps == 1 ? std::nearbyint(x) : std::floor(x), fraction = x - left;
    AxisTaps taps{};
    for (size_t tap = 0; tap < method.taps; ++tap) {
        double at = left + static_cast<double>(tap) - (method.taps == 4 ? 1 : 0);
        if (method.taps == 4 && method.border == Border::kReflection) {
            at = reflected(at, length, method.align_corners);
        }
        const bool outside = at < 0 || at > last;
        const double bounded = std::clamp(at, 0.0, last);
        taps.index[tap] = outside && method.border == Border::kZeros ? -1 : static_cast<int64_t>(bounded);
        if (method.taps == 4) {
            constexpr double kA = -0.75;  // cubic convolution (Keys 1981)
            const double d = std::fabs(fraction + 1 - static_cast<double>(tap));
            taps.weight[tap] =
                d <= 1 ? ((kA + 2) * d - (kA + 3)) * d * d + 1 : ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA;
        } else {
            taps.weight[tap] = method.taps == 1 ? 1 : tap == 0 ? 1 - fraction : fraction;
        }
    }
    return taps;
}

Tensors grid_sample(Call& call) {
    const ir::Tensor &x = call.input(0), &grid = call.input(1);
    call.require(x.type() == ir::ElementType::kFloat32 && grid.type() == x.type(), "the inputs must be float32");
    call.require(x.shape().size() == 4 && grid.shape().size() == 4 && grid.shape()[3] == 2 && x.elements() > 0 &&
                     grid.shape()[0] == x.shape()[0],
                 "an image [n, c, h, w] and a grid [n, h, w, 2] are needed");
    const std::string mode = call.node().text("mode", "bilinear"), border = call.node().text("padding_mode", "zeros");
    const Method method{mode == "nearest"                      ? 1U
                        : mode == "bicubic" || mode == "cubic" ? 4U
                                                               : 2U,
                        border == "zeros"    ? Border::kZeros
                        : border == "border" ? Border::kEdge
                                             : Border::kReflection,
                        call.node().integer("align_corners", 0) != 0};
    const int64_t channels = x.shape()[1], height = x.shape()[2], width = x.shape()[3];
    const int64_t pixels = grid.shape()[1] * grid.shape()[2];
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), {x.shape()[0], channels, grid.shape()[1], grid.shape()[2]});
    const auto count = static_cast<size_t>(x.shape()[0] * pixels);
    parallel_for(call.pool(), count, 256, [&](size_t begin, size_t size) {
        for (auto i = static_cast<int64_t>(begin); i < static_cast<int64_t>(begin + size); ++i) {
            const float* at = grid.data<float>() + 2 * i;
            const AxisTaps columns = axis_taps(static_cast<double>(at[0]), width, method);
            const AxisTaps rows = axis_taps(static_cast<double>(at[1]), height, method);
            for (int64_t c = 0; c < channels; ++c) {
                const int64_t plane = i / pixels * channels + c;
                const float* image = x.data<float>() + plane * height * width;
                double sum = 0;
                for (size_t tap = 0; tap < method.taps * method.taps; ++tap) {
                    const size_t j = tap / method.taps, k = tap % method.taps;
                    if (rows.index[j] >= 0 && columns.index[k] >= 0) {
                        sum += rows.weight[j] * columns.weight[k] *
                               static_cast<double>(image[rows.index[j] * width + columns.index[k]]);
                    }
                }
                result.data<float>()[plane * pixels + i % pixels] = static_cast<float>(sum);
            }
        }
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(grid_sample) {
    registry.add("GridSample", LayoutUse::kOnnx, grid_sample);
    registry.limit("GridSample", [](const ir::Node& node) -> std::string {
        const std::string mode = node.text("mode", "bilinear"), border = node.text("padding_mode", "zeros");
        if (mode != "bilinear" && mode != "linear" && mode != "nearest" && mode != "bicubic" && mode != "cubic") {
            return "unknown mode `" + mode + "`";
        }
        const bool known = border == "zeros" || border == "border" || border == "reflection";
        return known ? "" : "unknown padding_mode `" + border + "`";
    });
}

}  // namespace tinamix::float_exec
