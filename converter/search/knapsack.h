// The multiple-choice knapsack behind the search: one choice for every item, so that neither the summed loss nor the
// summed cost can be lowered without raising the other.
#pragma once

#include <cstddef>
#include <vector>

namespace tinamix::search {

struct Choice {
    double loss = 0, cost = 0;
};

struct FrontPoint {
    double loss = 0, cost = 0;
    std::vector<size_t> choice;  ///< per item
};

/// The Pareto front, cheapest first, losses falling strictly. Exact (item by item, dominated sums are dropped:
/// G. L. Nemhauser, Z. Ullmann, 1969) as long as no more than `most_points` sums stay undominated; beyond that, of
/// those whose costs fall into one of so many equal intervals only the one with the least loss is kept. Every item has
/// at least one choice. Deterministic: of equal sums the one with earlier choices stays.
std::vector<FrontPoint> pareto_front(const std::vector<std::vector<Choice>>& items, size_t most_points = 4096);

}  // namespace tinamix::search
