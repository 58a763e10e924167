// Shape rules: what each operator makes of the types and shapes of its inputs. One file per family of operators, one
// table line per operator. The rules are ours, not libonnx's: that trusts its callers with attributes and ranks, ends
// with opset 17, and is wrong here and there, while these must hold for every file that anybody may open.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "float/call.h"
#include "import/shape_inference.h"

namespace tinamix::import {

/// A node as its shape rule sees it: attributes, and per input a type and shape, and the content where it is known.
/// Everything throws Error naming the node.
class ShapeCall {
  public:
    /// All are borrowed. `node` has its attributes, and as many outputs as the model asks for.
    ShapeCall(const ir::Graph& graph, const ir::Node& node, const std::vector<InferenceInput>& inputs)
        : graph_(graph), node_(node), inputs_(inputs) {}

    const ir::Node& node() const { return node_; }
    int64_t opset() const { return graph_.opset; }
    size_t input_count() const { return inputs_.size(); }
    bool has(size_t index) const { return index < inputs_.size() && inputs_[index].value != nullptr; }
    const ir::Shape& shape(size_t index) const { return value(index).shape; }
    ir::ElementType type(size_t index) const { return value(index).type; }
    size_t rank(size_t index) const { return shape(index).size(); }

    /// The content of an input. Throws ShapeDependsOnData when it is not known.
    const ir::Tensor& known(size_t index) const;
    /// A known list of integers (a shape, axes, ...).
    std::vector<int64_t> ints(size_t index) const;
    /// `name` as a list, from input `index` where it is there, else from the attribute; empty without either.
    std::vector<int64_t> ints_of(size_t index, const char* name) const;
    /// A known input of one integer; `otherwise` where it is absent.
    int64_t scalar(size_t index, int64_t otherwise) const;

    /// `axis` of a tensor with `rank` dimensions, counted from the front.
    size_t axis(int64_t axis, size_t rank) const { return float_exec::normalized_axis(node_, axis, rank); }
    /// The attribute `axis` of input 0.
    size_t attribute_axis(int64_t otherwise) const { return axis(node_.integer("axis", otherwise), rank(0)); }

    void require(bool condition, const char* what) const { float_exec::require(node_, condition, what); }
    /// All inputs that are there, from `first` on, have one element type.
    void require_one_type(size_t first = 0) const;
    /// What the executor sees of the node: inputs whose content is known, no others.
    float_exec::Call executor_call() const;

  private:
    const ir::Value& value(size_t index) const;

    const ir::Graph& graph_;
    const ir::Node& node_;
    const std::vector<InferenceInput>& inputs_;
};

/// Types and shapes of the outputs that the operator makes, first to last.
using ShapeRule = std::vector<InferredOutput> (*)(const ShapeCall& call);
using ShapeRules = std::map<std::string, ShapeRule, std::less<>>;

/// Input 0 again.
std::vector<InferredOutput> like_first(const ShapeCall& call);

// One per file of this folder.
void add_elementwise_rules(ShapeRules& rules);
void add_movement_rules(ShapeRules& rules);
void add_selection_rules(ShapeRules& rules);
void add_window_rules(ShapeRules& rules);
void add_product_rules(ShapeRules& rules);
void add_reduction_rules(ShapeRules& rules);
void add_signal_rules(ShapeRules& rules);

}  // namespace tinamix::import
