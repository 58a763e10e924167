// Inputs that were quantized before (features in 8 bits, pixels under one mean and deviation) hold multiples of a step.
// With just this step as the scale, int8 adds no error to them at all.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

/// Different values, up to as many as int8 has codes.
class DistinctValues {
  public:
    bool too_many() const { return too_many_; }
    const std::vector<float>& values() const { return values_; }

    void add(const float* values, size_t count) {
        for (size_t i = 0; i < count && !too_many_; ++i) add(values[i]);
    }
    void add(const DistinctValues& other) {
        too_many_ = too_many_ || other.too_many_;
        add(other.values_.data(), other.values_.size());
    }

  private:
    static constexpr size_t kMost = 256, kSlots = 1024;

    void add(float value) {
        value += 0.0F;                                                     // -0 is 0
        size_t slot = std::bit_cast<uint32_t>(value) * 2654435769U >> 22;  // Fibonacci hashing to 10 bits
        while (slots_[slot] != 0 && values_[slots_[slot] - 1U] != value) slot = (slot + 1) % kSlots;
        if (slots_[slot] != 0) return;
        if (values_.size() == kMost) {
            too_many_ = true;
            return;
        }
        values_.push_back(value);
        slots_[slot] = static_cast<uint16_t>(values_.size());
    }

    std::vector<float> values_;
    std::array<uint16_t, kSlots> slots_{};  ///< index + 1 into values_; 0: free
    bool too_many_ = false;
};

/// The largest step of which all values (and 0) are multiples up to rounding; 0 where there is none that 255 steps of
/// cover the values and 0.
double common_step(std::vector<float> values) {
    if (values.size() < 3) return 0;
    std::sort(values.begin(), values.end());
    double step = INFINITY;
    for (size_t i = 1; i < values.size(); ++i) {
        step = std::min(step, static_cast<double>(values[i]) - static_cast<double>(values[i - 1]));
    }
    const double low = std::min<double>(values.front(), 0), high = std::max<double>(values.back(), 0);
    constexpr double kMostSteps = 255, kTolerance = 1e-3;
    if (!(step > 0) || high - low > (kMostSteps + 0.5) * step) return 0;
    // The difference of two neighbours is rounded; that of the extremes says the step to more digits.
    step = (values.back() - static_cast<double>(values.front())) /
           std::round((values.back() - static_cast<double>(values.front())) / step);
    const bool fits = std::all_of(values.begin(), values.end(), [&](float value) {
        return std::fabs(value / step - std::round(value / step)) < kTolerance;
    });
    return fits ? step : 0;
}

class InputObserver : public Observer {
  public:
    void observe(size_t sample, const float* values, size_t count, const Extremes& extremes) override {
        seen_->observe(sample, values, count, extremes);
        distinct_.add(values, count);
    }
    void merge(const Observer& other) override {
        const auto& from = static_cast<const InputObserver&>(other);
        seen_->merge(*from.seen_);
        distinct_.add(from.distinct_);
    }
    Range range() const override {
        Range range = seen_->range();
        double step = distinct_.too_many() ? 0 : common_step(distinct_.values());
        if (step == 0) return range;
        // As many codes to a step as there is room for: values that were not seen may lie between.
        constexpr double kSteps = 255;
        const double covered = std::max<double>(range.max, 0) - std::min<double>(range.min, 0);
        step /= std::max(1.0, std::floor(kSteps / std::round(covered / step)));
        // All codes: from the lower end upwards, unless the values lie below 0.
        const double span = kSteps * step;
        double low = std::min<double>(range.min, 0);
        if (range.max <= 0) low = -span;
        low = std::round(low / step) * step;
        range.min = static_cast<float>(low);
        range.max = static_cast<float>(low + span);
        return range;
    }
    size_t bytes() const override { return sizeof *this; }

  private:
    std::unique_ptr<Observer> seen_ = make_min_max_observer();
    DistinctValues distinct_;
};

}  // namespace

std::unique_ptr<Observer> make_input_observer() { return std::make_unique<InputObserver>(); }

}  // namespace tinamix::calibrate
