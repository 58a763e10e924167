// Per-output-channel symmetric weights of Conv, Gemm and MatMul, with bias, rescale and the accumulator proof
// (docs/arithmetic.md, 1 to 3).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "quantize/plan.h"
#include "quantize/rescale.h"

namespace tinamix::quantize {

/// One integer layer before quantization. Spans are borrowed for the call.
struct LayerWeights {
    std::span<const float> weights;  ///< [channels][taps][inputs]; codes come back in the same order
    std::span<const float> bias;     ///< [channels], or empty for none
    int64_t channels = 0;
    Quantization input, output;  ///< int8 both (w8a8) or int16 both (w8a16, w16a16)
    Precision precision = Precision::kW8A8;
    std::string where;   ///< node name, for errors
    int64_t inputs = 0;  ///< of one tap; 1 for depthwise, 0 where there is one tap
    /// Scales that the model states, per channel, or empty. They are kept, and so are codes that the weights lie on.
    std::span<const float> stated_scale = {};
    /// Biases that the model states, in units of input scale * stated scale, or empty: `bias` counts.
    std::span<const int32_t> stated_bias = {};
};

struct QuantizedWeights {
    std::vector<int16_t> codes;     ///< [channels][k]; -127..127 with 8 bit weights, -32767..32767 with 16
    std::vector<float> scale;       ///< per channel
    std::vector<int64_t> bias;      ///< per channel: round(b / (s_in * s_w)) - zero_point_in * sum(codes)
    std::vector<Rescale> rescale;   ///< per channel: s_in * s_w / s_out
    bool wide_accumulator = false;  ///< a16 only: 32 bits are not proven enough for some channel, so the layer uses 64
    bool short_runs = false;        ///< w16a16: every run of kRunChannels inputs of a tap is within kRunMagnitude
};

/// Scale of a channel: max|w| / 127 (or 32767) in double, stored as float; codes are round(w / stored scale), halves
/// away from zero. Channels of zeros: output scale / input scale / 4096, so that the bias keeps 12 bits below an output
/// code. A channel that breaks the bound of its precision - |bias| + 128 * sum|codes| < 2^30 for a8, and
/// |bias| + 32768 * sum|codes| < 2^62 for a16 - gets the first of the scales s * 2^(n/8), n = 1, 2, ..., that keeps it.
///
/// w16a16 gives up at most three bits for speed (docs/arithmetic.md, 3): the scale is so coarse that the codes of any
/// run of kRunChannels inputs of a tap add up to at most kRunMagnitude; and if every channel of a depthwise layer can
/// have 32-bit sums at that price, all have. A stated scale is
/// kept: a channel that breaks a bound is an Error then. Throws Error (naming `where`) for weights or biases that are
/// NaN or infinite, for formats that do not fit the precision, and for sizes that do not agree.
QuantizedWeights quantize_weights(const LayerWeights& layer);

/// Proofs of docs/arithmetic.md 3, for one channel.
bool fits_a8_accumulator(int64_t bias, int64_t sum_of_absolute_weights);
bool fits_a16_narrow_accumulator(int64_t bias, int64_t sum_of_absolute_weights);

}  // namespace tinamix::quantize
