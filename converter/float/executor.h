// Runs a graph in float32 on the host: XNNPACK for convolutions and matrix products, plain C++ for the rest.
// One op, one file in ops/ (or one table line for element-wise ones), registered in ops/registry.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

struct ExecutorOptions {
    int threads = 1;
};

/// Prepared once (weights packed), run many times. The graph must outlive it. Not thread-safe.
class Executor {
  public:
    explicit Executor(const ir::Graph& graph, ExecutorOptions options = {});
    ~Executor();
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// Sees every node output (and graph input) once per run, right after it is made, in ONNX order.
    using Observer = std::function<void(ir::ValueId, const ir::Tensor&)>;

    /// Inputs in the order of graph.inputs, with exactly their types and shapes; outputs in the order of graph.outputs.
    /// Tensors are freed after their last reader. Throws Error (naming node or input).
    std::vector<ir::Tensor> run(const std::vector<ir::Tensor>& inputs, const Observer& observer = {});

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Evaluates one node on constant inputs (constant folding). `inputs[i]` is null where the input is absent.
std::vector<ir::Tensor> evaluate_node(const ir::Graph& graph, const ir::Node& node,
                                      const std::vector<const ir::Tensor*>& inputs);

/// True if the executor implements this operator.
bool is_supported(const ir::Node& node);

}  // namespace tinamix::float_exec
