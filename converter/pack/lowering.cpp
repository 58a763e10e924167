#include "pack/lowering.h"

#include <algorithm>

#include "diagnostics/error.h"
#include "model_file.h"
#include "quantize/rescale.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Quantization;

namespace {

constexpr size_t kMostDimensions = 6;

quantize::Precision mover_precision(NumberFormat format) {
    switch (format) {
        case NumberFormat::kInt8:
            return quantize::Precision::kW8A8;
        case NumberFormat::kInt16:
            return quantize::Precision::kW16A16;
        default:
            return quantize::Precision::kF32;
    }
}

void lower_node(Lowering& lowering, const ir::Node& node) {
    const LowerFunction lower = find_lowering(node);
    if (lower == nullptr) throw Error(node.name, "operator " + node.op + " has no board implementation");
    lower(lowering, node);
}

}  // namespace

fb::Rescale rescale_option(double multiplier) {
    const quantize::Rescale rescale = quantize::to_rescale(multiplier);
    return fb::Rescale(rescale.multiplier, rescale.shift);
}

fb::DataType data_type(NumberFormat format) {
    switch (format) {
        case NumberFormat::kInt8:
            return fb::DataType::Int8;
        case NumberFormat::kInt16:
            return fb::DataType::Int16;
        case NumberFormat::kInt32:
            return fb::DataType::Int32;
        default:
            return fb::DataType::Float32;
    }
}

NumberFormat number_format(fb::DataType type) {
    switch (type) {
        case fb::DataType::Int8:
            return NumberFormat::kInt8;
        case fb::DataType::Int16:
            return NumberFormat::kInt16;
        case fb::DataType::Int32:
            return NumberFormat::kInt32;
        default:
            return NumberFormat::kFloat32;
    }
}

fb::Precision format_precision(quantize::Precision precision) {
    switch (precision) {
        case quantize::Precision::kW8A8:
            return fb::Precision::W8A8;
        case quantize::Precision::kW8A16:
            return fb::Precision::W8A16;
        case quantize::Precision::kW16A16:
            return fb::Precision::W16A16;
        default:
            return fb::Precision::F32;
    }
}

Lowering::Lowering(const ir::Graph& graph, const quantize::Plan& plan, const Target& target, WeightSegment& weights,
                   PackedLayers* known)
    : graph_(graph),
      plan_(plan),
      target_(target),
      weights_(weights),
      packed_layers_(known),
      done_(graph.nodes.size(), false) {}

void Lowering::run(std::vector<Unsupported>* unsupported) {
    define_inputs();
    for (const ir::Node& node : graph_.nodes) {
        if (done_[static_cast<size_t>(node_index(node))]) continue;
        unsupported == nullptr ? lower_node(*this, node) : lower_or_note(node, *unsupported);
    }
    if (unsupported != nullptr) return;
    for (ir::ValueId input : graph_.inputs) model_.inputs.push_back(home_.at(input).tensor);
    keep_states();
    for (ir::ValueId output : graph_.outputs) {
        const auto home = home_.find(output);
        if (home == home_.end()) {
            throw Error(graph_.value(output).name, "this output is a constant; a model must compute its outputs");
        }
        model_.outputs.push_back(home->second.tensor);
    }
}

void Lowering::lower_or_note(const ir::Node& node, std::vector<Unsupported>& unsupported) {
    for (ir::ValueId input : node.inputs) {
        const bool missing = input != ir::kNoValue && !graph_.is_constant(input) && home_.count(input) == 0;
        if (missing) return;  // it has more dimensions than any tensor may have, which is on the list
    }
    try {
        lower_node(*this, node);
        return;
    } catch (const Error& error) {
        unsupported.push_back({node.op, node.name, error.reason()});
    }
    // Its readers, and those of an activation that it took over before it failed, shall be looked at too.
    define_missing_outputs(node);
    for (const ir::Node& other : graph_.nodes) {
        if (done_[static_cast<size_t>(node_index(other))]) define_missing_outputs(other);
    }
}

void Lowering::define_missing_outputs(const ir::Node& node) {
    for (ir::ValueId output : node.outputs) {
        if (output == ir::kNoValue || home_.count(output) != 0 || shape(output).size() > kMostDimensions) continue;
        define(output, identity_layout(shape(output).size()));
    }
}

/// What a state becomes, in the form and order in which it is kept.
void Lowering::keep_states() {
    for (const ir::State& state : graph_.states) {
        if (!home_.contains(state.output)) {
            throw Error(graph_.value(state.output).name, "this output is a constant; a state must be computed");
        }
        const Quantization& kept = form(state.input);
        const int made = rearrange(state.output, convert(state.output, kept), kept, layout_of(state.input));
        model_.states.emplace_back(home_.at(state.input).tensor, made);
    }
}

void Lowering::define_inputs() {
    std::vector<ir::ValueId> given = graph_.inputs;
    for (const ir::State& state : graph_.states) given.push_back(state.input);
    for (ir::ValueId input : given) {
        const std::vector<int> readers = graph_.consumers(input);
        const size_t rank = shape(input).size();
        const bool image = rank >= 3 && std::any_of(readers.begin(), readers.end(), [&](int reader) {
                               return wants_channels_last(graph_.nodes[static_cast<size_t>(reader)]);
                           });
        define(input, image ? channels_last(rank) : identity_layout(rank));
    }
}

quantize::Precision Lowering::precision(const ir::Node& node) const {
    return plan_.node_precision[static_cast<size_t>(node_index(node))];
}

Layout Lowering::layout_of(ir::ValueId value) const {
    const auto home = home_.find(value);
    return home == home_.end() ? identity_layout(shape(value).size()) : home->second.layout;
}

const Quantization& Lowering::input_form(const ir::Node& node, size_t index) const {
    return plan_.node_input[static_cast<size_t>(node_index(node))][index];
}

int Lowering::read(const ir::Node& node, size_t index, const Layout& layout) {
    const ir::ValueId value = node.inputs[index];
    const Quantization& wanted = input_form(node, index);
    const FormKey key = form_key(value, wanted, layout);
    if (const auto known = forms_.find(key); known != forms_.end()) return known->second;
    int tensor = 0;
    if (const ir::Value& source = graph_.value(value); source.constant) {
        const ir::Shape stored = storage_shape(source.shape, layout);
        tensor =
            wanted.format == NumberFormat::kInt32
                ? index_constant(source.name, stored, to_storage(source.constant->to_ints(), source.shape, layout))
                : constant(source.name, wanted, stored, to_storage(source.constant->to_floats(), source.shape, layout));
    } else {
        tensor = rearrange(value, convert(value, wanted), wanted, layout);
    }
    forms_[key] = tensor;
    return tensor;
}

/// `value` in the wanted number format, stored as its producer left it.
int Lowering::convert(ir::ValueId value, const Quantization& wanted) {
    const Home& home = home_.at(value);
    const Quantization& from = form(value);
    if (wanted == from) return home.tensor;
    const auto [known, missing] = forms_.try_emplace(form_key(value, wanted, home.layout), 0);
    if (!missing) return known->second;
    const std::string layer = graph_.value(value).name + "#" + std::string(number_format_name(wanted.format));
    const int converted = derive(layer, wanted, storage_shape(shape(value), home.layout));
    known->second = converted;
    if (wanted.format == NumberFormat::kFloat32) {
        emit(layer, "Dequantize", quantize::Precision::kF32, fb::DequantizeT{}, {home.tensor}, {converted});
    } else if (from.format == NumberFormat::kFloat32) {
        fb::QuantizeT options;
        options.inverse_scale = static_cast<float>(1.0 / static_cast<double>(wanted.scale));
        emit(layer, "Quantize", mover_precision(wanted.format), options, {home.tensor}, {converted});
    } else {
        const quantize::CodeRange codes = quantize::code_range(wanted.format);
        fb::RequantizeT options;
        options.rescale = std::make_unique<fb::Rescale>(rescale_option(static_cast<double>(from.scale) / wanted.scale));
        options.clamp_min = codes.min;
        options.clamp_max = codes.max;
        emit(layer, "Requantize", mover_precision(wanted.format), std::move(options), {home.tensor}, {converted});
    }
    return converted;
}

/// `tensor`, which holds `value` as its producer laid it out, stored as `layout`.
int Lowering::rearrange(ir::ValueId value, int tensor, const Quantization& form, const Layout& layout) {
    const Home& home = home_.at(value);
    const ir::Shape stored = storage_shape(shape(value), layout);
    if (same_order(shape(value), home.layout, layout)) return view(tensor, stored);
    const std::string& name = graph_.value(value).name;
    const int moved = derive(name + "#transposed", form, stored);
    fb::TransposeT options;
    options.axes = transpose_axes(home.layout, layout);
    emit(name + "#transpose", "Transpose", mover_precision(form.format), std::move(options), {tensor}, {moved});
    return moved;
}

int Lowering::add_tensor(const std::string& name, const Quantization& quantization, const ir::Shape& storage_shape) {
    if (storage_shape.size() > kMostDimensions) throw Error(name, "has more than 6 dimensions");
    auto tensor = std::make_unique<fb::TensorT>();
    const int uses = name_uses_[name]++;
    tensor->name = uses == 0 ? name : name + "#" + std::to_string(uses);
    tensor->type = data_type(quantization.format);
    for (int64_t dimension : storage_shape) tensor->shape.push_back(static_cast<int32_t>(dimension));
    if (storage_shape.empty()) tensor->shape.push_back(1);  // a scalar is stored as one element
    tensor->scale = quantization.scale;
    tensor->zero_point = quantization.zero_point;
    tensor->storage = fb::Storage::Arena;
    model_.tensors.push_back(std::move(tensor));
    return static_cast<int>(model_.tensors.size()) - 1;
}

int Lowering::owner(int tensor) const {
    const int alias = model_.tensors[static_cast<size_t>(tensor)]->alias_of;
    return alias < 0 ? tensor : alias;
}

int Lowering::define(ir::ValueId value, const Layout& layout) {
    const int tensor = add_tensor(graph_.value(value).name, form(value), storage_shape(shape(value), layout));
    if (layout != identity_layout(layout.size())) model_.tensors.back()->onnx_axes = layout;
    home_[value] = {tensor, layout};
    forms_[form_key(value, form(value), layout)] = tensor;
    return tensor;
}

void Lowering::define_alias(ir::ValueId value, int of, const Layout& layout) {
    const int tensor = define(value, layout);
    model_.tensors[static_cast<size_t>(tensor)]->alias_of = owner(of);
    model_.tensors[static_cast<size_t>(tensor)]->storage = model_.tensors[static_cast<size_t>(owner(of))]->storage;
}

int Lowering::define_viewed(ir::ValueId value, const Layout& layout, const ir::Shape& shape) {
    if (shape == storage_shape(this->shape(value), layout)) return define(value, layout);
    const int tensor = derive(graph_.value(value).name + "#stored", form(value), shape);
    define_alias(value, tensor, layout);
    return tensor;
}

int Lowering::derive(const std::string& name, const Quantization& quantization, const ir::Shape& storage_shape) {
    const int tensor = add_tensor(name, quantization, storage_shape);
    model_.tensors.back()->derived = true;
    return tensor;
}

int Lowering::view(int tensor, const ir::Shape& storage_shape) {
    const fb::TensorT& source = *model_.tensors[static_cast<size_t>(tensor)];
    if (std::equal(source.shape.begin(), source.shape.end(), storage_shape.begin(), storage_shape.end())) return tensor;
    Quantization quantization;
    quantization.format = number_format(source.type);
    quantization.scale = source.scale;
    quantization.zero_point = source.zero_point;
    const int result = derive(source.name + "#view", quantization, storage_shape);
    fb::TensorT& alias = *model_.tensors.back();
    const fb::TensorT& origin = *model_.tensors[static_cast<size_t>(owner(tensor))];
    alias.alias_of = owner(tensor);
    alias.storage = origin.storage;
    alias.offset = origin.offset;
    return result;
}

int Lowering::constant(const std::string& name, const Quantization& quantization, const ir::Shape& storage_shape,
                       const std::vector<float>& values) {
    const int tensor = derive(name, quantization, storage_shape);
    fb::Span span;
    if (quantization.format == NumberFormat::kFloat32) {
        span = weights_.add(values);
    } else {
        const std::vector<int16_t> codes = quantize::quantize_values(quantization, values);
        span = quantization.format == NumberFormat::kInt16
                   ? weights_.add(codes)
                   : weights_.add(std::vector<int8_t>(codes.begin(), codes.end()));
    }
    model_.tensors.back()->storage = fb::Storage::Constant;
    model_.tensors.back()->offset = span.offset();
    return tensor;
}

int Lowering::index_constant(const std::string& name, const ir::Shape& storage_shape,
                             const std::vector<int64_t>& values) {
    const int tensor = derive(name, {NumberFormat::kInt32, 1.0F, 0}, storage_shape);
    std::vector<int32_t> codes;
    for (int64_t value : values) {
        constexpr int64_t kLowest = std::numeric_limits<int32_t>::min(), kHighest = std::numeric_limits<int32_t>::max();
        codes.push_back(static_cast<int32_t>(std::clamp(value, kLowest, kHighest)));
    }
    model_.tensors.back()->storage = fb::Storage::Constant;
    model_.tensors.back()->offset = weights_.add(codes).offset();
    return tensor;
}

FusedOutput Lowering::fuse_activation(const ir::Node& node) {
    FusedOutput fused;
    fused.value = node.outputs[0];
    fused.layer = node.name;
    fused.onnx_type = node.fused.empty() ? node.op : node.fused;
    const std::vector<int> readers = graph_.consumers(node.outputs[0]);
    if (readers.size() != 1) return fused;
    const ir::Node& reader = graph_.nodes[static_cast<size_t>(readers[0])];
    if (!quantize::fuses_into_producer(graph_, plan_, readers[0])) return fused;
    done_[static_cast<size_t>(readers[0])] = true;
    fused.value = reader.outputs[0];
    fused.bounds = quantize::activation_bounds(graph_, reader);
    fused.layer = reader.name;
    fused.onnx_type += "+" + reader.op;
    return fused;
}

const ir::Tensor& Lowering::constant_input(const ir::Node& node, size_t index) const {
    if (index >= node.inputs.size() || !graph_.is_constant(node.inputs[index])) {
        throw Error(node.name, node.op + " needs a constant as input " + std::to_string(index));
    }
    return *graph_.value(node.inputs[index]).constant;
}

}  // namespace tinamix::pack
