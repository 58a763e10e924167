#include "tool/convertible.h"

#include "ir/known_part.h"
#include "optimize/optimize.h"
#include "pack/unsupported.h"
#include "quantize/stated.h"
#include "tool/measured_ranges.h"

namespace tinamix::tool {

ir::Graph load_convertible(const std::string& path, const import::ImportOptions& options,
                           const std::map<std::string, std::string>& states, const quantize::PrecisionRules& rules,
                           const pack::Target& target) {
    import::Survey survey = import::survey_onnx(path, options);
    std::vector<Unsupported> list = std::move(survey.unsupported);
    quantize::PrecisionRules checked = rules;
    if (list.empty()) {
        take_states(survey.graph, states);
    } else {
        // What can be told of the rest; layers that the rules name may not be in it.
        survey.graph = ir::known_part(survey.graph, survey.unsupported_nodes, survey.unknown);
        checked.rules.clear();
    }
    if (quantize::has_quantization_nodes(survey.graph)) {
        optimize::fold_constants(survey.graph, optimize::Folding::kKeepCodes);
        quantize::take_stated_quantization(survey.graph);
    }
    optimize::optimize(survey.graph);
    for (Unsupported& node : pack::unsupported_nodes(survey.graph, checked, target)) list.push_back(std::move(node));
    if (!list.empty()) throw unsupported_error(path, list);
    return std::move(survey.graph);
}

}  // namespace tinamix::tool
