// XNNPACK operators with ownership and errors.
#pragma once

#include <xnnpack.h>

#include <memory>
#include <string>

#include "ir/graph.h"

namespace tinamix::float_exec {

struct XnnDelete {
    void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};
using XnnOperator = std::unique_ptr<xnn_operator, XnnDelete>;

/// Initializes the library once. Throws Error when it cannot run on this machine.
void initialize_xnnpack();

/// Throws Error naming the node and the step unless `status` is success.
void check_xnnpack(const ir::Node& node, const char* step, xnn_status status);

/// out[rows x outputs] = in[rows x inputs] * weights + bias, with the weights packed once.
class DenseProduct {
  public:
    /// `weights` is [outputs x inputs], or [inputs x outputs] if `transposed`; `bias` has `outputs` entries or is null.
    DenseProduct(const ir::Node& node, int64_t inputs, int64_t outputs, const float* weights, bool transposed,
                 const float* bias);
    void run(const ir::Node& node, int64_t rows, const float* in, float* out, pthreadpool_t pool) const;

  private:
    XnnOperator op_;
};

}  // namespace tinamix::float_exec
