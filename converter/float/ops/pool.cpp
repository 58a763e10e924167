// MaxPool and AveragePool over one to three spatial dimensions, channels-last: every tap is a loop over channels.
#include <algorithm>
#include <array>
#include <limits>

#include "float/parallel.h"
#include "float/registry.h"
#include "float/window.h"

namespace tinamix::float_exec {

namespace {

constexpr size_t kSpatial = 3;

/// Depth, height, width; leading ones where the image has fewer.
struct Geometry {
    int64_t batch, channels;
    std::array<WindowAxis, kSpatial> axes;
    ir::Shape result;
};

Geometry geometry(const Call& call) {
    const ir::Shape& shape = call.input(0).shape();
    call.require(call.input(0).type() == ir::ElementType::kFloat32, "the input must be float32");
    call.require(shape.size() >= 3 && shape.size() <= 2 + kSpatial && call.layout(0) == Layout::kChannelsLast,
                 "the input must have one to three spatial dimensions");
    const std::vector<WindowAxis> axes = window_axes(call.node(), ir::Shape(shape.begin() + 1, shape.end() - 1), {});
    Geometry g{shape.front(), shape.back(), {}, {shape.front()}};
    g.axes.fill(WindowAxis{1, 1, 1, 0, 0, 1, 1});
    std::copy(axes.begin(), axes.end(), g.axes.end() - static_cast<std::ptrdiff_t>(axes.size()));
    for (const WindowAxis& axis : axes) {
        g.result.push_back(axis.output);
    }
    g.result.push_back(g.channels);
    return g;
}

/// Taps of the window at output position `at` that lie inside the input: first index, count, and how many of the
/// window's taps lie inside the padded input.
struct Span {
    int64_t first, count, padded_count;
};

Span span_of(const WindowAxis& axis, int64_t at) {
    const int64_t start = at * axis.stride - axis.pad_begin;
    const int64_t skipped = start < 0 ? (-start + axis.dilation - 1) / axis.dilation : 0;
    auto taps_below = [&](int64_t end) {
        return end <= start ? 0 : std::min(axis.kernel, (end - start + axis.dilation - 1) / axis.dilation);
    };
    return {start + skipped * axis.dilation, std::max<int64_t>(0, taps_below(axis.input) - skipped),
            taps_below(axis.input + axis.pad_end)};
}

/// Calls reduce(output pixel, taps): `for_each_tap` passes the pointer to every pixel of the window.
template <typename Reduce>
ir::Tensor pool(Call& call, const Reduce& reduce) {
    const Geometry g = geometry(call);
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, g.result);
    const float* from = call.input(0).data<float>();
    float* to = result.data<float>();
    const int64_t rows = g.batch * g.axes[0].output * g.axes[1].output;
    parallel_for(call.pool(), static_cast<size_t>(rows), 1, [&](size_t begin, size_t count) {
        for (auto row = static_cast<int64_t>(begin); row < static_cast<int64_t>(begin + count); ++row) {
            const Span y = span_of(g.axes[1], row % g.axes[1].output);
            const Span z = span_of(g.axes[0], row / g.axes[1].output % g.axes[0].output);
            const int64_t n = row / g.axes[1].output / g.axes[0].output;
            for (int64_t column = 0; column < g.axes[2].output; ++column) {
                const Span x = span_of(g.axes[2], column);
                auto for_each_tap = [&](const auto& visit) {
                    for (int64_t k = 0; k < z.count; ++k) {
                        for (int64_t j = 0; j < y.count; ++j) {
                            const int64_t line =
                                (n * g.axes[0].input + z.first + k * g.axes[0].dilation) * g.axes[1].input + y.first +
                                j * g.axes[1].dilation;
                            for (int64_t i = 0; i < x.count; ++i) {
                                const int64_t pixel = line * g.axes[2].input + x.first + i * g.axes[2].dilation;
                                visit(from + pixel * g.channels);
                            }
                        }
                    }
                };
                reduce(to + (row * g.axes[2].output + column) * g.channels, g.channels, for_each_tap,
                       z.count * y.count * x.count, z.padded_count * y.padded_count * x.padded_count);
            }
        }
    });
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(pool) {
    registry.add("MaxPool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        return {pool(call, [](float* to, int64_t channels, const auto& for_each_tap, int64_t, int64_t) {
            std::fill_n(to, channels, -std::numeric_limits<float>::infinity());
            for_each_tap([&](const float* pixel) {
                for (int64_t c = 0; c < channels; ++c) {
                    to[c] = pixel[c] > to[c] ? pixel[c] : to[c];
                }
            });
        })};
    });
    registry.add("AveragePool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        const bool count_padding = call.node().integer("count_include_pad", 0) != 0;
        return {pool(call, [&](float* to, int64_t channels, const auto& for_each_tap, int64_t taps, int64_t padded) {
            std::fill_n(to, channels, 0.0F);
            for_each_tap([&](const float* pixel) {
                for (int64_t c = 0; c < channels; ++c) {
                    to[c] += pixel[c];
                }
            });
            const auto divisor = static_cast<float>(std::max<int64_t>(1, count_padding ? padded : taps));
            for (int64_t c = 0; c < channels; ++c) {
                to[c] /= divisor;
            }
        })};
    });
    registry.limit("MaxPool", [](const ir::Node& node) -> std::string {
        return node.outputs.size() < 2 ? "" : "the output `Indices` is not supported";
    });
}

}  // namespace tinamix::float_exec
