// Max, average and global average pooling.
#include "diagnostics/error.h"
#include "pack/lowering.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;

namespace {

/// Padding on any side of the data, whether asked for or implied by the output size.
bool touches_padding(const fb::Window2D& window) {
    return window.pad_top() + window.pad_left() + window.pad_bottom() + window.pad_right() != 0;
}

}  // namespace

void lower_pool(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& input = lowering.shape(node.inputs[0]);
    if (input.size() != 4) throw Error(node.name, node.op + " is supported over images (4 dimensions) only");
    const ir::Shape& output = lowering.shape(node.outputs[0]);
    if (node.outputs.size() > 1 && node.outputs[1] != ir::kNoValue) {
        throw Error(node.name, "the indices output of MaxPool has no board implementation");
    }
    const WindowSize size{input[2], input[3], output[2], output[3]};
    const bool global = node.op == "GlobalAveragePool";
    const std::vector<int64_t> kernel =
        global ? std::vector<int64_t>{input[2], input[3]} : node.integers("kernel_shape");
    const fb::Window2D window = window_options(node, size, kernel[0], kernel[1]);
    const int source = lowering.read(node, 0, channels_last(4));
    const int result = lowering.define(node.outputs[0], channels_last(4));

    if (node.op == "MaxPool") {
        fb::MaxPool2DT options;
        options.window = std::make_unique<fb::Window2D>(window);
        lowering.emit(node, std::move(options), {source}, {result});
        return;
    }
    fb::AveragePool2DT options;
    options.window = std::make_unique<fb::Window2D>(window);
    options.count_padding = node.integer("count_include_pad", 0) != 0;
    if (options.count_padding && node.integer("ceil_mode", 0) != 0 && touches_padding(window)) {
        throw Error(node.name, "AveragePool with both ceil_mode and count_include_pad has no board implementation");
    }
    if (lowering.format(node) != NumberFormat::kFloat32) {
        const double ratio =
            static_cast<double>(lowering.input_form(node, 0).scale) / lowering.form(node.outputs[0]).scale;
        const int64_t area = kernel[0] * kernel[1];
        const int64_t first = options.count_padding || !touches_padding(window) ? area : 1;
        for (int64_t count = first; count <= area; ++count) {
            options.rescales.push_back(rescale_option(ratio / static_cast<double>(count)));
        }
    }
    lowering.emit(node, std::move(options), {source}, {result});
}

}  // namespace tinamix::pack
