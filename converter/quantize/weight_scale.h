// How far the codes of a row of weights reach.
#pragma once

#include <span>
#include <vector>

#include "quantize/input_moments.h"

namespace tinamix::quantize {

/// Scale of 8-bit codes for `row`: max|w| / 127, or a part of it (down to a half, in fiftieths) where the squared
/// rounding and clipping errors, each times `importance` of its input, then add up to less. `importance` may be empty:
/// all alike.
float searched_scale(std::span<const float> row, std::span<const double> importance);

/// Scales of all rows of a layer; max|w| / 127 each unless `search`. What counts is the energy of each input, about its
/// mean where `about_mean` (a bias makes up for the rest).
std::vector<float> row_scales(const InputMoments& moments, const std::vector<float>& weights, bool search,
                              bool about_mean);

}  // namespace tinamix::quantize
