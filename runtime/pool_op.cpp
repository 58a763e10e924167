#include "pool_op.h"

#include "window_op.h"

namespace tmx::runtime {

tmx_status read_pool(const OpSite& site, const format::Window2D& window, kernels::PoolArgs* pool,
                     int64_t* most_elements) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    TMX_RETURN_IF_ERROR(read_window(site, window, &pool->window));
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.shape[3] != out.shape[3]) return site.fail("input and output differ in channels");
    const Coverage coverage = window_coverage(site, pool->window);
    if (coverage.fewest < 1) return site.fail("window: lies completely in the padding somewhere");
    *most_elements = coverage.most;
    pool->batch = in.shape[0];
    pool->in_h = in.shape[1];
    pool->in_w = in.shape[2];
    pool->channels = in.shape[3];
    pool->out_h = out.shape[1];
    pool->out_w = out.shape[2];
    pool->input = in.data;
    pool->input_zero_point = in.zero_point;
    pool->output_zero_point = out.zero_point;
    pool->output = out.data;
    return TMX_OK;
}

tmx_status prepare_pool_call(const OpSite& site, PreparedOp* op, const kernels::Kernel<kernels::PoolArgs>* kernels,
                             const kernels::PoolArgs& pool) {
    const Tensor& out = site.output();
    const auto& kernel = kernels[static_cast<int>(out.type)];
    if (kernel.run == nullptr) return site.unsupported("no kernel for %s", type_name(out.type));
    const int64_t taps = int64_t{pool.window.kernel_h} * pool.window.kernel_w;
    prepare_kernel_call(op, kernel, int64_t{pool.batch} * pool.out_h, steps_of(out, taps), element_bytes(out.type)) =
        pool;
    return TMX_OK;
}

}  // namespace tmx::runtime
