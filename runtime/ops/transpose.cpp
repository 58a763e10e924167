// Transpose: output dimension i is input dimension axes[i].
#include "strided_copy.h"

namespace tmx::runtime {
namespace {

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(check_copy(site));
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    int32_t axes[kMaxRank];
    if (!read_permutation(*site.options<format::Transpose>().axes(), in.rank, axes)) {
        return site.fail("axes are not a permutation of the input's dimensions");
    }
    int64_t in_strides[kMaxRank];
    int64_t strides[kMaxRank];
    dense_strides(in, in_strides);
    for (int32_t d = 0; d < in.rank; ++d) {
        if (out.shape[d] != in.shape[axes[d]]) return site.fail("output shape is not the permuted input shape");
        strides[d] = in_strides[axes[d]];
    }
    return prepare_strided_copy(site, op, 0, strides);
}

}  // namespace

const OpKind kTranspose = {
    "Transpose", format::Options::Transpose,        sizeof(KernelCall<kernels::CopyArgs>), 0, prepare,
    nullptr,     run_kernel_call<kernels::CopyArgs>};

}  // namespace tmx::runtime
