// Mixes that are worth simulating, from losses per group and what mixes cost.
#pragma once

#include <optional>
#include <vector>

#include "search/mix_cost.h"

namespace tinamix::search {

/// By group and the precisions that it has: what it adds to the loss of the whole; nothing where it is not offered.
using GroupLosses = std::vector<std::vector<std::optional<double>>>;

struct Candidate {
    double loss = 0, ms = 0;  ///< predicted
    Mix mix;
};

/// The front of summed losses against MixCost, cheapest first, of mixes from two methods:
///  - a multiple-choice knapsack (search/knapsack.h) whose costs hold while the borders of `center` hold;
///  - for a series of exchange rates of loss against time, the best of all mixes, borders included: each group takes 8
///    or 16 bits, neighbours save time when both take 16, and such a choice is a minimum cut (D. M. Greig, B. T.
///    Porteous, A. H. Seheult, 1989).
std::vector<Candidate> candidate_front(const std::vector<Group>& groups, const GroupLosses& losses, const MixCost& cost,
                                       const Mix& center);

}  // namespace tinamix::search
