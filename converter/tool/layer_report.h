// The layers of a conversion, as a report shows them: similarities, values, cost.
#pragma once

#include <vector>

#include "report/conversion_report.h"
#include "search/reference_outputs.h"
#include "tool/measured_report.h"

namespace tinamix::tool {

report::Similarity similarity_of(const search::Difference& sums);

/// One entry for each op that makes a tensor of the network. Similarities on some of the judged samples; values,
/// entropy and kurtosis (of the int8 codes: nothing without ranges) on some of those that were calibrated on.
std::vector<report::LayerScore> score_layers(const ReportSubject& subject);

}  // namespace tinamix::tool
