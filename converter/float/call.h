// What an operator sees while it runs once: its node, its input tensors and the layout they are in.
#pragma once

#include <pthreadpool.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

/// Images may travel channels-last between operators: [n, c, spatial...] is then stored as [n, spatial..., c], and the
/// tensor has that shape.
enum class Layout { kOnnx, kChannelsLast };

/// An input of a call. `tensor` is null where an optional input is absent.
struct Argument {
    const ir::Tensor* tensor = nullptr;
    Layout layout = Layout::kOnnx;
    /// The same tensor when nobody reads it after this call, so that its memory may be taken; else null.
    ir::Tensor* dying = nullptr;
};

/// "Conv `name`", for errors.
std::string where(const ir::Node& node);

/// `axis` of a tensor with `rank` dimensions, counted from the front. Throws Error naming the node when out of range.
size_t normalized_axis(const ir::Node& node, int64_t axis, size_t rank);

/// Throws Error naming the node unless `condition` holds.
void require(const ir::Node& node, bool condition, const char* what);

class Call {
  public:
    Call(const ir::Graph& graph, const ir::Node& node, std::vector<Argument> arguments, pthreadpool_t pool)
        : graph_(graph), node_(node), arguments_(std::move(arguments)), pool_(pool) {}

    const ir::Node& node() const { return node_; }
    int64_t opset() const { return graph_.opset; }
    pthreadpool_t pool() const { return pool_; }

    size_t input_count() const { return arguments_.size(); }
    bool has(size_t index) const { return index < arguments_.size() && arguments_[index].tensor != nullptr; }
    /// Throws Error when the input is absent.
    const ir::Tensor& input(size_t index) const;
    /// ONNX shape of an input by the graph, which is known even where its content is not.
    const ir::Shape& declared_shape(size_t index) const;
    Layout layout(size_t index) const { return arguments_[index].layout; }
    /// An integer input (shape, axes, ...) as a list.
    std::vector<int64_t> ints(size_t index) const;
    /// An input of one integer; `otherwise` where it is absent.
    int64_t scalar(size_t index, int64_t otherwise) const;
    /// `name` as a list, from input `index` where the newer form of the operator has it, else from the attribute.
    /// Empty when neither is there.
    std::vector<int64_t> ints_of(size_t index, const char* name) const;

    /// Storage axis of ONNX axis `axis` (negative counts from the end) of input `index`. Throws Error out of range.
    size_t axis(int64_t axis, size_t index = 0) const;
    /// As the function of that name.
    size_t normalized_axis(int64_t axis, size_t rank) const { return float_exec::normalized_axis(node_, axis, rank); }

    /// A tensor shaped like input `index` to write the result into: the input's own memory if nobody needs it later.
    /// Take pointers to the inputs' elements before calling this; element i of the result may replace element i of
    /// the input only once that was read.
    ir::Tensor reuse(size_t index);

    /// Layout of the outputs. The executor presets it (see LayoutUse).
    Layout output_layout = Layout::kOnnx;

    /// Throws Error naming the node.
    [[noreturn]] void fail(const std::string& what) const;
    void require(bool condition, const char* what) const {
        if (!condition) {
            fail(what);
        }
    }

  private:
    const ir::Graph& graph_;
    const ir::Node& node_;
    std::vector<Argument> arguments_;
    pthreadpool_t pool_;
};

}  // namespace tinamix::float_exec
