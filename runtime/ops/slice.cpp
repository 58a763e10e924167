// Slice: a block of the input.
#include <inttypes.h>

#include "strided_copy.h"

namespace tmx::runtime {
namespace {

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(check_copy(site));
    const auto& begin = *site.options<format::Slice>().begin();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (begin.size() != static_cast<uint32_t>(in.rank)) return site.fail("begin and input differ in length");
    int64_t strides[kMaxRank];
    dense_strides(in, strides);
    int64_t start = 0;
    for (int32_t d = 0; d < in.rank; ++d) {
        const int32_t first = begin.Get(static_cast<uint32_t>(d));
        if (first < 0 || int64_t{first} + out.shape[d] > in.shape[d]) {
            return site.fail("range %" PRId32 " + %" PRId32 " leaves dimension %" PRId32 " of size %" PRId32, first,
                             out.shape[d], d, in.shape[d]);
        }
        start += first * strides[d];
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
