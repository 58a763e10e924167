#include "detect/average_precision.h"

#include <array>
#include <set>

namespace tinamix::detect {
namespace {

constexpr size_t kThresholds = 10, kRecallLevels = 101;

double threshold(size_t index) { return 0.5 + 0.05 * static_cast<double>(index); }

/// One detection after matching, at every threshold.
struct Judged {
    double score = 0;
    std::array<bool, kThresholds> hit{}, ignored{};
};

/// The detections and objects of one category in one picture.
class PictureOfCategory {
  public:
    PictureOfCategory(const std::vector<Truth>& truths, const std::vector<Detection>& detections, int64_t category) {
        for (const Truth& truth : truths) {
            if (truth.category == category) truths_.push_back(truth);
        }
        // Crowds last: they are second choice.
        std::stable_partition(truths_.begin(), truths_.end(), [](const Truth& truth) { return !truth.crowd; });
        for (const Detection& detection : detections) {
            if (detection.category == category) detections_.push_back(detection);
        }
        std::stable_sort(detections_.begin(), detections_.end(),
                         [](const Detection& a, const Detection& b) { return a.score > b.score; });
        if (detections_.size() > kMostDetections) detections_.resize(kMostDetections);
    }

    size_t objects() const {
        return static_cast<size_t>(
            std::count_if(truths_.begin(), truths_.end(), [](const Truth& truth) { return !truth.crowd; }));
    }

    void judge(std::vector<Judged>& result) const {
        const size_t first = result.size();
        for (const Detection& detection : detections_) result.push_back({detection.score, {}, {}});
        for (size_t t = 0; t < kThresholds; ++t) {
            std::vector<bool> taken(truths_.size(), false);
            for (size_t d = 0; d < detections_.size(); ++d) {
                const size_t match = best_match(detections_[d].box, threshold(t), taken);
                if (match == truths_.size()) continue;
                taken[match] = true;
                result[first + d].hit[t] = true;
                result[first + d].ignored[t] = truths_[match].crowd;
            }
        }
    }

  private:
    static double overlap(const Box& found, const Truth& truth) {
        if (!truth.crowd) return intersection_over_union(found, truth.box);
        return found.area() > 0 ? common_area(found, truth.box) / found.area() : 0;
    }

    /// Index of the object that `box` stands for; truths_.size() if it stands for none.
    size_t best_match(const Box& box, double least, const std::vector<bool>& taken) const {
        size_t best = truths_.size();
        constexpr double kSlack = 1e-10;
        double overlap_to_beat = std::min(least, 1 - kSlack);
        for (size_t i = 0; i < truths_.size(); ++i) {
            if (taken[i] && !truths_[i].crowd) continue;
            if (best < truths_.size() && truths_[i].crowd) break;
            const double found = overlap(box, truths_[i]);
            if (found < overlap_to_beat) continue;
            overlap_to_beat = found;
            best = i;
        }
        return best;
    }

    std::vector<Truth> truths_;
    std::vector<Detection> detections_;
};

/// Mean over the levels of recall of the best precision at that recall or more. `judged` in the order of falling
/// scores.
double interpolated_precision(const std::vector<Judged>& judged, size_t t, size_t objects) {
    std::vector<double> precision, recall;
    size_t hits = 0, misses = 0;
    for (const Judged& one : judged) {
        if (one.ignored[t]) continue;
        ++(one.hit[t] ? hits : misses);
        precision.push_back(static_cast<double>(hits) / static_cast<double>(hits + misses));
        recall.push_back(static_cast<double>(hits) / static_cast<double>(objects));
    }
    for (size_t i = precision.size(); i-- > 1;) precision[i - 1] = std::max(precision[i - 1], precision[i]);
    double sum = 0;
    for (size_t level = 0; level < kRecallLevels; ++level) {
        const double wanted = static_cast<double>(level) / (kRecallLevels - 1);
        const auto reached = std::lower_bound(recall.begin(), recall.end(), wanted);
        if (reached != recall.end()) sum += precision[static_cast<size_t>(reached - recall.begin())];
    }
    return sum / kRecallLevels;
}

}  // namespace

AveragePrecision average_precision(const std::vector<std::vector<Truth>>& truths,
                                   const std::vector<std::vector<Detection>>& detections) {
    std::set<int64_t> categories;
    for (const std::vector<Truth>& picture : truths) {
        for (const Truth& truth : picture) categories.insert(truth.category);
    }
    AveragePrecision result;
    std::array<double, kThresholds> sums{};
    for (const int64_t category : categories) {
        size_t objects = 0;
        std::vector<Judged> judged;
        for (size_t i = 0; i < truths.size(); ++i) {
            const PictureOfCategory picture(truths[i], detections.at(i), category);
            objects += picture.objects();
            picture.judge(judged);
        }
        if (objects == 0) continue;
        std::stable_sort(judged.begin(), judged.end(),
                         [](const Judged& a, const Judged& b) { return a.score > b.score; });
        ++result.categories;
        result.objects += objects;
        for (size_t t = 0; t < kThresholds; ++t) sums[t] += interpolated_precision(judged, t, objects);
    }
    if (result.categories == 0) return result;
    const auto count = static_cast<double>(result.categories);
    for (const double sum : sums) result.ap += sum / count / kThresholds;
    result.ap50 = sums[0] / count;
    result.ap75 = sums[5] / count;
    return result;
}

}  // namespace tinamix::detect
