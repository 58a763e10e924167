// MaxPool2D: the largest code of each window.
#include "pool_op.h"

namespace tmx::runtime {
namespace {

using kernels::PoolArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    PoolArgs pool = {};
    int64_t most_elements = 0;
    TMX_RETURN_IF_ERROR(read_pool(site, *site.options<format::MaxPool2D>().window(), &pool, &most_elements));
    TMX_RETURN_IF_ERROR(site.check_quantization_as_output(0));
    return prepare_pool_call(site, op, site.kernels().max_pool, pool);
}

}  // namespace

const OpKind kMaxPool2D = {"MaxPool2D", format::Options::MaxPool2D, sizeof(KernelCall<PoolArgs>), 0, prepare,
                           nullptr,     run_kernel_call<PoolArgs>};

}  // namespace tmx::runtime
