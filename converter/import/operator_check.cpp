#include "import/operator_check.h"

#include <algorithm>
#include <vector>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/operator_schema.h"

namespace tinamix::import {

std::string ir_domain(const onnx::NodeProto& node) {
    if (node.domain() == "ai.onnx") {
        return "";
    }
    // ONNX Runtime's forms for 16 bit codes before opset 21.
    const bool quantization = node.op_type() == "QuantizeLinear" || node.op_type() == "DequantizeLinear";
    return node.domain() == "com.microsoft" && quantization ? "" : node.domain();
}

std::string operator_problem(const ir::Node& node, int64_t opset) {
    if (!node.domain.empty()) {
        return "operators of the domain `" + node.domain + "` are not supported";
    }
    static const std::vector<std::string> known = float_exec::supported_operators();
    if (!is_onnx_operator(node.op, opset)) {
        const std::string near = did_you_mean(node.op, known);
        return "opset " + std::to_string(opset) + " has no such operator" + (near.empty() ? "" : " (" + near + ")");
    }
    return std::binary_search(known.begin(), known.end(), node.op) ? "" : float_exec::unsupported_reason(node);
}

}  // namespace tinamix::import
