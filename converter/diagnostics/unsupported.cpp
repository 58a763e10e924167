#include "diagnostics/unsupported.h"

namespace tinamix {

Error unsupported_error(const std::string& path, const std::vector<Unsupported>& nodes) {
    std::string text =
        std::to_string(nodes.size()) + (nodes.size() == 1 ? " node" : " nodes") + " cannot be converted:";
    for (const Unsupported& node : nodes) {
        text += "\n  " + node.op + " `" + node.name + "`: " + node.reason;
    }
    return {path, text};
}

}  // namespace tinamix
