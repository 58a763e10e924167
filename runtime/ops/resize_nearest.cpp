// ResizeNearest: rows and columns of the output are copies of rows and columns of the input, by index tables.
#include <inttypes.h>

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::ResizeArgs;

tmx_status check_indices(const OpSite& site, const int32_t* indices, int32_t count, int32_t size, const char* what) {
    for (int32_t i = 0; i < count; ++i) {
        if (indices[i] < 0 || indices[i] >= size) {
            return site.fail("%s: entry %" PRId32 " is %" PRId32 ", the input has %" PRId32, what, i, indices[i], size);
        }
    }
    return TMX_OK;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::ResizeNearest>();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.rank != 4 || out.rank != 4) return site.fail("input and output must have 4 dimensions");
    if (in.shape[0] != out.shape[0] || in.shape[3] != out.shape[3]) {
        return site.fail("input and output differ in batch or channels");
    }
    ResizeArgs resize = {};
    resize.element_bytes = element_bytes(out.type);
    resize.batch = in.shape[0];
    resize.in_h = in.shape[1];
    resize.in_w = in.shape[2];
    resize.channels = in.shape[3];
    resize.out_h = out.shape[1];
    resize.out_w = out.shape[2];
    TMX_RETURN_IF_ERROR(site.resolve(options.rows(), static_cast<uint64_t>(resize.out_h), "rows", &resize.rows));
    TMX_RETURN_IF_ERROR(
        site.resolve(options.columns(), static_cast<uint64_t>(resize.out_w), "columns", &resize.columns));
    TMX_RETURN_IF_ERROR(check_indices(site, resize.rows, resize.out_h, resize.in_h, "rows"));
    TMX_RETURN_IF_ERROR(check_indices(site, resize.columns, resize.out_w, resize.in_w, "columns"));
    resize.input = in.data;
    resize.output = out.data;
    prepare_kernel_call(op, site.kernels().resize[kernels::AnySlot::any], int64_t{resize.batch} * resize.out_h,
                        steps_of(out, 1), resize.element_bytes) = resize;
    return TMX_OK;
}

}  // namespace

const OpKind kResizeNearest = {
    "ResizeNearest", format::Options::ResizeNearest, sizeof(KernelCall<ResizeArgs>), 0, prepare,
    nullptr,         run_kernel_call<ResizeArgs>};

}  // namespace tmx::runtime
