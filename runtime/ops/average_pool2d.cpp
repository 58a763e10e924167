// AveragePool2D: the mean of each window, over its elements inside the input.
#include <inttypes.h>

#include "pool_op.h"

namespace tmx::runtime {
namespace {

using kernels::PoolArgs;

// The file's table is used in place.
static_assert(sizeof(format::Rescale) == sizeof(kernels::Rescale));

/// A single entry serves every position; otherwise entry n-1 is for n elements, and every n that occurs needs one.
tmx_status read_rescales(const OpSite& site, int64_t most_elements, PoolArgs* pool) {
    const auto* rescales = site.options<format::AveragePool2D>().rescales();
    const uint32_t count = rescales == nullptr ? 0 : rescales->size();
    if (site.output().type == format::DataType::Float32) {
        if (count != 0) return site.fail("float32 with rescales");
        return TMX_OK;
    }
    if (count == 0 || count > static_cast<uint32_t>(INT32_MAX) || (count != 1 && count < most_elements)) {
        return site.fail("%" PRIu32 " rescales for windows of up to %" PRId64 " elements", count, most_elements);
    }
    for (uint32_t i = 0; i < count; ++i) {
        const format::Rescale& rescale = *rescales->Get(i);
        TMX_RETURN_IF_ERROR(site.check_rescale(rescale.multiplier(), rescale.shift(), "rescales"));
    }
    pool->rescales = reinterpret_cast<const kernels::Rescale*>(rescales->Data());
    pool->rescale_count = static_cast<int32_t>(count);
    return TMX_OK;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    const auto& options = site.options<format::AveragePool2D>();
    PoolArgs pool = {};
    int64_t most_elements = 0;
    TMX_RETURN_IF_ERROR(read_pool(site, *options.window(), &pool, &most_elements));
    TMX_RETURN_IF_ERROR(read_rescales(site, most_elements, &pool));
    pool.count_padding = options.count_padding();
    return prepare_pool_call(site, op, site.kernels().average_pool, pool);
}

}  // namespace

const OpKind kAveragePool2D = {
    "AveragePool2D", format::Options::AveragePool2D, sizeof(KernelCall<PoolArgs>), 0, prepare,
    nullptr,         run_kernel_call<PoolArgs>};

}  // namespace tmx::runtime
