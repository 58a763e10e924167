// Max and average pooling, over windows and over everything.
#include <algorithm>

#include "diagnostics/error.h"
#include "pack/image.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;

namespace {

/// What a pool works on.
struct Pool {
    int source, result;
    fb::Window2D window;
};

/// Padding on any side of the data, whether asked for or implied by the output size.
bool touches_padding(const fb::Window2D& window) {
    return window.pad_top() + window.pad_left() + window.pad_bottom() + window.pad_right() != 0;
}

/// Data of any number of dimensions as one window: the first spatial dimension by all others.
Pool global_pool(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const Layout layout = channels_last(shape.size());
    const int64_t rows = shape.size() > 3 ? shape[2] : 1;
    const int64_t columns = ir::element_count(shape) / (shape[0] * shape[1] * rows);
    if (std::max(rows, columns) > 65535) throw Error(node.name, "more than 65535 rows or columns in one window");
    const int source = lowering.view(lowering.read(node, 0, layout), {shape[0], rows, columns, shape[1]});
    const int result = lowering.define_viewed(node.outputs[0], layout, {shape[0], 1, 1, shape[1]});
    return {source, result,
            fb::Window2D(static_cast<uint16_t>(rows), static_cast<uint16_t>(columns), 1, 1, 1, 1, 0, 0, 0, 0)};
}

Pool window_pool(Lowering& lowering, const ir::Node& node) {
    const ir::Shape input = image_shape(node, lowering.shape(node.inputs[0]));
    const ir::Shape output = image_shape(node, lowering.shape(node.outputs[0]));
    const fb::Window2D window = window_options(node, input, output, node.integers("kernel_shape"));
    return {read_image(lowering, node, 0), define_image(lowering, node, node.outputs[0]), window};
}

/// Where padding counts, the input with its padding as data: an average over the valid elements is then one over
/// everything but the overhang of a window that ceil_mode adds.
void pad_input(Lowering& lowering, const ir::Node& node, Pool& pool) {
    const ir::Shape input = image_shape(node, lowering.shape(node.inputs[0]));
    std::vector<int64_t> behind = node.integers("pads", {0, 0, 0, 0});
    behind.erase(behind.begin(), behind.begin() + static_cast<std::ptrdiff_t>(behind.size() / 2));
    behind.insert(behind.begin(), 2 - behind.size(), 0);
    const fb::Window2D& window = pool.window;
    // auto_pad pads just what the windows need.
    const bool automatic = !node.has("pads");
    const auto indices = [](int64_t front, int64_t size, int64_t back) {
        std::vector<int32_t> result(static_cast<size_t>(front + size + back), -1);
        for (int64_t i = 0; i < size; ++i) result[static_cast<size_t>(front + i)] = static_cast<int32_t>(i);
        return result;
    };
    const std::vector<int32_t> rows = indices(window.pad_top(), input[1], automatic ? window.pad_bottom() : behind[0]);
    const std::vector<int32_t> columns =
        indices(window.pad_left(), input[2], automatic ? window.pad_right() : behind[1]);
    const auto padded_h = static_cast<int64_t>(rows.size()), padded_w = static_cast<int64_t>(columns.size());
    const quantize::Quantization& form = lowering.input_form(node, 0);
    const int padded = lowering.derive(lowering.graph().value(node.inputs[0]).name + "#padded", form,
                                       {input[0], padded_h, padded_w, input[3]});
    fb::IndexedCopyT options;
    options.rows = std::make_unique<fb::Span>(lowering.weights().add(rows));
    options.columns = std::make_unique<fb::Span>(lowering.weights().add(columns));
    options.fill = form.zero_point;
    lowering.emit(node.name + "#pad", "Pad", lowering.precision(node), std::move(options), {pool.source}, {padded});
    pool.source = padded;
    const auto overhang = [](int64_t front, int64_t size, int64_t last, int64_t padded_size) {
        return static_cast<uint16_t>(std::max<int64_t>(front + size + last - padded_size, 0));
    };
    pool.window =
        fb::Window2D(window.kernel_h(), window.kernel_w(), window.stride_h(), window.stride_w(), window.dilation_h(),
                     window.dilation_w(), 0, 0, overhang(window.pad_top(), input[1], window.pad_bottom(), padded_h),
                     overhang(window.pad_left(), input[2], window.pad_right(), padded_w));
}

void emit_average(Lowering& lowering, const ir::Node& node, Pool pool) {
    const bool overhangs = node.integer("ceil_mode", 0) != 0;
    fb::AveragePool2DT options;
    options.count_padding = node.integer("count_include_pad", 0) != 0 && touches_padding(pool.window);
    if (options.count_padding && overhangs) {
        pad_input(lowering, node, pool);
        options.count_padding = false;
    }
    options.window = std::make_unique<fb::Window2D>(pool.window);
    if (lowering.format(node) != NumberFormat::kFloat32) {
        const double ratio =
            static_cast<double>(lowering.input_form(node, 0).scale) / lowering.form(node.outputs[0]).scale;
        const int64_t area = int64_t{pool.window.kernel_h()} * pool.window.kernel_w();
        const int64_t first = options.count_padding || !touches_padding(pool.window) ? area : 1;
        for (int64_t count = first; count <= area; ++count) {
            options.rescales.push_back(rescale_option(ratio / static_cast<double>(count)));
        }
    }
    lowering.emit(node, std::move(options), {pool.source}, {pool.result});
}

}  // namespace

void lower_pool(Lowering& lowering, const ir::Node& node) {
    if (node.outputs.size() > 1 && node.outputs[1] != ir::kNoValue) {
        throw Error(node.name, "the indices output of MaxPool has no board implementation");
    }
    const bool global = node.op.rfind("Global", 0) == 0;
    const Pool pool = global ? global_pool(lowering, node) : window_pool(lowering, node);
    if (node.op == "AveragePool" || node.op == "GlobalAveragePool") {
        emit_average(lowering, node, pool);
        return;
    }
    fb::MaxPool2DT options;
    options.window = std::make_unique<fb::Window2D>(pool.window);
    lowering.emit(node, std::move(options), {pool.source}, {pool.result});
}

}  // namespace tinamix::pack
