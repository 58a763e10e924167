// Takes back what quantization adds to the mean of a layer's output.
#pragma once

#include <vector>

#include "quantize/input_moments.h"

namespace tinamix::quantize {

/// Per output channel, what to add to the bias so that the mean output of the quantized layer (`quantized` weights on
/// quantized inputs) is that of the float layer (`weights` on float inputs): M. Nagel et al., "Data-Free Quantization
/// Through Weight Equalization and Bias Correction", 2019, with measured means. Both are [channels][inputs].
std::vector<double> bias_correction(const InputMoments& moments, const std::vector<float>& weights,
                                    const std::vector<float>& quantized);

/// Each row rounded to multiples of its scale, to codes of -127..127. One scale per row; rows of scale 0 become 0.
std::vector<float> rounded_rows(const std::vector<float>& weights, const std::vector<float>& scales);

}  // namespace tinamix::quantize
