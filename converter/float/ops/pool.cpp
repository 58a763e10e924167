// MaxPool, AveragePool and LpPool over one to three spatial dimensions, channels-last: every tap is a loop over
// channels.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "float/element_types.h"
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

/// Calls reduce(output offset, for_each_tap, taps, taps within the padding) for every output pixel: offset and pixels
/// are in elements of channels-last storage, and for_each_tap passes the offset of every pixel of the window.
template <typename Reduce>
void for_each_window(const Call& call, const Geometry& g, const Reduce& reduce) {
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
                                visit(pixel * g.channels);
                            }
                        }
                    }
                };
                reduce((row * g.axes[2].output + column) * g.channels, for_each_tap, z.count * y.count * x.count,
                       z.padded_count * y.padded_count * x.padded_count);
            }
        }
    });
}

template <typename T>
constexpr T lowest() {
    return std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::lowest();
}

template <typename T>
ir::Tensor max_pool(const Call& call, const Geometry& g) {
    ir::Tensor result = ir::Tensor::uninitialized(call.input(0).type(), g.result);
    const T* from = call.input(0).data<T>();
    for_each_window(call, g, [&](int64_t offset, const auto& for_each_tap, int64_t, int64_t) {
        T* to = result.data<T>() + offset;
        std::fill_n(to, g.channels, lowest<T>());
        for_each_tap([&](int64_t pixel) {
            for (int64_t c = 0; c < g.channels; ++c) {
                to[c] = from[pixel + c] > to[c] ? from[pixel + c] : to[c];
            }
        });
    });
    return result;
}

/// Where the largest elements lie: positions in the flat input in ONNX order, or, with `storage_order` 1, with the
/// first spatial axis moving fastest.
template <typename T>
ir::Tensor max_pool_indices(const Call& call, const Geometry& g) {
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kInt64, g.result);
    const T* from = call.input(0).data<T>();
    const bool column_major = call.node().integer("storage_order", 0) != 0;
    const int64_t depth = g.axes[0].input, height = g.axes[1].input, width = g.axes[2].input;
    for_each_window(call, g, [&](int64_t offset, const auto& for_each_tap, int64_t, int64_t) {
        int64_t* to = result.data<int64_t>() + offset;
        std::fill_n(to, g.channels, -1);
        for_each_tap([&](int64_t pixel) {
            for (int64_t c = 0; c < g.channels; ++c) {
                to[c] = to[c] < 0 || from[pixel + c] > from[to[c] + c] ? pixel : to[c];
            }
        });
        for (int64_t c = 0; c < g.channels; ++c) {
            const int64_t at = to[c] / g.channels, volume = depth * height * width;
            const int64_t x = at % width, y = at / width % height, z = at / width / height % depth;
            const int64_t plane = (at / volume * g.channels + c) * volume;
            to[c] = plane + (column_major ? z + depth * (y + height * x) : at % volume);
        }
    });
    return result;
}

Tensors max_pools(Call& call) {
    const Geometry g = geometry(call);
    Tensors results;
    with_type<float, double, int8_t, uint8_t>(call, call.input(0).type(), [&](auto zero) {
        results.push_back(max_pool<decltype(zero)>(call, g));
        if (call.node().outputs.size() > 1) {
            results.push_back(max_pool_indices<decltype(zero)>(call, g));
        }
        return 0;
    });
    return results;
}

/// Sums add(element) over the window; finish(sum, divisor) makes the result.
template <typename Add, typename Finish>
ir::Tensor sum_pool(const Call& call, const Add& add, const Finish& finish) {
    call.require(call.input(0).type() == ir::ElementType::kFloat32, "the input must be float32");
    const Geometry g = geometry(call);
    const bool count_padding = call.node().integer("count_include_pad", 0) != 0;
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, g.result);
    const float* from = call.input(0).data<float>();
    for_each_window(call, g, [&](int64_t offset, const auto& for_each_tap, int64_t taps, int64_t padded) {
        float* to = result.data<float>() + offset;
        std::fill_n(to, g.channels, 0.0F);
        for_each_tap([&](int64_t pixel) {
            for (int64_t c = 0; c < g.channels; ++c) {
                to[c] += add(from[pixel + c]);
            }
        });
        const auto divisor = static_cast<float>(std::max<int64_t>(1, count_padding ? padded : taps));
        for (int64_t c = 0; c < g.channels; ++c) {
            to[c] = finish(to[c], divisor);
        }
    });
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(pool) {
    registry.add("MaxPool", LayoutUse::kChannelsLast, max_pools);
    registry.add("AveragePool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        return {sum_pool(
            call, [](float x) { return x; }, [](float sum, float divisor) { return sum / divisor; })};
    });
    registry.add("LpPool", LayoutUse::kChannelsLast, [](Call& call) -> Tensors {
        const auto p = static_cast<float>(call.node().integer("p", 2));
        return {sum_pool(
            call, [p](float x) { return std::pow(std::fabs(x), p); },
            [p](float sum, float) { return std::pow(sum, 1 / p); })};
    });
    registry.limit("LpPool", [](const ir::Node& node) -> std::string {
        return node.integer("p", 2) >= 1 ? "" : "`p` must be positive";
    });
}

}  // namespace tinamix::float_exec
