// Lets several methods choose a range on some samples and judges them on others.
#include <algorithm>
#include <cmath>

#include "calibrate/mean_squared_error.h"
#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

class AutoObserver : public Observer {
  public:
    AutoObserver(int bins, size_t samples, std::vector<Candidate> candidates, RealFunction function)
        : splits_(samples >= 2 * kHeldOutStride),
          fitted_(bins),
          held_out_(splits_ ? bins : 1),
          candidates_(std::move(candidates)),
          function_(std::move(function)) {}

    void observe(size_t sample, const float* values, size_t count, const Extremes& extremes) override {
        seen_->observe(sample, values, count, extremes);
        const bool judges = splits_ && sample % kHeldOutStride == kHeldOutStride - 1;
        (judges ? held_out_ : fitted_).add(values, count, std::max(std::fabs(extremes.min), std::fabs(extremes.max)));
    }
    void merge(const Observer& other) override {
        const auto& from = static_cast<const AutoObserver&>(other);
        seen_->merge(*from.seen_);
        fitted_.merge(from.fitted_);
        held_out_.merge(from.held_out_);
    }
    Range range() const override {
        const Range seen = seen_->range();
        const Histogram& judge = splits_ ? held_out_ : fitted_;
        Range best = seen;
        double least = 0;
        for (size_t i = 0; i < candidates_.size(); ++i) {
            Range candidate = candidates_[i].choose(fitted_, seen);
            const double error = quantization_error(judge, candidate.min, candidate.max, function_);
            if (i > 0 && !(error < least)) continue;
            least = error;
            best = candidate;
            best.method = candidates_[i].method;
        }
        return best;
    }
    size_t bytes() const override { return fitted_.bytes() + held_out_.bytes(); }

  private:
    bool splits_;
    std::unique_ptr<Observer> seen_ = make_min_max_observer();
    Histogram fitted_, held_out_;
    std::vector<Candidate> candidates_;
    RealFunction function_;
};

}  // namespace

std::unique_ptr<Observer> make_auto_observer(int histogram_bins, size_t samples, std::vector<Candidate> candidates,
                                             RealFunction function) {
    return std::make_unique<AutoObserver>(histogram_bins, samples, std::move(candidates), std::move(function));
}

}  // namespace tinamix::calibrate
