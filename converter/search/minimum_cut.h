// The choice between two labels for every item, when neighbours gain by both taking the second: a minimum cut.
#pragma once

#include <cstddef>
#include <vector>

namespace tinamix::search {

struct Pairing {
    size_t a, b;
    double gain;  ///< at least 0, when both items take the second label
};

/// Labels (true: the second) with the least sum of first[i] or second[i], minus the gains. Exact but for rounding; of
/// equal sums the one with the fewest second labels.
std::vector<bool> best_labels(const std::vector<double>& first, const std::vector<double>& second,
                              const std::vector<Pairing>& pairings);

}  // namespace tinamix::search
