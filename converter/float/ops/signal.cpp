// Spectra and what goes with them: DFT, STFT, the window functions and MelWeightMatrix. Sums over the definition, in
// double: these stand at the front of audio networks and are short.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "float/element_types.h"
#include "float/onnx_types.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

constexpr double kTau = 2 * std::numbers::pi;

/// out[k] = sum of in[n] * exp(-+ i tau k n / length), k below `count`; pairs of real and imaginary part.
void transform(const std::vector<double>& in, int64_t length, int64_t count, bool inverse, std::vector<double>& out) {
    for (int64_t k = 0; k < count; ++k) {
        double real = 0, imaginary = 0;
        for (int64_t n = 0; n < length; ++n) {
            const double angle =
                (inverse ? kTau : -kTau) * static_cast<double>(k * n % length) / static_cast<double>(length);
            const double c = std::cos(angle), s = std::sin(angle);
            const auto at = static_cast<size_t>(2 * n);
            real += in[at] * c - in[at + 1] * s;
            imaginary += in[at] * s + in[at + 1] * c;
        }
        const double divisor = inverse ? static_cast<double>(length) : 1;
        out[static_cast<size_t>(2 * k)] = real / divisor;
        out[static_cast<size_t>(2 * k + 1)] = imaginary / divisor;
    }
}

constexpr int64_t kLongest = 1 << 20;

/// Input [batch, ..., 1 or 2]; the last axis holds real and imaginary part.
Tensors dft(Call& call) {
    const ir::Tensor& x = call.input(0);
    ir::Shape shape = x.shape();
    call.require(shape.size() >= 3 && (shape.back() == 1 || shape.back() == 2),
                 "the input must end in real parts, or real and imaginary parts");
    const int64_t given_axis = call.opset() >= 20 ? call.scalar(2, -2) : call.node().integer("axis", 1);
    const size_t axis = call.normalized_axis(given_axis, shape.size());
    call.require(axis + 1 < shape.size(), "the last axis cannot be transformed");
    const bool inverse = call.node().integer("inverse", 0) != 0, one_sided = call.node().integer("onesided", 0) != 0;
    const int64_t parts = shape.back(), available = shape[axis], length = call.scalar(1, available);
    call.require(length > 0 && length < kLongest, "the length is out of range");
    const int64_t count = one_sided ? length / 2 + 1 : length;
    const Strides from = row_major_strides(shape);
    shape[axis] = count;
    shape.back() = 2;
    const Strides to = row_major_strides(shape);
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
    with_float_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        std::vector<double> in(static_cast<size_t>(2 * length)), out(static_cast<size_t>(2 * count));
        for (int64_t row = 0; row < result.elements() / 2 / count; ++row) {
            // The row's position in all axes but the transformed and the last one.
            int64_t rest = row, source = 0, target = 0;
            for (size_t i = shape.size() - 1; i-- > 0;) {
                if (i != axis) {
                    source += rest % shape[i] * from[i];
                    target += rest % shape[i] * to[i];
                    rest /= shape[i];
                }
            }
            std::fill(in.begin(), in.end(), 0.0);
            for (int64_t n = 0; n < std::min(length, available); ++n) {
                for (int64_t part = 0; part < parts; ++part) {
                    in[static_cast<size_t>(2 * n + part)] =
                        static_cast<double>(x.data<T>()[source + n * from[axis] + part]);
                }
            }
            transform(in, length, count, inverse, out);
            for (int64_t k = 0; k < 2 * count; ++k) {
                result.data<T>()[target + k / 2 * to[axis] + k % 2] = static_cast<T>(out[static_cast<size_t>(k)]);
            }
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

/// Signal [batch, samples, 1 or 2] in frames that start every `frame_step` samples, each under a window.
Tensors stft(Call& call) {
    const ir::Tensor& x = call.input(0);
    call.require(x.shape().size() == 3 && (x.shape()[2] == 1 || x.shape()[2] == 2),
                 "the signal must be [batch, samples, 1 or 2]");
    const int64_t step = call.scalar(1, 0), samples = x.shape()[1], parts = x.shape()[2];
    const int64_t length = call.scalar(3, call.has(2) ? call.input(2).elements() : 0);
    call.require(step > 0 && length > 0 && length <= samples && length < kLongest, "step or length is out of range");
    const std::vector<float> window =
        call.has(2) ? call.input(2).to_floats() : std::vector<float>(static_cast<size_t>(length), 1.0F);
    call.require(static_cast<int64_t>(window.size()) == length, "the window must have the length of the frames");
    const bool one_sided = call.node().integer("onesided", 1) != 0;
    const int64_t frames = (samples - length) / step + 1, count = one_sided ? length / 2 + 1 : length;
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), {x.shape()[0], frames, count, 2});
    with_float_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        std::vector<double> in(static_cast<size_t>(2 * length)), out(static_cast<size_t>(2 * count));
        for (int64_t frame = 0; frame < x.shape()[0] * frames; ++frame) {
            const T* from = x.data<T>() + (frame / frames * samples + frame % frames * step) * parts;
            for (int64_t n = 0; n < length; ++n) {
                const auto at = static_cast<size_t>(n);
                in[2 * at] = static_cast<double>(from[n * parts]) * static_cast<double>(window[at]);
                in[2 * at + 1] =
                    parts == 2 ? static_cast<double>(from[n * parts + 1]) * static_cast<double>(window[at]) : 0;
            }
            transform(in, length, count, false, out);
            std::transform(out.begin(), out.end(), result.data<T>() + frame * 2 * count,
                           [](double value) { return static_cast<T>(value); });
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

/// The type that the attribute names; float32 without one.
ir::ElementType output_type(const Call& call) {
    const auto type = element_type_of_onnx(call.node().integer("output_datatype", 1));
    call.require(type == ir::ElementType::kFloat32 || type == ir::ElementType::kFloat64,
                 "`output_datatype` must be float or double");
    return *type;
}

ir::Tensor from_doubles(const Call& call, const ir::Shape& shape, const std::vector<double>& values) {
    ir::Tensor result = ir::Tensor::uninitialized(output_type(call), shape);
    with_float_type(call, result.type(), [&](auto zero) {
        using T = decltype(zero);
        std::transform(values.begin(), values.end(), result.data<T>(), [](double x) { return static_cast<T>(x); });
        return 0;
    });
    return result;
}

/// a0 - a1 cos(x) + a2 cos(2x) over one period.
void add_window(Registry& registry, const char* name, double a0, double a1, double a2) {
    registry.add(name, LayoutUse::kOnnx, [a0, a1, a2](Call& call) -> Tensors {
        const int64_t size = call.scalar(0, 0);
        call.require(size > 0 && size < kLongest, "the size is out of range");
        const bool periodic = call.node().integer("periodic", 1) != 0;
        const double period = static_cast<double>(periodic ? size : std::max<int64_t>(1, size - 1));
        std::vector<double> values;
        for (int64_t i = 0; i < size; ++i) {
            const double x = kTau * static_cast<double>(i) / period;
            values.push_back(a0 - a1 * std::cos(x) + a2 * std::cos(2 * x));
        }
        return {from_doubles(call, {size}, values)};
    });
}

double mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

/// Triangles, evenly spaced in mel, over the bins of a spectrum: [bins, bands].
Tensors mel_weight_matrix(Call& call) {
    const int64_t bands = call.scalar(0, 0), length = call.scalar(1, 0), rate = call.scalar(2, 0);
    call.require(call.input(3).elements() == 1 && call.input(4).elements() == 1, "the edges must be one number each");
    const double low = static_cast<double>(call.input(3).to_floats()[0]);
    const double high = static_cast<double>(call.input(4).to_floats()[0]);
    call.require(bands > 0 && bands < kLongest && length > 0 && length < kLongest && rate > 0 && low >= 0 &&
                     high > low && high <= 1e6 && bands <= kLongest / length,
                 "a parameter is out of range");
    const int64_t bins = length / 2 + 1;
    std::vector<int64_t> edges;
    const double step = (mel(high) - mel(low)) / static_cast<double>(bands + 2);
    for (int64_t i = 0; i < bands + 2; ++i) {
        const double frequency = hertz(mel(low) + step * static_cast<double>(i));
        edges.push_back(
            static_cast<int64_t>(std::floor(static_cast<double>(length + 1) * frequency / static_cast<double>(rate))));
    }
    std::vector<double> values(static_cast<size_t>(bins * bands), 0.0);
    for (int64_t band = 0; band < bands; ++band) {
        const auto i = static_cast<size_t>(band);
        const int64_t left = edges[i], centre = edges[i + 1], right = edges[i + 2];
        auto weight = [&](int64_t bin) -> double& { return values[static_cast<size_t>(bin * bands + band)]; };
        for (int64_t bin = left; bin < std::min(centre, bins); ++bin) {
            weight(bin) = static_cast<double>(bin - left) / static_cast<double>(centre - left);
        }
        for (int64_t bin = centre; bin < std::min(right, bins); ++bin) {
            weight(bin) = static_cast<double>(right - bin) / static_cast<double>(right - centre);
        }
        if (centre < bins) {
            weight(centre) = 1;
        }
    }
    return {from_doubles(call, {bins, bands}, values)};
}

}  // namespace

TINAMIX_FLOAT_OPS(signal) {
    registry.add("DFT", LayoutUse::kOnnx, dft);
    registry.add("STFT", LayoutUse::kOnnx, stft);
    add_window(registry, "HannWindow", 0.5, 0.5, 0);
    add_window(registry, "HammingWindow", 25.0 / 46, 21.0 / 46, 0);
    add_window(registry, "BlackmanWindow", 0.42, 0.5, 0.08);
    registry.add("MelWeightMatrix", LayoutUse::kOnnx, mel_weight_matrix);
}

}  // namespace tinamix::float_exec
