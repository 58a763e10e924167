// Predicted milliseconds of any mix, from the prices of single groups and of pairs of neighbours: what stands at a
// border between 8 and 16 bits is gone where both sides have 16.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "search/mix_simulator.h"

namespace tinamix::search {

class MixCost {
  public:
    struct Neighbours {
        size_t a, b;
        double saved_ms;  ///< when both have 16 bits, less than the sum of what each costs alone; at least 0
    };

    /// Prices every group by itself in each of its precisions, the rest in w8a8, and every pair of neighbours in the
    /// narrowest precision with 16 bits.
    explicit MixCost(MixSimulator& simulator);

    /// More than w8a8 when only `group` is in `precision`.
    double more_ms(size_t group, quantize::Precision precision) const { return more_ms_[group].at(precision); }
    const std::vector<Neighbours>& neighbours() const { return neighbours_; }
    double ms(const Mix& mix) const;

  private:
    double int8_ms_ = 0;
    std::vector<std::map<quantize::Precision, double>> more_ms_;
    std::vector<Neighbours> neighbours_;
};

/// True for w8a16 and w16a16.
bool has_int16(quantize::Precision precision);

}  // namespace tinamix::search
