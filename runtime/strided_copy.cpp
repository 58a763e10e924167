#include "strided_copy.h"

namespace tmx::runtime {

tmx_status check_copy(const OpSite& site) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    if (site.input(0).rank != site.output().rank) return site.fail("input and output differ in rank");
    return TMX_OK;
}

void dense_strides(const Tensor& tensor, int64_t* strides) {
    int64_t stride = 1;
    for (int32_t d = tensor.rank - 1; d >= 0; --d) {
        strides[d] = stride;
        stride *= tensor.shape[d];
    }
}

tmx_status prepare_strided_copy(const OpSite& site, PreparedOp* op, int64_t start, const int64_t* stride_in) {
    const Tensor& out = site.output();
    kernels::CopyArgs copy = {};
    copy.element_bytes = element_bytes(out.type);
    // Neighbouring dimensions that one stride walks through are one: rows become long, which is what kernels like.
    for (int32_t d = 0; d < out.rank; ++d) {
        const int32_t last = copy.rank - 1;
        if (out.shape[d] == 1) continue;
        if (copy.rank > 0 && copy.stride_in[last] == stride_in[d] * out.shape[d]) {
            copy.shape[last] *= out.shape[d];
            copy.stride_in[last] = stride_in[d];
            continue;
        }
        copy.shape[copy.rank] = out.shape[d];
        copy.stride_in[copy.rank] = stride_in[d];
        ++copy.rank;
    }
    if (copy.rank == 0) {
        copy.shape[0] = 1;
        copy.stride_in[0] = 1;
        copy.rank = 1;
    }
    int64_t rows = 1;
    for (int32_t d = 0; d < copy.rank - 1; ++d) rows *= copy.shape[d];
    copy.input = static_cast<const uint8_t*>(site.input(0).data) + start * copy.element_bytes;
    copy.output = out.data;
    prepare_kernel_call(op, site.kernels().copy[kernels::AnySlot::any], rows, steps_of(out, 1), copy.element_bytes) =
        copy;
    return TMX_OK;
}

}  // namespace tmx::runtime
