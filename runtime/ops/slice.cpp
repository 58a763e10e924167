// Slice: a block of the input, or that block with steps.
#include <inttypes.h>

#include "strided_copy.h"

namespace tmx::runtime {
namespace {

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(check_copy(site));
    const auto& begin = *site.options<format::Slice>().begin();
    const auto* steps = site.options<format::Slice>().steps();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    const auto rank = static_cast<uint32_t>(in.rank);
    if (begin.size() != rank) return site.fail("begin and input differ in length");
    if (steps != nullptr && steps->size() != rank) return site.fail("steps and input differ in length");
    int64_t strides[kMaxRank];
    dense_strides(in, strides);
    int64_t start = 0;
    for (int32_t d = 0; d < in.rank; ++d) {
        const int64_t first = begin.Get(static_cast<uint32_t>(d));
        const int64_t step = steps == nullptr ? 1 : steps->Get(static_cast<uint32_t>(d));
        const int64_t last = first + (out.shape[d] - 1) * step;
        if (first < 0 || first >= in.shape[d] || last < 0 || last >= in.shape[d]) {
            return site.fail("range %" PRId64 " to %" PRId64 " leaves dimension %" PRId32 " of size %" PRId32, first,
                             last, d, in.shape[d]);
        }
        start += first * strides[d];
        strides[d] *= step;
    }
    return prepare_strided_copy(site, op, start, strides);
}

}  // namespace

const OpKind kSlice = {"Slice",
                       format::Options::Slice,
                       sizeof(KernelCall<kernels::CopyArgs>),
                       0,
                       prepare,
                       nullptr,
                       run_kernel_call<kernels::CopyArgs>};

}  // namespace tmx::runtime
