// tinamix inspect net.onnx: facts from the graph as imported, before any rewriting.
#include <algorithm>
#include <filesystem>

#include "import/onnx_import.h"
#include "tool/inspect.h"
#include "tool/onnx_cost.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

/// Without type and shape where they cannot be told.
Json value_json(const import::Survey& survey, ir::ValueId id) {
    const ir::Value& value = survey.graph.value(id);
    if (survey.unknown.count(id) != 0) return {{"name", value.name}, {"type", nullptr}, {"shape", nullptr}};
    return {{"name", value.name}, {"type", ir::element_type_name(value.type)}, {"shape", value.shape}};
}

bool all_known(const import::Survey& survey, const ir::Node& node) {
    const auto unknown = [&](ir::ValueId id) { return survey.unknown.count(id) != 0; };
    return std::none_of(node.inputs.begin(), node.inputs.end(), unknown) &&
           std::none_of(node.outputs.begin(), node.outputs.end(), unknown);
}

uint64_t bytes_of(const ir::Value& value) {
    return static_cast<uint64_t>(ir::element_count(value.shape)) * ir::element_bytes(value.type);
}

/// Largest sum of simultaneously live values when run node by node.
uint64_t peak_bytes(const ir::Graph& graph) {
    const size_t steps = graph.nodes.size();
    std::vector<int64_t> first(graph.values.size(), -1), last(graph.values.size(), -1);
    const auto touch = [&](ir::ValueId id, size_t step) {
        if (id == ir::kNoValue || graph.is_constant(id)) return;
        const auto at = static_cast<size_t>(id);
        const auto when = static_cast<int64_t>(step);
        first[at] = first[at] < 0 ? when : std::min(first[at], when);
        last[at] = std::max(last[at], when);
    };
    for (const ir::ValueId id : graph.inputs) touch(id, 0);
    for (size_t step = 0; step < steps; ++step) {
        for (const ir::ValueId id : graph.nodes[step].inputs) touch(id, step);
        for (const ir::ValueId id : graph.nodes[step].outputs) touch(id, step);
    }
    for (const ir::ValueId id : graph.outputs) touch(id, steps == 0 ? 0 : steps - 1);
    std::vector<int64_t> change(steps + 2, 0);
    for (size_t i = 0; i < first.size(); ++i) {
        if (first[i] < 0) continue;
        const auto bytes = static_cast<int64_t>(bytes_of(graph.values[i]));
        change[static_cast<size_t>(first[i])] += bytes;
        change[static_cast<size_t>(last[i]) + 1] -= bytes;
    }
    int64_t live = 0, peak = 0;
    for (const int64_t difference : change) peak = std::max(peak, live += difference);
    return static_cast<uint64_t>(peak);
}

}  // namespace

Json inspect_onnx(const std::string& path, const import::ImportOptions& options) {
    const import::Survey survey = import::survey_onnx(path, options);
    const ir::Graph& graph = survey.graph;
    Json json;
    json["file"] = std::filesystem::path(path).filename().string();
    json["kind"] = "onnx";
    json["graph"] = graph.name;
    json["opset"] = graph.opset;
    json["file_bytes"] = std::filesystem::file_size(path);
    json["inputs"] = Json::array();
    for (const ir::ValueId id : graph.inputs) json["inputs"].push_back(value_json(survey, id));
    json["outputs"] = Json::array();
    for (const ir::ValueId id : graph.outputs) json["outputs"].push_back(value_json(survey, id));
    if (!survey.unsupported.empty()) {
        json["unsupported"] = Json::array();
        for (const Unsupported& node : survey.unsupported) {
            json["unsupported"].push_back({{"name", node.name}, {"op", node.op}, {"reason", node.reason}});
        }
    }

    uint64_t macs = 0;
    Json layers = Json::array();
    std::map<std::string, size_t> operators;
    for (const ir::Node& node : graph.nodes) {
        const uint64_t node_macs = all_known(survey, node) ? multiply_accumulates(graph, node) : 0;
        const Parameters own = parameters(graph, node);
        macs += node_macs;
        ++operators[node.op];
        Json layer{{"name", node.name}, {"op", node.op}, {"precision", "f32"}, {"outputs", Json::array()}};
        uint64_t output_bytes = 0;
        for (const ir::ValueId id : node.outputs) {
            if (id == ir::kNoValue) continue;
            layer["outputs"].push_back(value_json(survey, id));
            output_bytes += survey.unknown.count(id) != 0 ? 0 : bytes_of(graph.value(id));
        }
        layer["macs"] = node_macs;
        layer["parameters"] = own.elements;
        layer["parameter_bytes"] = own.bytes;
        layer["output_bytes"] = output_bytes;
        layers.push_back(std::move(layer));
    }
    // A constant that several nodes read counts once.
    uint64_t elements = 0, bytes = 0;
    for (const ir::Value& value : graph.values) {
        if (!value.constant || value.type != ir::ElementType::kFloat32) continue;
        elements += static_cast<uint64_t>(value.constant->elements());
        bytes += value.constant->bytes();
    }
    json["layer_count"] = graph.nodes.size();
    json["operators"] = operators;
    json["macs"] = macs;
    json["parameters"] = elements;
    json["parameter_bytes"] = bytes;
    json["peak_live_bytes"] = peak_bytes(graph);
    json["layers"] = std::move(layers);
    return json;
}

}  // namespace tinamix::tool
