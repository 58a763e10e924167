// The steps of `convert` between calibration and the file: repairs, the search where one is asked for, the plan.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "calibrate/ranges.h"
#include "cost/board.h"
#include "data/samples.h"
#include "ir/graph.h"
#include "pack/pack.h"
#include "quantize/plan.h"
#include "tool/measured_ranges.h"
#include "tool/measured_repair.h"
#include "tool/mixed_conversion.h"

namespace tinamix::tool {

struct Conversion {      // NOLINT(bugprone-exception-escape): the checker's guess about moving JSON
    ir::Graph network;   ///< float: equal to the one given, balanced for its precisions
    ir::Graph repaired;  ///< the same with the constants that are packed
    calibrate::Ranges ranges;
    quantize::PrecisionRules rules;  ///< of the mix, where one was searched
    quantize::Plan plan;
    nlohmann::ordered_json repairs, searched;  ///< null where nothing of the kind was done
    std::vector<MixedConversion::Alternative> alternatives;
    std::vector<report::FrontPoint> mixes;

    std::vector<uint8_t> packed(const pack::Target& target, const std::string& settings = "",
                                uint32_t model_version = 0) const {
        return pack::pack(repaired, plan, target, settings, model_version);
    }
};

/// What `convert` was told about these steps.
struct ConversionRequest {
    const CalibrationOptions& calibration;
    const RepairOptions& repair;
    const SearchOptions& search;
    const cost::Board& board;
    bool searches = false;
    int threads = 1;
    const pack::Target* report_for = nullptr;  ///< fills in alternatives and mixes of a search
};

/// `graph` with its `ranges` (empty where every layer is float32). `samples`: those that were calibrated on; null means
/// no repair and no search. Neither touches a network that states its quantization, or has states: their samples are
/// one sequence, which cannot be measured one by one.
Conversion make_conversion(ir::Graph graph, calibrate::Ranges ranges, const quantize::PrecisionRules& rules,
                           const data::SampleSource* samples, const ConversionRequest& request);

}  // namespace tinamix::tool
