// How much each group costs in accuracy, measured at the outputs of the network on the exact simulation.
#pragma once

#include <map>
#include <vector>

#include "search/mix_simulator.h"

namespace tinamix::search {

struct GroupSensitivity {
    /// Only this group in that precision (w8a8, w8a16), every other in w16a16.
    std::map<quantize::Precision, Measurement> alone;
    /// Only this group in that precision (w8a16, w16a16), every other in w8a8.
    std::map<quantize::Precision, Measurement> relieved;
};

struct Sensitivity {
    Measurement int8, int16;  ///< every group in w8a8, in w16a16
    std::vector<GroupSensitivity> groups;

    /// The share of int8's ranked loss that group `group` is to blame for: mean over output groups, and of what it adds
    /// to w16a16 and of what goes when it alone leaves w8a8. Shares need not sum to 1.
    double share(size_t group) const;
    /// Indices of groups, the worst first.
    std::vector<size_t> ranking() const;
};

Sensitivity measure_sensitivity(MixSimulator& simulator, size_t samples, const Progress& progress);

}  // namespace tinamix::search
