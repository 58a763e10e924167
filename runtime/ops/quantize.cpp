// Quantize: float32 to integer.
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::QuantizeArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.type != format::DataType::Float32 || !is_quantized(out.type)) {
        return site.fail("turns float32 into quantized integers, '%.80s' is %s, '%.80s' is %s", in.name,
                         type_name(in.type), out.name, type_name(out.type));
    }
    auto& quantize = kernel_args<QuantizeArgs>(op);
    quantize.inverse_scale = site.options<format::Quantize>().inverse_scale();
    if (!is_finite(quantize.inverse_scale) || quantize.inverse_scale <= 0.0F) {
        return site.fail("inverse_scale is not finite and positive");
    }
    quantize.input = static_cast<const float*>(in.data);
    quantize.zero_point = out.zero_point;
    quantize.output = out.data;
    const auto& kernel = site.kernels().quantize[static_cast<int>(out.type)];
    prepare_kernel_call(op, kernel, static_cast<int64_t>(out.elements), steps_of(out, 1), element_bytes(in.type));
    return TMX_OK;
}

}  // namespace

const OpKind kQuantize = {"Quantize", format::Options::Quantize,    sizeof(KernelCall<QuantizeArgs>), 0, prepare,
                          nullptr,    run_kernel_call<QuantizeArgs>};

}  // namespace tmx::runtime
