// The ranges file: one line per tensor, in the order of execution.
#include <fmt/format.h>

#include <set>

#include "calibrate/ranges.h"
#include "diagnostics/error.h"
#include "formats/strict_yaml.h"

namespace tinamix::calibrate {
namespace {

constexpr int kVersion = 1;
/// YAML wants longer keys written as `? key`.
constexpr size_t kLongestPlainKey = 1000;

/// Names of the graph's values: inputs, then node outputs in order.
std::vector<std::string> names_in_order(const ir::Graph& graph) {
    std::vector<std::string> names;
    for (const ir::ValueId id : graph.inputs) names.push_back(graph.value(id).name);
    for (const ir::State& state : graph.states) names.push_back(graph.value(state.input).name);
    for (const ir::Node& node : graph.nodes)
        for (const ir::ValueId id : node.outputs)
            if (id != ir::kNoValue) names.push_back(graph.value(id).name);
    return names;
}

Method read_method(const formats::YamlNode& node) {
    try {
        return method_from_name(node.text());
    } catch (const Error& error) {
        throw Error(node.where(), error.what());
    }
}

Range read_range(const formats::YamlNode& node) {
    node.expect_keys({"min", "max", "observed_min", "observed_max", "method"});
    Range range;
    range.min = node.at("min").real();
    range.max = node.at("max").real();
    // Who writes a range by hand has observed nothing else.
    range.observed_min = node.has("observed_min") ? node.at("observed_min").real() : range.min;
    range.observed_max = node.has("observed_max") ? node.at("observed_max").real() : range.max;
    if (node.has("method")) range.method = read_method(node.at("method"));
    if (range.min > range.max) node.fail(node.path() + ": min is larger than max");
    if (range.observed_min > range.observed_max) node.fail(node.path() + ": observed_min is larger than observed_max");
    return range;
}

}  // namespace

std::string ranges_to_yaml(const Ranges& ranges, const ir::Graph& graph) {
    std::string text = fmt::format(
        "# Value ranges of every tensor, in the order of execution. min and max are what the quantizer covers;\n"
        "# edit them to taste.\n"
        "version: {}\nmodel: {}\nmethod: {}\nsamples: {}\ntensors:{}\n",
        kVersion, formats::yaml_quoted(ranges.model), method_name(ranges.method), ranges.samples,
        ranges.tensors.empty() ? " {}" : "");
    std::set<std::string> written;
    for (const std::string& name : names_in_order(graph)) {
        const auto found = ranges.tensors.find(name);
        if (found == ranges.tensors.end()) continue;
        const Range& range = found->second;
        const std::string key = formats::yaml_quoted(name);
        const std::string lead = key.size() > kLongestPlainKey ? "? " + key + "\n  :" : key + ":";
        // {} of a float is the shortest text that reads back as the same float.
        text += fmt::format("  {} {{min: {}, max: {}, observed_min: {}, observed_max: {}{}}}\n", lead, range.min,
                            range.max, range.observed_min, range.observed_max,
                            range.method ? fmt::format(", method: {}", method_name(*range.method)) : "");
        written.insert(name);
    }
    for (const auto& [name, range] : ranges.tensors)
        if (written.count(name) == 0)
            throw Error("", "there is a range for tensor `" + name + "`, which the model `" + graph.name + "` has not");
    return text;
}

Ranges ranges_from_yaml(const std::string& path) {
    const formats::YamlNode root = formats::read_yaml(path);
    root.expect_keys({"version", "model", "method", "samples", "tensors"});
    const formats::YamlNode version = root.at("version");
    if (version.integer() != kVersion)
        version.fail("version " + version.text() + " of the ranges file is not known", "this program reads version 1");
    Ranges ranges;
    ranges.model = root.at("model").text();
    ranges.method = read_method(root.at("method"));
    ranges.samples = static_cast<size_t>(root.at("samples").integer(0));
    for (const auto& [name, node] : root.at("tensors").entries()) ranges.tensors.emplace(name, read_range(node));
    return ranges;
}

}  // namespace tinamix::calibrate
