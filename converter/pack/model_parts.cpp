#include "pack/model_parts.h"

#include <cstring>
#include <functional>
#include <map>

#include "model_file.h"
#include "pack/model_image.h"

namespace tinamix::pack {

namespace fb = tmx::format;

namespace {

using SpanVisitor = std::function<void(fb::Span&)>;

size_t aligned(size_t bytes) { return (bytes + tmx::kAlignment - 1) / tmx::kAlignment * tmx::kAlignment; }

void visit(const std::unique_ptr<fb::Span>& span, const SpanVisitor& visitor) {
    if (span != nullptr) visitor(*span);
}

void visit(const fb::OutputStageT& stage, const SpanVisitor& visitor) {
    visit(stage.bias, visitor);
    visit(stage.multipliers, visitor);
    visit(stage.shifts, visitor);
}

void visit(const fb::GateProductT& product, const SpanVisitor& visitor) {
    visit(product.weights->span, visitor);
    visit(product.bias, visitor);
    visit(product.multipliers, visitor);
    visit(product.shifts, visitor);
}

void visit(const fb::AxisTapsT& taps, const SpanVisitor& visitor) {
    visit(taps.indices, visitor);
    visit(taps.weights, visitor);
}

/// Every span of an op's options. Without a default: the compiler asks for the line of a new op.
void visit_spans(const fb::OptionsUnion& options, const SpanVisitor& visitor) {
    switch (options.type) {
        case fb::Options::Conv2D:
            for (const auto& weights : options.AsConv2D()->weights) visit(weights->span, visitor);
            return visit(*options.AsConv2D()->output, visitor);
        case fb::Options::DepthwiseConv2D:
            visit(options.AsDepthwiseConv2D()->weights->span, visitor);
            return visit(*options.AsDepthwiseConv2D()->output, visitor);
        case fb::Options::Lookup:
            return visit(options.AsLookup()->table, visitor);
        case fb::Options::Softmax:
            return visit(options.AsSoftmax()->exp2, visitor);
        case fb::Options::IndexedCopy:
            visit(options.AsIndexedCopy()->rows, visitor);
            return visit(options.AsIndexedCopy()->columns, visitor);
        case fb::Options::Resample:
            visit(*options.AsResample()->rows, visitor);
            return visit(*options.AsResample()->columns, visitor);
        case fb::Options::Recurrent:
            visit(*options.AsRecurrent()->input, visitor);
            visit(*options.AsRecurrent()->recurrent, visitor);
            for (const auto& function : options.AsRecurrent()->functions) visit(function->table, visitor);
            return;
        case fb::Options::Normalize:
            visit(options.AsNormalize()->gains, visitor);
            return visit(options.AsNormalize()->biases, visitor);
        case fb::Options::NpuCall:
            return visit(options.AsNpuCall()->nbg, visitor);
        case fb::Options::NONE:
        case fb::Options::MaxPool2D:
        case fb::Options::AveragePool2D:
        case fb::Options::Binary:
        case fb::Options::Concat:
        case fb::Options::Slice:
        case fb::Options::Transpose:
        case fb::Options::Requantize:
        case fb::Options::Quantize:
        case fb::Options::Dequantize:
        case fb::Options::UnaryF32:
        case fb::Options::Compare:
        case fb::Options::Select:
        case fb::Options::Reduce:
        case fb::Options::ArgMax:
        case fb::Options::TopK:
        case fb::Options::Gather:
        case fb::Options::MatMul:
            return;
    }
}

void drop_unused_tensors(fb::ModelT& model) {
    const size_t count = model.tensors.size();
    const auto owner = [&](size_t tensor) {
        const int32_t alias = model.tensors[tensor]->alias_of;
        return alias < 0 ? tensor : static_cast<size_t>(alias);
    };
    std::vector<bool> needed(count);
    const auto need = [&](int32_t tensor) { needed[owner(static_cast<size_t>(tensor))] = true; };
    for (const auto& op : model.ops) {
        for (const int32_t tensor : op->inputs) need(tensor);
        for (const int32_t tensor : op->outputs) need(tensor);
    }
    for (const int32_t tensor : model.inputs) need(tensor);
    for (const int32_t tensor : model.outputs) need(tensor);
    for (const fb::State& state : model.states) {
        need(state.input());
        need(state.output());
    }
    std::vector<int32_t> place(count, -1);
    std::vector<std::unique_ptr<fb::TensorT>> kept;
    for (size_t i = 0; i < count; ++i) {
        if (!needed[owner(i)]) continue;
        place[i] = static_cast<int32_t>(kept.size());
        kept.push_back(nullptr);
    }
    const auto moved = [&](int32_t& tensor) { tensor = place[static_cast<size_t>(tensor)]; };
    for (size_t i = 0; i < count; ++i) {
        if (place[i] < 0) continue;
        if (model.tensors[i]->alias_of >= 0) moved(model.tensors[i]->alias_of);
        kept[static_cast<size_t>(place[i])] = std::move(model.tensors[i]);
    }
    model.tensors = std::move(kept);
    for (auto& op : model.ops) {
        for (int32_t& tensor : op->inputs) moved(tensor);
        for (int32_t& tensor : op->outputs) moved(tensor);
    }
    for (int32_t& tensor : model.inputs) moved(tensor);
    for (int32_t& tensor : model.outputs) moved(tensor);
    for (fb::State& state : model.states) {
        int32_t input = state.input(), output = state.output();
        moved(input);
        moved(output);
        state = fb::State(input, output);
    }
}

}  // namespace

ModelParts read_model_parts(const std::string& file) {
    tmx::Trailer trailer{};
    std::memcpy(&trailer, file.data() + file.size() - sizeof(trailer), sizeof(trailer));
    ModelParts parts;
    parts.model_version = trailer.model_version;
    fb::GetModel(file.data())->UnPackTo(&parts.model);
    const auto* begin = reinterpret_cast<const uint8_t*>(file.data()) + trailer.weights_offset;
    parts.weights.assign(begin, begin + trailer.weights_bytes);
    return parts;
}

fb::Span add_to_weights(ModelParts& parts, const std::string& bytes) {
    const size_t offset = aligned(parts.weights.size());
    parts.weights.resize(offset);
    parts.weights.insert(parts.weights.end(), bytes.begin(), bytes.end());
    return {offset, bytes.size()};
}

void drop_unused(ModelParts& parts) {
    drop_unused_tensors(parts.model);
    std::vector<uint8_t> kept;
    // Spans of equal contents are one, which may be named with different sizes only by constants that share a
    // beginning.
    std::map<std::pair<uint64_t, uint64_t>, uint64_t> moved;
    const auto keep = [&](uint64_t offset, uint64_t bytes) {
        const auto [known, fresh] = moved.try_emplace({offset, bytes}, aligned(kept.size()));
        if (!fresh) return known->second;
        kept.resize(known->second);
        const auto begin = parts.weights.begin() + static_cast<std::ptrdiff_t>(offset);
        kept.insert(kept.end(), begin, begin + static_cast<std::ptrdiff_t>(bytes));
        return known->second;
    };
    for (auto& op : parts.model.ops) {
        visit_spans(op->options, [&](fb::Span& span) { span = {keep(span.offset(), span.bytes()), span.bytes()}; });
    }
    for (auto& tensor : parts.model.tensors) {
        if (tensor->storage == fb::Storage::Constant) tensor->offset = keep(tensor->offset, tensor_bytes(*tensor));
    }
    parts.weights = std::move(kept);
}

}  // namespace tinamix::pack
