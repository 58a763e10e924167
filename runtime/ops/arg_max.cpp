// ArgMax: where along the middle dimension the largest (smallest) element stands.
#include "op.h"
#include "reduction_op.h"

namespace tmx::runtime {
namespace {

using kernels::ArgMaxArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    ReductionShape shape;
    TMX_RETURN_IF_ERROR(check_reduction(site, 0, 0, &shape));
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (out.type != format::DataType::Int32) {
        return site.fail("output '%.80s' is %s, indices are int32", out.name, type_name(out.type));
    }
    const auto& options = site.options<format::ArgMax>();
    auto& arg_max = kernel_args<ArgMaxArgs>(op);
    arg_max.minimum = options.minimum();
    arg_max.last = options.last();
    arg_max.count = shape.count;
    arg_max.inner = shape.inner;
    arg_max.input = in.data;
    arg_max.output = static_cast<int32_t*>(out.data);
    prepare_kernel_call(op, site.kernels().arg_max[static_cast<int>(in.type)], static_cast<int64_t>(out.elements),
                        steps_of(out, shape.count), element_bytes(in.type));
    return TMX_OK;
}

}  // namespace

const OpKind kArgMax = {"ArgMax", format::Options::ArgMax,    sizeof(KernelCall<ArgMaxArgs>), 0, prepare,
                        nullptr,  run_kernel_call<ArgMaxArgs>};

}  // namespace tmx::runtime
