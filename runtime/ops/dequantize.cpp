// Dequantize: integer to float32.
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::DequantizeArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.type == format::DataType::Float32 || out.type != format::DataType::Float32) {
        return site.fail("turns integers into float32, '%.80s' is %s, '%.80s' is %s", in.name, type_name(in.type),
                         out.name, type_name(out.type));
    }
    auto& dequantize = kernel_args<DequantizeArgs>(op);
    dequantize.input = in.data;
    dequantize.scale = in.scale;
    dequantize.zero_point = in.zero_point;
    dequantize.output = static_cast<float*>(out.data);
    const auto& kernel = site.kernels().dequantize[static_cast<int>(in.type)];
    prepare_kernel_call(op, kernel, static_cast<int64_t>(out.elements), steps_of(out, 1), element_bytes(in.type));
    return TMX_OK;
}

}  // namespace

const OpKind kDequantize = {
    "Dequantize", format::Options::Dequantize,    sizeof(KernelCall<DequantizeArgs>), 0, prepare,
    nullptr,      run_kernel_call<DequantizeArgs>};

}  // namespace tmx::runtime
