// From the quantized graph to the ops of a model file. The services here (forms of a value, tensors, ops) are used by
// the lower_*.cpp files, one per family of operators; lowering_table.cpp says which operator goes where.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "diagnostics/unsupported.h"
#include "ir/graph.h"
#include "pack/layout.h"
#include "pack/pack.h"
#include "pack/packed_layers.h"
#include "pack/weight_segment.h"
#include "quantize/fusion.h"
#include "quantize/plan.h"
#include "tinamix_generated.h"

namespace tinamix::pack {

/// What a node's result is called and clamped to after fusing the activation that alone reads it.
struct FusedOutput {
    ir::ValueId value;
    quantize::ActivationBounds bounds{-std::numeric_limits<double>::infinity(),
                                      std::numeric_limits<double>::infinity()};
    std::string layer;      ///< name of the last fused node
    std::string onnx_type;  ///< "Conv+Relu"
};

/// Nearest representable multiplier, as the file stores it.
tmx::format::Rescale rescale_option(double multiplier);
tmx::format::DataType data_type(quantize::NumberFormat format);
quantize::NumberFormat number_format(tmx::format::DataType type);
tmx::format::Precision format_precision(quantize::Precision precision);

class Lowering {
  public:
    /// Constants go to `weights`. Filters that are in `known` are not packed again, others are added to it; may be
    /// null.
    Lowering(const ir::Graph& graph, const quantize::Plan& plan, const Target& target, WeightSegment& weights,
             PackedLayers* known = nullptr);

    /// Lowers every node. Afterwards model() has tensors and ops without arena offsets. Throws Error; with a list,
    /// nodes that cannot be lowered are added to it instead, and model() is of no use.
    void run(std::vector<Unsupported>* unsupported = nullptr);

    tmx::format::ModelT& model() { return model_; }
    WeightSegment& weights() { return weights_; }
    PackedLayers* packed_layers() { return packed_layers_; }
    const Target& target() const { return target_; }
    const ir::Graph& graph() const { return graph_; }
    const quantize::Plan& plan() const { return plan_; }

    const ir::Shape& shape(ir::ValueId value) const { return graph_.value(value).shape; }
    quantize::Precision precision(const ir::Node& node) const;
    /// Activation format the node computes in.
    quantize::NumberFormat format(const ir::Node& node) const { return quantize::activation_format(precision(node)); }

    /// Layout in which the producer left `value`. Constants: the ONNX order.
    Layout layout_of(ir::ValueId value) const;
    /// Form in which `node` reads input `index` (plan.node_input).
    const quantize::Quantization& input_form(const ir::Node& node, size_t index) const;
    /// Tensor index of input `index` of `node` in that form, stored as `layout`; converts and moves data if no such
    /// tensor exists yet. Without a layout: as its producer left it.
    int read(const ir::Node& node, size_t index, const Layout& layout);
    int read(const ir::Node& node, size_t index) { return read(node, index, layout_of(node.inputs[index])); }
    /// Form in which the producer leaves `value`.
    const quantize::Quantization& form(ir::ValueId value) const { return plan_.value[static_cast<size_t>(value)]; }

    /// Creates the tensor that a node writes `value` to, stored as `layout`, in the format of the plan.
    int define(ir::ValueId value, const Layout& layout);
    /// Makes `value` another name for the memory of tensor `of`, stored as `layout`.
    void define_alias(ir::ValueId value, int of, const Layout& layout);
    /// The tensor that a node writes `value` to, stored as `layout`, as the op sees it: under `shape`, which has the
    /// same elements in the same order.
    int define_viewed(ir::ValueId value, const Layout& layout, const ir::Shape& shape);
    /// A tensor without ONNX counterpart.
    int derive(const std::string& name, const quantize::Quantization& quantization, const ir::Shape& storage_shape);
    /// Another shape for the memory of `tensor`.
    int view(int tensor, const ir::Shape& storage_shape);
    /// A constant tensor in the weight segment.
    int constant(const std::string& name, const quantize::Quantization& quantization, const ir::Shape& storage_shape,
                 const std::vector<float>& values);
    /// The same for indices and truth values. Numbers beyond int32 (ONNX writes "to the end" like that) become its
    /// ends.
    int index_constant(const std::string& name, const ir::Shape& storage_shape, const std::vector<int64_t>& values);

    /// The result of `node` after fusing a Relu or Clip; marks that one as done.
    FusedOutput fuse_activation(const ir::Node& node);

    /// Appends an op. `options` is one of the option tables of the schema.
    template <typename OptionsT>
    tmx::format::OpT& emit(const std::string& layer, const std::string& onnx_type, quantize::Precision precision,
                           OptionsT options, std::vector<int32_t> inputs, std::vector<int32_t> outputs) {
        auto op = std::make_unique<tmx::format::OpT>();
        op->layer = layer;
        op->onnx_type = onnx_type;
        op->precision = format_precision(precision);
        op->options.Set(std::move(options));
        op->inputs = std::move(inputs);
        op->outputs = std::move(outputs);
        model_.ops.push_back(std::move(op));
        return *model_.ops.back();
    }
    template <typename OptionsT>
    tmx::format::OpT& emit(const ir::Node& node, OptionsT options, std::vector<int32_t> inputs,
                           std::vector<int32_t> outputs) {
        return emit(node.name, node.fused.empty() ? node.op : node.fused, precision(node), std::move(options),
                    std::move(inputs), std::move(outputs));
    }

    /// A constant operand as floats; throws Error naming the node where it is not constant.
    const ir::Tensor& constant_input(const ir::Node& node, size_t index) const;

  private:
    struct Home {
        int tensor;
        Layout layout;
    };
    /// One stored form of a value.
    using FormKey = std::tuple<ir::ValueId, quantize::NumberFormat, float, int32_t, Layout>;
    static FormKey form_key(ir::ValueId value, const quantize::Quantization& form, const Layout& layout) {
        return {value, form.format, form.scale, form.zero_point, layout};
    }

    void define_inputs();
    void lower_or_note(const ir::Node& node, std::vector<Unsupported>& unsupported);
    void define_missing_outputs(const ir::Node& node);
    void keep_states();
    int add_tensor(const std::string& name, const quantize::Quantization& quantization, const ir::Shape& storage_shape);
    int owner(int tensor) const;
    int convert(ir::ValueId value, const quantize::Quantization& wanted);
    int rearrange(ir::ValueId value, int tensor, const quantize::Quantization& form, const Layout& layout);
    int node_index(const ir::Node& node) const { return static_cast<int>(&node - graph_.nodes.data()); }

    const ir::Graph& graph_;
    const quantize::Plan& plan_;
    const Target& target_;
    tmx::format::ModelT model_;
    WeightSegment& weights_;
    PackedLayers* packed_layers_;
    std::map<ir::ValueId, Home> home_;
    std::map<FormKey, int> forms_;
    std::vector<bool> done_;
    std::map<std::string, int> name_uses_;
};

/// Clamp of float32 layers.
template <typename OptionsT>
void set_f32_clamp(OptionsT& options, const quantize::ActivationBounds& bounds) {
    constexpr double kLargest = std::numeric_limits<float>::max();
    options.clamp_min_f32 = static_cast<float>(std::max(bounds.lo, -kLargest));
    options.clamp_max_f32 = static_cast<float>(std::min(bounds.hi, kLargest));
}

/// Emits the ops of one node.
using LowerFunction = void (*)(Lowering&, const ir::Node&);
/// Null for an operator that has no lowering.
LowerFunction find_lowering(const ir::Node& node);
/// Does the operator want its image inputs channels-last?
bool wants_channels_last(const ir::Node& node);

void lower_conv(Lowering& lowering, const ir::Node& node);
void lower_conv_transpose(Lowering& lowering, const ir::Node& node);
void lower_gemm(Lowering& lowering, const ir::Node& node);
void lower_pool(Lowering& lowering, const ir::Node& node);
void lower_binary(Lowering& lowering, const ir::Node& node);
void lower_clamp(Lowering& lowering, const ir::Node& node);
void lower_unary(Lowering& lowering, const ir::Node& node);
void lower_softmax(Lowering& lowering, const ir::Node& node);
void lower_compare(Lowering& lowering, const ir::Node& node);
void lower_not(Lowering& lowering, const ir::Node& node);
void lower_where(Lowering& lowering, const ir::Node& node);
void lower_cast(Lowering& lowering, const ir::Node& node);
void lower_reduce(Lowering& lowering, const ir::Node& node);
void lower_arg_max(Lowering& lowering, const ir::Node& node);
void lower_top_k(Lowering& lowering, const ir::Node& node);
void lower_reshape(Lowering& lowering, const ir::Node& node);
void lower_transpose(Lowering& lowering, const ir::Node& node);
void lower_split(Lowering& lowering, const ir::Node& node);
void lower_axis_copy(Lowering& lowering, const ir::Node& node);
void lower_pad(Lowering& lowering, const ir::Node& node);
void lower_expand(Lowering& lowering, const ir::Node& node);
void lower_gather(Lowering& lowering, const ir::Node& node);
void lower_depth_to_space(Lowering& lowering, const ir::Node& node);
void lower_space_to_depth(Lowering& lowering, const ir::Node& node);
void lower_concat(Lowering& lowering, const ir::Node& node);
void lower_resize(Lowering& lowering, const ir::Node& node);
void lower_matmul(Lowering& lowering, const ir::Node& node);
void lower_recurrent(Lowering& lowering, const ir::Node& node);
void lower_normalize(Lowering& lowering, const ir::Node& node);

}  // namespace tinamix::pack
