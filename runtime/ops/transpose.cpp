// Transpose: output dimension i is input dimension axes[i].
#include "strided_copy.h"

namespace tmx::runtime {
namespace {

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(check_copy(site));
    const auto& axes = *site.options<format::Transpose>().axes();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (axes.size() != static_cast<uint32_t>(in.rank)) return site.fail("axes and input differ in length");
    int64_t in_strides[kMaxRank];
    int64_t strides[kMaxRank];
    dense_strides(in, in_strides);
    uint32_t seen = 0;
    for (int32_t d = 0; d < in.rank; ++d) {
        const uint8_t axis = axes.Get(static_cast<uint32_t>(d));
        if (axis >= in.rank || (seen >> axis & 1U) != 0) return site.fail("axes are not a permutation");
        if (out.shape[d] != in.shape[axis]) return site.fail("output shape is not the permuted input shape");
        seen |= 1U << axis;
        strides[d] = in_strides[axis];
    }
    return prepare_strided_copy(site, op, 0, strides);
}

}  // namespace

const OpKind kTranspose = {
    "Transpose", format::Options::Transpose,        sizeof(KernelCall<kernels::CopyArgs>), 0, prepare,
    nullptr,     run_kernel_call<kernels::CopyArgs>};

}  // namespace tmx::runtime
