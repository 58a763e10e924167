#include "op.h"

namespace tmx::runtime {
namespace {

const OpKind* const kOpKinds[] = {
#define TMX_LIST_OP(name) &k##name,
    TMX_OPS(TMX_LIST_OP)
#undef TMX_LIST_OP
};

}  // namespace

const OpKind* find_op_kind(format::Options type) {
    for (const OpKind* kind : kOpKinds) {
        if (kind->type == type) return kind;
    }
    return nullptr;
}

void describe_kernel_call(PreparedOp* op, const char* kernel, int64_t range, int64_t steps) {
    op->kernel = kernel;
    op->range = range;
    op->steps = steps;
}

}  // namespace tmx::runtime
