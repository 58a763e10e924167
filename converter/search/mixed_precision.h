// The search for the cheapest mix of precisions that keeps the outputs close enough to float.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search/mix_simulator.h"
#include "search/sensitivity.h"

namespace tinamix::search {

struct SearchGoal {
    /// Least mean cosine of each output group; with another metric, 1 - the largest loss.
    double target_cosine = 0.999;
    /// What the chosen mix must not exceed; reaching the target comes second.
    std::optional<double> most_ms;
    std::optional<uint64_t> most_weight_bytes, most_arena_bytes;
};

struct MeasuredMix {
    Mix mix;
    Measurement measured;
    /// The largest, over the output groups, of loss / (1 - target cosine): at most 1 where the target is reached.
    double excess = 0;
};

struct SearchResult {
    MeasuredMix chosen;
    bool reached = false;       ///< the target
    bool within_limits = true;  ///< some mix was
    MeasuredMix int8, int16;    ///< every group in w8a8, in w16a16
    Sensitivity sensitivity;
    /// Of all mixes simulated, those that none beats in both excess and milliseconds; the cheapest first.
    std::vector<MeasuredMix> front;
    /// All of them, on all samples, in the order in which they were simulated.
    std::vector<MeasuredMix> measured;
    size_t simulated = 0;  ///< mixes, those of the sensitivity included
};

/// 1. Sensitivity gives every choice of every group a loss, additive as independent errors are; groups and pairs of
///    neighbours are priced.
/// 2. A knapsack and minimum cuts (search/candidates.h) give the front of all mixes by these sums.
/// 3. Points along it are simulated, ever closer around the target.
/// 4. From the best of them, every change of one group is simulated, which gives losses that know about the other
///    groups' precisions; with these step 2 is done again and its points are simulated, as long as that helps.
/// The result is the cheapest mix simulated that reaches the target within the limits; if there is none, the closest to
/// the target within the limits. All int8 is always among those compared, so nothing worse than it comes out. The same
/// for any number of threads.
SearchResult search_mix(MixSimulator& simulator, const SearchGoal& goal, const Progress& progress);

}  // namespace tinamix::search
