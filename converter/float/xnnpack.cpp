// Start-up, errors and the fully connected operator of XNNPACK.
#include "float/xnnpack.h"

#include <limits>

#include "diagnostics/error.h"
#include "float/call.h"

namespace tinamix::float_exec {

void initialize_xnnpack() {
    static const xnn_status status = xnn_initialize(nullptr);
    if (status != xnn_status_success) {
        throw Error("float executor", "XNNPACK does not start here", "it needs a mounted /proc");
    }
}

void check_xnnpack(const ir::Node& node, const char* step, xnn_status status) {
    if (status == xnn_status_success) {
        return;
    }
    const char* reason = status == xnn_status_out_of_memory           ? "not enough memory"
                         : status == xnn_status_unsupported_parameter ? "unsupported parameters"
                         : status == xnn_status_invalid_parameter     ? "invalid parameters"
                         : status == xnn_status_unsupported_hardware  ? "unsupported hardware"
                                                                      : "invalid state";
    throw Error(where(node), std::string("XNNPACK cannot ") + step + " it: " + reason);
}

DenseProduct::DenseProduct(const ir::Node& node, int64_t inputs, int64_t outputs, const float* weights, bool transposed,
                           const float* bias) {
    initialize_xnnpack();
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    xnn_operator_t op = nullptr;
    check_xnnpack(
        node, "prepare",
        xnn_create_fully_connected_nc_f32(static_cast<size_t>(inputs), static_cast<size_t>(outputs),
                                          static_cast<size_t>(inputs), static_cast<size_t>(outputs), weights, bias,
                                          -kInfinity, kInfinity, transposed ? XNN_FLAG_TRANSPOSE_WEIGHTS : 0, &op));
    op_.reset(op);
}

void DenseProduct::run(const ir::Node& node, int64_t rows, const float* in, float* out, pthreadpool_t pool) const {
    check_xnnpack(node, "set up",
                  xnn_setup_fully_connected_nc_f32(op_.get(), static_cast<size_t>(rows), in, out, pool));
    check_xnnpack(node, "run", xnn_run_operator(op_.get(), pool));
}

}  // namespace tinamix::float_exec
