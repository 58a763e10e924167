// Min-max: cover everything that was seen.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

/// Bits of a float as an integer that orders like the float: -Inf < -1 < -0 < +0 < 1 < +Inf. NaNs lie outside
/// the infinities on both sides, so the extremes of these integers also tell whether all values are finite.
int32_t ordered(int32_t bits) { return bits ^ ((bits >> 31) & 0x7fffffff); }

float from_ordered(int32_t key) { return std::bit_cast<float>(ordered(key)); }

constexpr int32_t kInfinity = 0x7f800000;

class MinMaxObserver : public Observer {
  public:
    void observe(size_t, const float*, size_t, const Extremes& extremes) override { widen(extremes.min, extremes.max); }
    void merge(const Observer& other) override {
        const auto& from = static_cast<const MinMaxObserver&>(other);
        widen(from.min_, from.max_);
    }
    Range range() const override { return {min_, max_, min_, max_}; }
    size_t bytes() const override { return sizeof *this; }

  private:
    void widen(float min, float max) {
        min_ = std::min(min_, min);
        max_ = std::max(max_, max);
    }
    float min_ = std::numeric_limits<float>::infinity();
    float max_ = -std::numeric_limits<float>::infinity();
};

}  // namespace

Extremes find_extremes(const float* values, size_t count) {
    // As many independent lanes as fill the registers; the loop over them becomes vector instructions.
    constexpr size_t kLanes = 16;
    int32_t low[kLanes], high[kLanes];
    std::fill_n(low, kLanes, std::numeric_limits<int32_t>::max());
    std::fill_n(high, kLanes, std::numeric_limits<int32_t>::min());
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        int32_t bits[kLanes];
        std::memcpy(bits, values + i, sizeof bits);
        for (size_t lane = 0; lane < kLanes; ++lane) {
            const int32_t key = ordered(bits[lane]);
            low[lane] = key < low[lane] ? key : low[lane];
            high[lane] = key > high[lane] ? key : high[lane];
        }
    }
    int32_t min = *std::min_element(low, low + kLanes), max = *std::max_element(high, high + kLanes);
    for (; i < count; ++i) {
        const int32_t key = ordered(std::bit_cast<int32_t>(values[i]));
        min = std::min(min, key);
        max = std::max(max, key);
    }
    Extremes extremes;
    extremes.finite = max < kInfinity && min > ordered(static_cast<int32_t>(0xff800000));
    // Adding zero turns -0 into 0, which prints better and means the same.
    extremes.min = from_ordered(min) + 0.0F;
    extremes.max = from_ordered(max) + 0.0F;
    return extremes;
}

std::unique_ptr<Observer> make_min_max_observer() { return std::make_unique<MinMaxObserver>(); }

}  // namespace tinamix::calibrate
