// Average precision by COCO's rules (T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", 2014; the rules are
// those of its evaluation server).
#pragma once

#include <vector>

#include "detect/detection.h"

namespace tinamix::detect {

/// Of each category and picture only so many detections count, those with the best scores.
inline constexpr size_t kMostDetections = 100;

struct AveragePrecision {
    double ap = 0;          ///< mean over the thresholds 0.50, 0.55, .. 0.95 and all categories
    double ap50 = 0;        ///< at intersection over union 0.50
    double ap75 = 0;        ///< at 0.75
    size_t categories = 0;  ///< that have at least one object that is no crowd; only these count
    size_t objects = 0;     ///< that are no crowds
};

/// truths[i] and detections[i] belong to picture i. Detections are matched in the order of falling scores, each with
/// the free object of its category that it overlaps most; crowds match any number of detections, which then do not
/// count. Precision is interpolated at 101 levels of recall. All 0 where there are no objects. Of equal scores the
/// earlier picture, and in it the earlier detection, comes first.
AveragePrecision average_precision(const std::vector<std::vector<Truth>>& truths,
                                   const std::vector<std::vector<Detection>>& detections);

}  // namespace tinamix::detect
