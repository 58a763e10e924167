// Keeps the best of boxes that show the same object.
#pragma once

#include <vector>

#include "detect/detection.h"

namespace tinamix::detect {

/// Greedy non-maximum suppression within each category: in the order of falling scores (of equal ones the first given
/// goes first), a box stays unless its intersection over union with one that stayed is above `iou_threshold`. At most
/// `most` boxes stay, those with the best scores of all categories. The result is in the order of falling scores.
std::vector<Detection> without_overlaps(std::vector<Detection> detections, double iou_threshold, size_t most);

}  // namespace tinamix::detect
