// Select: element by element, one of two operands, by a truth value; with broadcasting.
#include "broadcast.h"
#include "long_rows.h"
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::SelectArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(3));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(1));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(2));
    TMX_RETURN_IF_ERROR(site.check_precision_of_moved_output());
    const Tensor& condition = site.input(0);
    const Tensor& out = site.output();
    if (condition.type != format::DataType::Int32) {
        return site.fail("input '%.80s' is %s, truth values are int32", condition.name, type_name(condition.type));
    }
    auto& select = kernel_args<SelectArgs>(op);
    select.element_bytes = element_bytes(out.type);
    for (int32_t d = 0; d < out.rank; ++d) select.shape[d] = out.shape[d];
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 0, select.stride_condition));
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 1, select.stride_a));
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 2, select.stride_b));
    int64_t* const strides[] = {select.stride_condition, select.stride_a, select.stride_b};
    select.rank = join_short_rows(out.rank, select.shape, strides, 3);
    select.condition = static_cast<const int32_t*>(condition.data);
    select.a = site.input(1).data;
    select.b = site.input(2).data;
    select.output = out.data;
    prepare_kernel_call(op, site.kernels().select[kernels::AnySlot::any], row_count(select.rank, select.shape),
                        steps_of(out, 1), select.element_bytes);
    return TMX_OK;
}

}  // namespace

const OpKind kSelect = {"Select", format::Options::Select,    sizeof(KernelCall<SelectArgs>), 0, prepare,
                        nullptr,  run_kernel_call<SelectArgs>};

}  // namespace tmx::runtime
