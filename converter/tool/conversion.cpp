#include "tool/conversion.h"

#include "quantize/stated.h"

namespace tinamix::tool {

namespace {

std::vector<uint8_t> packed_plainly(const ir::Graph& graph, const calibrate::Ranges& ranges,
                                    const quantize::PrecisionRules& rules) {
    return pack::pack(graph, quantize::make_plan(graph, ranges, rules), pack::target_from_name("generic"), "");
}

}  // namespace

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
        const auto pack_with = [&](const ir::Graph& candidate, const calibrate::Ranges& measured) {
            return packed_plainly(candidate, measured, rules);
        };
        BalanceResult balanced = balance(graph, ranges, quantize::make_plan(graph, ranges, rules), *samples,
                                         request.repair, measure_again, pack_with, request.threads);
        graph = std::move(balanced.graph);
        ranges = std::move(balanced.ranges);
        balanced_report = std::move(balanced.report);
    }
    nlohmann::ordered_json constants_report;
    if (request.searches) {
        MixedConversion mixed = convert_mixed(graph, ranges, rules, *samples, request.repair, request.search,
                                              request.board, request.threads, request.report_for);
        made.repaired = std::move(mixed.graph);
        made.rules = std::move(mixed.rules);
        made.searched = std::move(mixed.report);
        made.alternatives = std::move(mixed.alternatives);
        made.mixes = std::move(mixed.mixes);
    } else if (repairs) {
        const auto pack_plainly = [&](const ir::Graph& candidate) { return packed_plainly(candidate, ranges, rules); };
        RepairResult result = repair(graph, quantize::make_plan(graph, ranges, rules), *samples, request.repair,
                                     pack_plainly, request.threads);
        made.repaired = std::move(result.graph);
        constants_report = std::move(result.report);
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
