#include "cost/op_work.h"

#include <algorithm>

namespace tinamix::cost {

namespace fb = tmx::format;
using quantize::Precision;

namespace {

Precision precision_of(fb::Precision precision) {
    switch (precision) {
        case fb::Precision::W8A8:
            return Precision::kW8A8;
        case fb::Precision::W8A16:
            return Precision::kW8A16;
        case fb::Precision::W16A16:
            return Precision::kW16A16;
        case fb::Precision::F32:
            break;
    }
    return Precision::kF32;
}

int64_t elements(const fb::ModelT& model, const std::vector<int32_t>& tensors) {
    int64_t sum = 0;
    for (const int32_t index : tensors) {
        int64_t count = 1;
        for (const int32_t dimension : model.tensors[static_cast<size_t>(index)]->shape) count *= dimension;
        sum += count;
    }
    return sum;
}

/// Positions of an image [n, h, w, c].
int64_t positions(const fb::TensorT& image) {
    int64_t count = 1;
    for (size_t d = 0; d + 1 < image.shape.size(); ++d) count *= image.shape[d];
    return count;
}

void add_window(OpWork& work, const fb::Window2D& window, const fb::TensorT& output) {
    const int64_t places = int64_t{window.kernel_h()} * window.kernel_w();
    work.positions = positions(output) * places;
    work.taps = work.outputs * places;
}

}  // namespace

std::string plain_kind(const std::string& kind) {
    for (const std::string_view behind : {kWide, kLong}) {
        if (kind.ends_with(behind)) return kind.substr(0, kind.size() - behind.size());
    }
    return kind;
}

std::vector<OpWork> works_of(const fb::ModelT& model) {
    std::vector<OpWork> works;
    for (const auto& op : model.ops) {
        OpWork work{op->layer, fb::EnumNameOptions(op->options.type), precision_of(op->precision)};
        work.macs = static_cast<int64_t>(op->macs);
        work.inputs = elements(model, op->inputs);
        work.outputs = elements(model, op->outputs);
        const fb::TensorT& output = *model.tensors[static_cast<size_t>(op->outputs.front())];
        if (const fb::Conv2DT* conv = op->options.AsConv2D()) {
            add_window(work, *conv->window, output);
            const bool single = positions(output) == 1;
            const bool window = conv->window->kernel_h() > 1 || conv->window->kernel_w() > 1;
            work.kind = window ? "convolution" : single ? "fully_connected" : "pointwise";
            work.weight_bytes = static_cast<int64_t>(conv->weights.front()->span->bytes());
            work.visits = work.macs / std::max(output.shape.back(), 1);
            if (work.precision == Precision::kW16A16) {  // whose kernels sum in 64 bits anyway
                if (!conv->short_runs) work.kind += kLong;
            } else if (conv->accumulator == fb::Accumulator::Int64) {
                work.kind += kWide;
            }
        } else if (const fb::DepthwiseConv2DT* depthwise = op->options.AsDepthwiseConv2D()) {
            add_window(work, *depthwise->window, output);
            work.kind = "depthwise";
            work.weight_bytes = static_cast<int64_t>(depthwise->weights->span->bytes());
            const bool wide = depthwise->accumulator == fb::Accumulator::Int64;
            if (wide && work.precision != Precision::kW16A16) work.kind += kWide;
        } else if (const fb::MaxPool2DT* maximum = op->options.AsMaxPool2D()) {
            add_window(work, *maximum->window, output);
        } else if (const fb::AveragePool2DT* average = op->options.AsAveragePool2D()) {
            add_window(work, *average->window, output);
        }
        works.push_back(std::move(work));
    }
    return works;
}

}  // namespace tinamix::cost
