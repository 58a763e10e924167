// Gather: rows of the input, picked by an index tensor.
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::GatherArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(2));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const Tensor& in = site.input(0);
    const Tensor& indices = site.input(1);
    const Tensor& out = site.output();
    if (indices.type != format::DataType::Int32 || indices.rank != 1) {
        return site.fail("indices '%.80s' are not one row of int32", indices.name);
    }
    if (in.rank != 3 || out.rank != 3) return site.fail("input and output must have 3 dimensions");
    if (in.shape[0] != out.shape[0] || in.shape[2] != out.shape[2] || indices.shape[0] != out.shape[1]) {
        return site.fail("output '%.80s' does not fit input and indices", out.name);
    }
    auto& args = kernel_args<GatherArgs>(op);
    args.element_bytes = element_bytes(out.type);
    args.outer = in.shape[0];
    args.size = in.shape[1];
    args.inner = in.shape[2];
    args.count = indices.shape[0];
    args.indices = static_cast<const int32_t*>(indices.data);
    args.input = in.data;
    args.output = out.data;
    prepare_kernel_call(op, site.kernels().gather[kernels::AnySlot::any], int64_t{args.outer} * args.count,
                        steps_of(out, 1), args.element_bytes);
    return TMX_OK;
}

}  // namespace

const OpKind kGather = {"Gather", format::Options::Gather,    sizeof(KernelCall<GatherArgs>), 0, prepare,
                        nullptr,  run_kernel_call<GatherArgs>};

}  // namespace tmx::runtime
