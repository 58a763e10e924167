// The observer behind every method that decides on a histogram.
#include <algorithm>
#include <cmath>

#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

class HistogramObserver : public Observer {
  public:
    HistogramObserver(int bins, RangeChooser choose) : histogram_(bins), choose_(std::move(choose)) {}

    void observe(size_t sample, const float* values, size_t count, const Extremes& extremes) override {
        seen_->observe(sample, values, count, extremes);
        histogram_.add(values, count, std::max(std::fabs(extremes.min), std::fabs(extremes.max)));
    }
    void merge(const Observer& other) override {
        const auto& from = static_cast<const HistogramObserver&>(other);
        seen_->merge(*from.seen_);
        histogram_.merge(from.histogram_);
    }
    Range range() const override { return choose_(histogram_, seen_->range()); }
    size_t bytes() const override { return histogram_.bytes(); }

  private:
    std::unique_ptr<Observer> seen_ = make_min_max_observer();
    Histogram histogram_;
    RangeChooser choose_;
};

}  // namespace

std::unique_ptr<Observer> make_histogram_observer(int histogram_bins, RangeChooser choose) {
    return std::make_unique<HistogramObserver>(histogram_bins, std::move(choose));
}

}  // namespace tinamix::calibrate
