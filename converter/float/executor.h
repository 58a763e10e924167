// Runs a graph in float32 on the host: XNNPACK for convolutions and matrix products, plain C++ for the rest.
// One op, one file in ops/ (or one table line for element-wise ones), registered by name (registry.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

struct ExecutorOptions {
    int threads = 1;
};

/// What an observer wants to see.
enum class ElementOrder {
    kOnnx,  ///< tensors as the graph describes them
    /// Tensors as the executor holds them: the same elements, but images may be channels-last, with the shape
    /// [n, h, w, c]. Saves a transposition per tensor; right for extremes, sums and histograms.
    kAny
};

/// Prepared once (weights packed), run many times. The graph must outlive it. Not thread-safe.
/// The same bits for any number of threads.
class Executor {
  public:
    /// Throws Error naming the node for an operator, attribute or shape that cannot be run.
    explicit Executor(const ir::Graph& graph, ExecutorOptions options = {});
    ~Executor();
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// All states of the graph (ir/states.h) to zero, as at first. Between runs they keep what the last one made of
    /// them.
    void reset_states();

    /// Sees every graph input and state and every node output once per run, right after it is made.
    using Observer = std::function<void(ir::ValueId, const ir::Tensor&)>;

    /// Inputs in the order of graph.inputs, with exactly their types and shapes; outputs in the order of graph.outputs.
    /// Tensors are freed after their last reader. Throws Error (naming node or input).
    std::vector<ir::Tensor> run(const std::vector<ir::Tensor>& inputs, const Observer& observer = {},
                                ElementOrder order = ElementOrder::kOnnx);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Evaluates one node on constant inputs (constant folding). `inputs[i]` is null where the input is absent, or where
/// only its shape matters (Shape). Results are in ONNX order. Throws Error.
std::vector<ir::Tensor> evaluate_node(const ir::Graph& graph, const ir::Node& node,
                                      const std::vector<const ir::Tensor*>& inputs);

/// True if the executor implements this operator with these attributes.
bool is_supported(const ir::Node& node);
/// Why it does not; "" if it does.
std::string unsupported_reason(const ir::Node& node);
/// Names of all operators of a domain, sorted.
std::vector<std::string> supported_operators(const std::string& domain = "");

}  // namespace tinamix::float_exec
