// The list of everything in a model that stands in the way.
#include "import/operator_check.h"

#include <algorithm>
#include <vector>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/attributes.h"
#include "import/shape_inference.h"

namespace tinamix::import {

namespace {

/// "" when nothing speaks against the node.
std::string reason_against(const onnx::NodeProto& node, int64_t opset, const std::filesystem::path& folder,
                           const std::vector<std::string>& known) {
    ir::Node probe;
    probe.op = node.op_type();
    probe.domain = node.domain() == "ai.onnx" ? "" : node.domain();
    if (!probe.domain.empty()) {
        return "operators of the domain `" + probe.domain + "` are not supported";
    }
    if (!is_onnx_operator(probe.op, "", opset)) {
        const std::string near = did_you_mean(probe.op, known);
        return "opset " + std::to_string(opset) + " has no such operator" + (near.empty() ? "" : " (" + near + ")");
    }
    if (std::binary_search(known.begin(), known.end(), probe.op)) {
        probe.attributes = read_attributes(node, folder, probe.op + " `" + node.name() + "`");
        probe.outputs.resize(static_cast<size_t>(node.output_size()), ir::kNoValue);
    }
    return float_exec::unsupported_reason(probe);
}

}  // namespace

void check_operators(const onnx::GraphProto& graph, int64_t opset, const std::filesystem::path& folder,
                     const std::string& path) {
    const std::vector<std::string> known = float_exec::supported_operators();
    std::string list;
    int count = 0;
    for (const onnx::NodeProto& node : graph.node()) {
        const std::string reason = reason_against(node, opset, folder, known);
        if (!reason.empty()) {
            const bool named = !node.name().empty() || node.output_size() == 0;
            list += "\n  " + node.op_type() + " `" + (named ? node.name() : node.output(0)) + "`: " + reason;
            ++count;
        }
    }
    if (count > 0) {
        throw Error(path,
                    std::to_string(count) + (count == 1 ? " node cannot" : " nodes cannot") + " be converted:" + list);
    }
}

}  // namespace tinamix::import
