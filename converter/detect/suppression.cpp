#include "detect/suppression.h"

#include <map>

namespace tinamix::detect {

std::vector<Detection> without_overlaps(std::vector<Detection> detections, double iou_threshold, size_t most) {
    std::stable_sort(detections.begin(), detections.end(),
                     [](const Detection& a, const Detection& b) { return a.score > b.score; });
    std::vector<Detection> kept;
    std::map<int64_t, std::vector<Box>> kept_boxes;
    for (const Detection& detection : detections) {
        if (kept.size() == most) break;
        std::vector<Box>& rivals = kept_boxes[detection.category];
        const bool hidden = std::any_of(rivals.begin(), rivals.end(), [&](const Box& rival) {
            return intersection_over_union(rival, detection.box) > iou_threshold;
        });
        if (hidden) continue;
        rivals.push_back(detection.box);
        kept.push_back(detection);
    }
    return kept;
}

}  // namespace tinamix::detect
