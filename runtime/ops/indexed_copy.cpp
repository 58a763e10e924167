// IndexedCopy: rows and columns of the output are copies of rows and columns of the input, by index tables.
#include <inttypes.h>
#include <string.h>

#include "index_table.h"
#include "op.h"

namespace tmx::runtime {
namespace {

using kernels::IndexedCopyArgs;

constexpr int32_t kFill = -1;

/// The element that indices of -1 give, as its bits.
tmx_status read_fill(const OpSite& site, const format::IndexedCopy& options, uint32_t* fill) {
    const Tensor& out = site.output();
    if (out.type == format::DataType::Float32) {
        const float value = options.fill_f32();
        memcpy(fill, &value, sizeof(value));
        return TMX_OK;
    }
    const CodeRange range = code_range(out.type);
    if (out.type != format::DataType::Int32 && (options.fill() < range.min || options.fill() > range.max)) {
        return site.fail("fill %" PRId32 " is outside %s", options.fill(), type_name(out.type));
    }
    *fill = static_cast<uint32_t>(options.fill());
    return TMX_OK;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::IndexedCopy>();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.rank != 4 || out.rank != 4) return site.fail("input and output must have 4 dimensions");
    if (in.shape[0] != out.shape[0] || in.shape[3] != out.shape[3]) {
        return site.fail("input and output differ in the first or last dimension");
    }
    auto& copy = kernel_args<IndexedCopyArgs>(op);
    copy.element_bytes = element_bytes(out.type);
    copy.batch = in.shape[0];
    copy.in_h = in.shape[1];
    copy.in_w = in.shape[2];
    copy.channels = in.shape[3];
    copy.out_h = out.shape[1];
    copy.out_w = out.shape[2];
    TMX_RETURN_IF_ERROR(
        read_indices(site, options.rows(), static_cast<uint64_t>(copy.out_h), kFill, copy.in_h, "rows", &copy.rows));
    TMX_RETURN_IF_ERROR(read_indices(site, options.columns(), static_cast<uint64_t>(copy.out_w), kFill, copy.in_w,
                                     "columns", &copy.columns));
    TMX_RETURN_IF_ERROR(read_fill(site, options, &copy.fill));
    copy.input = in.data;
    copy.output = out.data;
    prepare_kernel_call(op, site.kernels().indexed_copy[kernels::AnySlot::any], int64_t{copy.batch} * copy.out_h,
                        steps_of(out, 1), copy.element_bytes);
    return TMX_OK;
}

}  // namespace

const OpKind kIndexedCopy = {
    "IndexedCopy", format::Options::IndexedCopy,    sizeof(KernelCall<IndexedCopyArgs>), 0, prepare,
    nullptr,       run_kernel_call<IndexedCopyArgs>};

}  // namespace tmx::runtime
