// What an op is to the runtime: verified and prepared once at open, then run any number of times.
//
// Preparing fills the arguments of a kernel, pointers included, into a piece of the model's memory. Running hands them
// to the kernel for a part of the op's range; parts may run on several threads at once.
#ifndef TINAMIX_RUNTIME_OP_H_
#define TINAMIX_RUNTIME_OP_H_

#include <stddef.h>
#include <stdint.h>

#include "error_text.h"
#include "graph_format.h"
#include "kernels/kernel_table.h"
#include "op_list.h"

namespace tmx::runtime {

class OpSite;
struct PreparedOp;

struct OpKind {
    const char* name;  ///< "Conv2D": the name of the options table in the schema
    format::Options type;
    size_t state_bytes;            ///< of PreparedOp::state
    size_t state_bytes_per_input;  ///< added for each input
    /// Checks everything the file says about the op and fills `op` (its kind and zeroed state are set). Called once.
    tmx_status (*prepare)(const OpSite& site, PreparedOp* op);
    /// Called once per run before the first part, on the calling thread; may be null.
    void (*begin)(const void* state);
    /// Computes the part [first, last) of the op's range.
    void (*run)(const void* state, int64_t first, int64_t last);
};

struct PreparedOp {
    const OpKind* kind;
    const char* kernel;   ///< name of the kernel, a string constant
    bool unread_packing;  ///< runs the reference because no kernel of this processor reads the weights' order
    void* state;
    int64_t range;  ///< parts of [0, range) are independent
    int64_t steps;  ///< rough count of inner steps (multiplications, elements); decides whether threads are worth it
};

/// State of the ops that are one kernel call.
template <typename Args>
struct KernelCall {
    const kernels::Kernel<Args>* kernel;  ///< in the model's kernel table
    int32_t element_bytes;                ///< of the input
    Args args;
};

template <typename Args>
void run_kernel_call(const void* state, int64_t first, int64_t last) {
    const auto* call = static_cast<const KernelCall<Args>*>(state);
    call->kernel->run(call->args, first, last);
}

/// The arguments of an op that is one kernel call, all zeros until its prepare function sets them.
template <typename Args>
Args& kernel_args(PreparedOp* op) {
    return static_cast<KernelCall<Args>*>(op->state)->args;
}

/// Sets what the op tells about its kernel.
void describe_kernel_call(PreparedOp* op, const char* kernel, int64_t range, int64_t steps);

/// Sets everything but the arguments, which it returns.
template <typename Args>
Args& prepare_kernel_call(PreparedOp* op, const kernels::Kernel<Args>& kernel, int64_t range, int64_t steps,
                          int32_t element_bytes) {
    auto* call = static_cast<KernelCall<Args>*>(op->state);
    call->kernel = &kernel;
    call->element_bytes = element_bytes;
    describe_kernel_call(op, kernel.name, range, steps);
    return call->args;
}

#define TMX_DECLARE_OP(name) extern const OpKind k##name;
TMX_EVERY_OP(TMX_DECLARE_OP)
#undef TMX_DECLARE_OP

/// The op of this build with options of `type`, or null.
const OpKind* find_op_kind(format::Options type);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_OP_H_
