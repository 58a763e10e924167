#include "search/groups.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <set>

#include "quantize/node_precision.h"

namespace tinamix::search {

using quantize::Precision;

namespace {

constexpr std::array kIntegerPrecisions = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16};

/// Joins sets, the smallest index as their representative.
class DisjointSets {
  public:
    explicit DisjointSets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
    int find(int index) {
        while (parent_[static_cast<size_t>(index)] != index) index = parent_[static_cast<size_t>(index)];
        return index;
    }
    void join(int a, int b) {
        a = find(a);
        b = find(b);
        parent_[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
    }

  private:
    std::vector<int> parent_;
};

bool shares_type_with_operands(const ir::Node& node) {
    constexpr std::array kOps = {"Add", "Sub", "Min", "Max", "Concat", "Where"};
    return node.domain.empty() && std::find(kOps.begin(), kOps.end(), node.op) != kOps.end();
}

/// A layer whose result is more than a function of single elements of one operand.
bool begins_group(const ir::Graph& graph, const ir::Node& node, const quantize::OpRule& rule) {
    if (rule.has_weights) return true;
    const auto names = [&node](const char* part) { return node.op.find(part) != std::string::npos; };
    if (names("Normalization") || names("Softmax")) return true;
    const auto computed = std::count_if(node.inputs.begin(), node.inputs.end(), [&](ir::ValueId input) {
        return input != ir::kNoValue && !graph.is_constant(input);
    });
    return names("MatMul") && computed > 1;
}

/// Per node: a precision can be chosen for it.
std::vector<bool> free_nodes(const ir::Graph& graph, const calibrate::Ranges& ranges,
                             const quantize::PrecisionRules& rules) {
    std::vector<std::vector<Precision>> found;
    for (const Precision base : kIntegerPrecisions) {
        quantize::PrecisionRules based = rules;
        based.base = base;
        found.push_back(quantize::make_plan(graph, ranges, based).node_precision);
    }
    std::vector<bool> free(graph.nodes.size());
    for (size_t i = 0; i < free.size(); ++i) free[i] = found.front()[i] != found.back()[i];
    return free;
}

}  // namespace

std::vector<Group> find_groups(const ir::Graph& graph, const calibrate::Ranges& ranges,
                               const quantize::PrecisionRules& rules) {
    const std::vector<bool> free = free_nodes(graph, ranges, rules);
    std::vector<int> producer(graph.values.size(), -1);
    // Per node: any node of its group, or -1.
    std::vector<int> member(graph.nodes.size(), -1);
    DisjointSets sets(graph.nodes.size());
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::Node& node = graph.nodes[i];
        const int index = static_cast<int>(i);
        for (const ir::ValueId output : node.outputs) {
            if (output != ir::kNoValue) producer[static_cast<size_t>(output)] = index;
        }
        if (!free[i]) continue;
        const quantize::OpRule& rule = quantize::op_rule(graph, node);
        if (begins_group(graph, node, rule)) {
            member[i] = index;
            continue;
        }
        for (const ir::ValueId input : node.inputs) {
            const int source = input == ir::kNoValue ? -1 : producer[static_cast<size_t>(input)];
            if (source < 0 || member[static_cast<size_t>(source)] < 0) continue;
            if (member[i] < 0) member[i] = member[static_cast<size_t>(source)];
            if (!shares_type_with_operands(node)) break;
            sets.join(member[i], member[static_cast<size_t>(source)]);
        }
        // Arithmetic on the input of the network, before any layer with weights.
        if (member[i] < 0 && !rule.follows_producer) member[i] = index;
    }
    std::vector<Group> groups;
    std::vector<int> group_of(graph.nodes.size(), -1);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        if (member[i] < 0) continue;
        const quantize::OpRule& rule = quantize::op_rule(graph, graph.nodes[i]);
        if (rule.follows_producer) continue;
        int& group = group_of[static_cast<size_t>(sets.find(member[i]))];
        if (group < 0) {
            group = static_cast<int>(groups.size());
            groups.push_back({graph.nodes[i].name, {}, {}});
        }
        groups[static_cast<size_t>(group)].nodes.push_back(static_cast<int>(i));
    }
    for (Group& group : groups) {
        const bool weighs = std::any_of(group.nodes.begin(), group.nodes.end(), [&](int node) {
            return quantize::op_rule(graph, graph.nodes[static_cast<size_t>(node)]).has_weights;
        });
        // Without weights w8a16 and w16a16 are the same.
        group.precisions = weighs ? std::vector{Precision::kW8A8, Precision::kW8A16, Precision::kW16A16}
                                  : std::vector{Precision::kW8A8, Precision::kW16A16};
        group.precisions.push_back(Precision::kF32);
    }
    return groups;
}

std::vector<std::pair<size_t, size_t>> find_neighbours(const ir::Graph& graph, const std::vector<Group>& groups) {
    constexpr size_t kNone = SIZE_MAX;
    std::vector<size_t> group_of(graph.nodes.size(), kNone);
    for (size_t g = 0; g < groups.size(); ++g) {
        for (const int node : groups[g].nodes) group_of[static_cast<size_t>(node)] = g;
    }
    std::vector<std::set<size_t>> made_by(graph.values.size());
    std::set<std::pair<size_t, size_t>> pairs;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        std::set<size_t> makers;
        for (const ir::ValueId input : graph.nodes[i].inputs) {
            if (input == ir::kNoValue) continue;
            const std::set<size_t>& of = made_by[static_cast<size_t>(input)];
            makers.insert(of.begin(), of.end());
        }
        const size_t group = group_of[i];
        for (const size_t maker : makers) {
            if (group != kNone && maker != group) pairs.insert(std::minmax(maker, group));
        }
        if (group != kNone) makers = {group};
        for (const ir::ValueId output : graph.nodes[i].outputs) {
            if (output != ir::kNoValue) made_by[static_cast<size_t>(output)] = makers;
        }
    }
    return {pairs.begin(), pairs.end()};
}

std::string literal_pattern(const std::string& name) {
    std::string pattern;
    for (const char c : name) {
        if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern;
}

quantize::PrecisionRules rules_for(const ir::Graph& graph, const quantize::PrecisionRules& rules,
                                   const std::vector<Group>& groups, const std::vector<Precision>& precision) {
    quantize::PrecisionRules result = rules;
    result.base = Precision::kW8A8;
    for (size_t g = 0; g < groups.size(); ++g) {
        if (precision[g] == result.base) continue;
        for (const int index : groups[g].nodes) {
            const ir::Node& node = graph.nodes[static_cast<size_t>(index)];
            const quantize::OpRule& rule = quantize::op_rule(graph, node);
            Precision wanted = quantize::nearest_legal(rule, precision[g]);
            if (rule.in_float.contains(wanted)) wanted = Precision::kF32;
            result.rules.push_back({literal_pattern(node.name), wanted, "search"});
        }
    }
    return result;
}

}  // namespace tinamix::search
