// Rules first, then joins of a detector's head, followers in execution order, and movers of graph inputs backwards.
#include "quantize/node_precision.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "ir/data_movement.h"
#include "quantize/legality.h"
#include "quantize/stated.h"

namespace tinamix::quantize {

namespace {

bool rule_matches(const PrecisionRules::Rule& rule, std::string_view name) {
    // Names may contain [ and other signs of patterns: the name itself always matches.
    return rule.pattern == name || glob_matches(rule.pattern, name);
}

bool rule_matches(const PrecisionRules::Rule& rule, const ir::Graph& graph, const ir::Node& node) {
    const auto matches = [&](const std::string& name) { return rule_matches(rule, name); };
    if (matches(node.name) || std::any_of(node.absorbed.begin(), node.absorbed.end(), matches)) return true;
    return std::any_of(node.outputs.begin(), node.outputs.end(), [&](ir::ValueId output) {
        return output != ir::kNoValue && rule_matches(rule, graph.value(output).name);
    });
}

[[noreturn]] void fail_unmatched(const PrecisionRules::Rule& rule, const ir::Graph& graph) {
    std::vector<std::string> names;
    for (const ir::Node& node : graph.nodes) {
        names.push_back(node.name);
        names.insert(names.end(), node.absorbed.begin(), node.absorbed.end());
        for (ir::ValueId output : node.outputs) {
            if (output != ir::kNoValue && graph.value(output).name != node.name) {
                names.push_back(graph.value(output).name);
            }
        }
    }
    throw Error(rule.where, fmt::format("no layer is called `{}`", rule.pattern), did_you_mean(rule.pattern, names));
}

/// Every node that no kernel computes, in one error.
void check_operators(const ir::Graph& graph) {
    std::vector<NodeProblem> problems;
    for (const ir::Node& node : graph.nodes) {
        const std::string reason = reason_against(graph, node);
        if (!reason.empty()) problems.push_back({&node, reason});
    }
    fail_with_all(graph.name, problems);
}

/// Per node: what the last matching rule says. Every node that lacks the precision it is asked for, in one error.
std::vector<std::optional<Precision>> named_precisions(const ir::Graph& graph, const PrecisionRules& rules) {
    std::vector<std::optional<Precision>> named(graph.nodes.size());
    std::vector<const PrecisionRules::Rule*> source(graph.nodes.size(), nullptr);
    for (const PrecisionRules::Rule& rule : rules.rules) {
        bool matched = false;
        for (size_t i = 0; i < graph.nodes.size(); ++i) {
            if (!rule_matches(rule, graph, graph.nodes[i])) continue;
            matched = true;
            named[i] = rule.precision;
            source[i] = &rule;
        }
        if (!matched) fail_unmatched(rule, graph);
    }
    std::vector<NodeProblem> problems;
    std::string where;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        if (source[i] == nullptr) continue;
        const OpRule& rule = op_rule(graph, graph.nodes[i]);
        // A pattern names a part of the model, like the precision of the whole; only a name means just this layer.
        const bool is_pattern = source[i]->pattern.find_first_of("*?[") != std::string::npos;
        if (is_pattern && rule.in_float.contains(*named[i])) named[i] = Precision::kF32;
        if (is_pattern && rule.in_nearest.contains(*named[i])) named[i] = nearest_legal(rule, *named[i]);
        const std::string reason = reason_against(rule, *named[i]);
        if (reason.empty()) continue;
        if (problems.empty()) where = source[i]->where;
        problems.push_back({&graph.nodes[i], source[i]->where == where ? reason : source[i]->where + ": " + reason});
    }
    fail_with_all(where, problems);
    return named;
}

ir::ValueId first_computed_input(const ir::Graph& graph, const ir::Node& node) {
    for (ir::ValueId input : node.inputs) {
        if (input != ir::kNoValue && !graph.is_constant(input)) return input;
    }
    return ir::kNoValue;
}

/// Makes the joins that no rule names float32, with everything behind them that only moves data: whoever moves several
/// scales at once needs float32 too. Returns which nodes these are.
std::vector<bool> float_joins(const ir::Graph& graph, const std::vector<std::optional<Precision>>& named,
                              std::vector<HeadJoin>& joins) {
    std::vector<bool> joined(graph.nodes.size(), false), carries(graph.values.size(), false);
    std::erase_if(joins, [&](const HeadJoin& join) { return named[static_cast<size_t>(join.node)].has_value(); });
    for (const HeadJoin& join : joins) joined[static_cast<size_t>(join.node)] = true;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::Node& node = graph.nodes[i];
        const bool moves = ir::only_moves_data(node) && !named[i] &&
                           std::any_of(node.inputs.begin(), node.inputs.end(), [&](ir::ValueId input) {
                               return input != ir::kNoValue && carries[static_cast<size_t>(input)];
                           });
        joined[i] = joined[i] || moves;
        if (!joined[i]) continue;
        for (ir::ValueId output : node.outputs) {
            if (output != ir::kNoValue) carries[static_cast<size_t>(output)] = true;
        }
    }
    return joined;
}

}  // namespace

Precision precision_for_readers(const std::vector<Precision>& readers, Precision otherwise) {
    for (Precision precision : {Precision::kW16A16, Precision::kW8A16, Precision::kW8A8, Precision::kF32}) {
        if (std::find(readers.begin(), readers.end(), precision) != readers.end()) return precision;
    }
    return otherwise;
}

std::vector<Precision> assign_node_precisions(const ir::Graph& graph, const PrecisionRules& rules,
                                              std::vector<HeadJoin>& joins) {
    check_operators(graph);
    const size_t count = graph.nodes.size();
    std::vector<std::optional<Precision>> named = named_precisions(graph, rules);
    const std::vector<bool> joined = float_joins(graph, named, joins);
    for (size_t i = 0; i < count; ++i) {
        if (joined[i]) named[i] = Precision::kF32;
    }
    const bool stated = states_quantization(graph);
    std::vector<Precision> precision(count, rules.base);
    std::vector<bool> asks_readers(count, false);  // follows a graph input, whose precision depends on its readers
    std::vector<int> producer(graph.values.size(), -1);
    std::vector<std::vector<size_t>> readers(graph.values.size());
    for (size_t i = 0; i < count; ++i) {
        const ir::Node& node = graph.nodes[i];
        const OpRule& rule = op_rule(graph, node);
        const ir::ValueId input = first_computed_input(graph, node);
        if (named[i]) {
            precision[i] = *named[i];
        } else if (stated) {
            precision[i] = stated_precision(graph, static_cast<int>(i));
        } else if (rule.follows_producer && input != ir::kNoValue) {
            const int source = producer[static_cast<size_t>(input)];
            asks_readers[i] = source < 0 || asks_readers[static_cast<size_t>(source)];
            if (!asks_readers[i]) precision[i] = precision[static_cast<size_t>(source)];
        }
        if (!named[i] && rule.in_nearest.contains(precision[i])) precision[i] = nearest_legal(rule, precision[i]);
        if (!named[i] && rule.in_float.contains(precision[i])) precision[i] = Precision::kF32;
        for (ir::ValueId id : node.inputs) {
            if (id != ir::kNoValue) readers[static_cast<size_t>(id)].push_back(i);
        }
        for (ir::ValueId id : node.outputs) {
            if (id != ir::kNoValue) producer[static_cast<size_t>(id)] = static_cast<int>(i);
        }
    }
    for (size_t i = count; i-- > 0;) {
        if (!asks_readers[i]) continue;
        std::vector<Precision> wanted;
        for (ir::ValueId output : graph.nodes[i].outputs) {
            if (output == ir::kNoValue) continue;
            for (size_t reader : readers[static_cast<size_t>(output)]) wanted.push_back(precision[reader]);
        }
        precision[i] = precision_for_readers(wanted, rules.base);
        if (op_rule(graph, graph.nodes[i]).in_float.contains(precision[i])) precision[i] = Precision::kF32;
    }
    std::vector<NodeProblem> problems;
    for (size_t i = 0; i < count; ++i) {
        if (named[i] && !joined[i]) continue;
        const std::string reason = reason_against(op_rule(graph, graph.nodes[i]), precision[i]);
        if (!reason.empty()) problems.push_back({&graph.nodes[i], reason});
    }
    fail_with_all("precision of the model", problems);
    return precision;
}

}  // namespace tinamix::quantize
