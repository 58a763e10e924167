// Requantize: integer to integer, another scale, width or clamp.
#include "long_rows.h"
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::RequantizeArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    const auto& options = site.options<format::Requantize>();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (!is_quantized(in.type) || !is_quantized(out.type)) {
        return site.fail("works on quantized integers, '%.80s' is %s, '%.80s' is %s", in.name, type_name(in.type),
                         out.name, type_name(out.type));
    }
    TMX_RETURN_IF_ERROR(site.check_rescale(options.rescale()->multiplier(), options.rescale()->shift(), "rescale"));
    TMX_RETURN_IF_ERROR(site.check_clamp(options.clamp_min(), options.clamp_max()));
    auto& requantize = kernel_args<RequantizeArgs>(op);
    int32_t shape[kernels::kMaxRank];
    for (int32_t d = 0; d < out.rank; ++d) shape[d] = out.shape[d];
    const int32_t rank = join_short_rows(out.rank, shape, nullptr, 0);
    requantize.inner = shape[rank - 1];
    requantize.outer = static_cast<int32_t>(row_count(rank, shape));
    requantize.output_stride = requantize.inner;
    requantize.input = in.data;
    requantize.input_zero_point = in.zero_point;
    requantize.output_zero_point = out.zero_point;
    requantize.rescale = {options.rescale()->multiplier(), options.rescale()->shift()};
    requantize.clamp_min = options.clamp_min();
    requantize.clamp_max = options.clamp_max();
    requantize.output = out.data;
    const auto& kernel = site.kernels().requantize[2 * static_cast<int>(in.type) + static_cast<int>(out.type)];
    prepare_kernel_call(op, kernel, requantize.outer, steps_of(out, 1), element_bytes(in.type));
    return TMX_OK;
}

}  // namespace

const OpKind kRequantize = {
    "Requantize", format::Options::Requantize,    sizeof(KernelCall<RequantizeArgs>), 0, prepare,
    nullptr,      run_kernel_call<RequantizeArgs>};

}  // namespace tmx::runtime
