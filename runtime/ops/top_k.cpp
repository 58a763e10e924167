// TopK: the k largest (smallest) elements along the middle dimension, sorted, and where they stand.
#include <inttypes.h>

#include "op.h"
#include "reduction_op.h"

namespace tmx::runtime {
namespace {

using kernels::TopKArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1, 2));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    const Tensor& in = site.input(0);
    const Tensor& values = site.output(0);
    const Tensor& indices = site.output(1);
    if (indices.type != format::DataType::Int32) {
        return site.fail("output '%.80s' is %s, indices are int32", indices.name, type_name(indices.type));
    }
    const int32_t k = values.rank == 3 ? values.shape[1] : 1;
    ReductionShape shape;
    TMX_RETURN_IF_ERROR(check_reduction(site, 0, k, &shape));
    TMX_RETURN_IF_ERROR(check_reduction(site, 1, k, &shape));
    if (k > shape.count) return site.fail("the %" PRId32 " best of %" PRId32, k, shape.count);
    auto& top_k = kernel_args<TopKArgs>(op);
    top_k.smallest = site.options<format::TopK>().smallest();
    top_k.count = shape.count;
    top_k.inner = shape.inner;
    top_k.k = k;
    top_k.input = in.data;
    top_k.output = values.data;
    top_k.indices = static_cast<int32_t*>(indices.data);
    prepare_kernel_call(op, site.kernels().top_k[static_cast<int>(in.type)], int64_t{shape.outer} * shape.inner,
                        steps_of(values, shape.count), element_bytes(in.type));
    return TMX_OK;
}

}  // namespace

const OpKind kTopK = {"TopK",  format::Options::TopK,    sizeof(KernelCall<TopKArgs>), 0, prepare,
                      nullptr, run_kernel_call<TopKArgs>};

}  // namespace tmx::runtime
