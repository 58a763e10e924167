#include "strided_copy.h"

#include "long_rows.h"

namespace tmx::runtime {

tmx_status check_copy(const OpSite& site) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_moved_output());
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
    auto& copy = kernel_args<kernels::CopyArgs>(op);
    copy.element_bytes = element_bytes(out.type);
    for (int32_t d = 0; d < out.rank; ++d) {
        copy.shape[d] = out.shape[d];
        copy.stride_in[d] = stride_in[d];
    }
    copy.input = static_cast<const uint8_t*>(site.input(0).data) + start * copy.element_bytes;
    copy.output = out.data;
    int64_t* const strides[] = {copy.stride_in};
    copy.rank = join_short_rows(out.rank, copy.shape, strides, 1);
    copy.output_stride = copy.shape[copy.rank - 1];
    prepare_kernel_call(op, site.kernels().copy[kernels::AnySlot::any], row_count(copy.rank, copy.shape),
                        steps_of(out, 1), copy.element_bytes);
    return TMX_OK;
}

}  // namespace tmx::runtime
