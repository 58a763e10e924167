// Concat along any axis, in the layout of its first computed input.
#include "pack/lowering.h"

namespace tinamix::pack {

namespace fb = tmx::format;

void lower_concat(Lowering& lowering, const ir::Node& node) {
    const size_t rank = lowering.shape(node.outputs[0]).size();
    Layout layout = identity_layout(rank);
    for (ir::ValueId input : node.inputs) {
        if (lowering.graph().is_constant(input)) continue;
        layout = lowering.layout_of(input);
        break;
    }
    std::vector<int32_t> sources;
    for (size_t i = 0; i < node.inputs.size(); ++i) sources.push_back(lowering.read(node, i, layout));
    const int result = lowering.define(node.outputs[0], layout);
    const quantize::Quantization& output = lowering.form(node.outputs[0]);
    const int64_t axis = node.integer("axis", 0);
    fb::ConcatT options;
    options.axis = storage_axis(layout, axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
    if (output.format != quantize::NumberFormat::kFloat32) {
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            options.rescales.push_back(
                rescale_option(static_cast<double>(lowering.input_form(node, i).scale) / output.scale));
        }
    }
    lowering.emit(node, std::move(options), std::move(sources), {result});
}

}  // namespace tinamix::pack
