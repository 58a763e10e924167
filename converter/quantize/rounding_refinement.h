// Rounds the weights of a layer so that its output, not each weight, comes closest to that of the float layer.
#pragma once

#include <span>
#include <vector>

#include "quantize/input_moments.h"

namespace tinamix::quantize {

/// `row` as codes of `scale`, with sum over i, j of e[i] * e[j] * moments[i][j] small, e being the rounding errors
/// row / scale - code: the squared error that rounding adds to the output, for inputs with these second moments. Starts
/// from the nearest codes and changes one after the other by whole steps while that pays (coordinate descent as in
/// A. Zhang et al., "COMQ", 2024); never worse than where it started. Codes stay in -127..127; the first of the largest
/// weights keeps its code, so that the scale stays that of the row.
/// moments  [n x n], symmetric, n = row.size()
std::vector<int16_t> refine_rounding(std::span<const float> row, double scale, std::span<const float> moments);

/// Second moments of the columns of one group, in squared codes, about the mean where `about_mean` (a bias makes up
/// for it) and drawn towards their diagonal, the more the fewer columns there are to trust.
std::vector<float> rounding_moments(const InputMoments& moments, int64_t group, bool about_mean);

/// All rows of a layer, as multiples of their scales (at most max|w| / 127, so that some code is 127): weights that
/// round to the refined codes. `weights` is [channels][inputs]. Rows in parallel over `threads`. Layers without
/// products come back unchanged.
std::vector<float> refine_layer(const InputMoments& moments, const std::vector<float>& weights,
                                const std::vector<float>& scales, bool about_mean, int threads);

}  // namespace tinamix::quantize
