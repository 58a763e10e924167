// Moving average of the extremes: what ACUITY calls moving_average and ONNX Runtime CalibMovingAverage.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

/// Samples whose weight all the later ones bring below this are forgotten: it is less than a float can show.
constexpr double kLeastWeight = 1e-9;

/// Averages depend on the order, so the extremes of each sample are kept until the end; of at most as many samples as
/// matter.
class MovingAverageObserver : public Observer {
  public:
    MovingAverageObserver(double weight, size_t samples) : weight_(weight), samples_(samples) {
        const double matter = weight < 1 ? std::ceil(std::log(kLeastWeight) / std::log1p(-weight)) : 1;
        remembered_ = matter < static_cast<double>(samples) ? static_cast<size_t>(matter) : samples;
    }

    void observe(size_t sample, const float* values, size_t count, const Extremes& extremes) override {
        seen_->observe(sample, values, count, extremes);
        if (sample + remembered_ >= samples_) ends_.push_back({sample, extremes.min, extremes.max});
    }
    void merge(const Observer& other) override {
        const auto& from = static_cast<const MovingAverageObserver&>(other);
        seen_->merge(*from.seen_);
        ends_.insert(ends_.end(), from.ends_.begin(), from.ends_.end());
    }
    Range range() const override {
        Range range = seen_->range();
        std::vector<Ends> ends = ends_;
        std::sort(ends.begin(), ends.end(), [](const Ends& a, const Ends& b) { return a.sample < b.sample; });
        double min = ends.front().min, max = ends.front().max;
        for (const Ends& sample : ends) {
            min += weight_ * (static_cast<double>(sample.min) - min);
            max += weight_ * (static_cast<double>(sample.max) - max);
        }
        range.min = std::clamp(static_cast<float>(min), range.observed_min, range.observed_max);
        range.max = std::clamp(static_cast<float>(max), range.observed_min, range.observed_max);
        return range;
    }
    size_t bytes() const override { return remembered_ * sizeof(Ends); }

  private:
    struct Ends {
        size_t sample;
        float min, max;
    };
    double weight_;
    size_t samples_, remembered_ = 0;
    std::unique_ptr<Observer> seen_ = make_min_max_observer();
    std::vector<Ends> ends_;
};

}  // namespace

std::unique_ptr<Observer> make_moving_average_observer(double weight, size_t samples) {
    return std::make_unique<MovingAverageObserver>(weight, samples);
}

}  // namespace tinamix::calibrate
