#include "tool/conversion.h"

#include "quantize/stated.h"

namespace tinamix::tool {

Conversion make_conversion(ir::Graph graph, calibrate::Ranges ranges, const quantize::PrecisionRules& rules,
                           const data::SampleSource* samples, const ConversionRequest& request) {
    Conversion made;
    made.rules = rules;
    const bool repairs = samples != nullptr && !quantize::states_quantization(graph) && graph.states.empty();
    nlohmann::ordered_json balanced_report;
    if (repairs) {
        const auto measure_again = [&](const ir::Graph& candidate) {
            return measure_ranges(candidate, *samples, request.calibration, request.threads);
        };
        RepairResult balanced = balance(graph, ranges, rules, *samples, request.repair, measure_again, request.threads);
        graph = std::move(balanced.graph);
        ranges = std::move(balanced.ranges);
        balanced_report = std::move(balanced.report);
    }
    nlohmann::ordered_json constants_report;
    if (request.searches) {
        MixedConversion mixed = convert_mixed(graph, ranges, rules, *samples, request.repair, request.search,
                                              request.board, request.threads, request.report_for);
        made.repaired = std::move(mixed.graph);
        ranges = std::move(mixed.ranges);
        made.rules = std::move(mixed.rules);
        made.searched = std::move(mixed.report);
        made.alternatives = std::move(mixed.alternatives);
        made.mixes = std::move(mixed.mixes);
    } else if (repairs) {
        RepairResult result = repair(graph, ranges, rules, *samples, request.repair, request.threads);
        made.repaired = std::move(result.graph);
        ranges = std::move(result.ranges);
        constants_report = std::move(result.report);
        if (rules.base == quantize::Precision::kW8A8) {
            FineOutputs fine =
                refine_outputs(graph, made.repaired, ranges, rules, *samples, request.repair, request.threads);
            made.rules = std::move(fine.rules);
            constants_report = joined_reports(constants_report, fine.report);
        }
    } else {
        made.repaired = graph;
    }
    made.repairs = joined_reports(balanced_report, constants_report);
    made.plan = quantize::make_plan(made.repaired, ranges, made.rules);
    made.network = std::move(graph);
    made.ranges = std::move(ranges);
    return made;
}

}  // namespace tinamix::tool
