#include "quantize/operator_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "quantize/legality.h"

namespace tinamix::quantize {

namespace {

constexpr Precision kPrecisions[] = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32};

constexpr std::string_view kIntroduction =
    "# Operators\n"
    "\n"
    "What each ONNX operator can be computed in. Made from `converter/quantize/legality.cpp` by `tinamix operators "
    "--markdown`;\n"
    "a test compares the two.\n"
    "\n"
    "- **yes**: has kernels for it, exact on every processor (`docs/arithmetic.md`).\n"
    "- **f32**, **w8a16**: in a model (or a group of layers) of this precision the operator runs in that one, for the "
    "reason\n"
    "  given. Asked for by the layer's own name it is an error that names the nearest legal precision.\n"
    "- **no**: an error that names the nearest legal precision, before calibration.\n"
    "\n"
    "For operators without weights w8a16 and w16a16 are the same: int16 activations. Indices and truth values are "
    "int32 "
    "in all\n"
    "precisions.\n";

std::string_view cell(const OpRule& rule, Precision precision) {
    if (rule.precisions.contains(precision)) return "yes";
    if (rule.in_nearest.contains(precision)) return precision_name(nearest_legal(rule, precision));
    return rule.in_float.contains(precision) ? "f32" : "no";
}

std::string full_name(const OpRule& rule) {
    return rule.domain.empty() ? std::string(rule.op) : fmt::format("{}:{}", rule.domain, rule.op);
}

/// By name; the table of the source is ordered by kind.
std::vector<const OpRule*> sorted_rules() {
    std::vector<const OpRule*> rules;
    for (const OpRule& rule : op_rules()) rules.push_back(&rule);
    std::sort(rules.begin(), rules.end(),
              [](const OpRule* a, const OpRule* b) { return full_name(*a) < full_name(*b); });
    return rules;
}

}  // namespace

std::string operators_markdown() {
    std::string text(kIntroduction);
    text += "\n| operator |";
    for (Precision precision : kPrecisions) text += fmt::format(" {} |", precision_name(precision));
    text += " targets | |\n|---|---|---|---|---|---|---|\n";
    for (const OpRule* rule : sorted_rules()) {
        text += fmt::format("| {} |", full_name(*rule));
        for (Precision precision : kPrecisions) text += fmt::format(" {} |", cell(*rule, precision));
        text += fmt::format(" {} | {} |\n", rule->targets == "*" ? "all" : rule->targets, rule->note);
    }
    text += "\nOperators that are gone before precisions are chosen:\n\n| operator | becomes |\n|---|---|\n";
    for (const RewrittenOp& rewritten : rewritten_ops()) {
        text += fmt::format("| {} | {} |\n", rewritten.op, rewritten.becomes);
    }
    return text;
}

nlohmann::ordered_json operators_json() {
    nlohmann::ordered_json json{{"operators", nlohmann::ordered_json::array()},
                                {"rewritten", nlohmann::ordered_json::array()}};
    for (const OpRule* rule : sorted_rules()) {
        nlohmann::ordered_json precisions;
        for (Precision precision : kPrecisions) {
            precisions[std::string(precision_name(precision))] = cell(*rule, precision);
        }
        json["operators"].push_back({{"op", rule->op},
                                     {"domain", rule->domain},
                                     {"precisions", precisions},
                                     {"targets", rule->targets},
                                     {"note", rule->note}});
    }
    for (const RewrittenOp& rewritten : rewritten_ops()) {
        json["rewritten"].push_back({{"op", rewritten.op}, {"becomes", rewritten.becomes}});
    }
    return json;
}

}  // namespace tinamix::quantize
