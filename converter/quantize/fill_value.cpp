#include "quantize/fill_value.h"

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

double fill_value(const ir::Graph& graph, const ir::Node& node) {
    if (node.text("mode", "constant") != "constant") return 0;
    if (node.has("value")) return static_cast<double>(node.real("value", 0));  // opset < 11
    if (node.inputs.size() < 3 || node.inputs[2] == ir::kNoValue) return 0;
    const ir::Value& value = graph.value(node.inputs[2]);
    if (!value.constant || value.constant->elements() != 1) {
        throw Error(fmt::format("node `{}` ({})", node.name, node.op),
                    fmt::format("the fill value `{}` is not one constant", value.name));
    }
    return static_cast<double>(value.constant->to_floats().front());
}

}  // namespace tinamix::quantize
