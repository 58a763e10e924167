// UnaryF32: a function of one float32 variable, computed.
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::UnaryArgs;

/// An exponential costs about this many multiplications; only decides when threads are worth it.
constexpr int64_t kStepsPerElement = 16;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::UnaryF32>();
    const Tensor& out = site.output();
    if (out.type != format::DataType::Float32)
        return site.fail("works on float32, '%.80s' is %s", out.name, type_name(out.type));
    if (options.function() > format::UnaryFunction::MAX) return site.fail("unknown function");
    if (options.function() == format::UnaryFunction::Clamp) {
        TMX_RETURN_IF_ERROR(site.check_clamp_f32(options.alpha(), options.beta()));
    } else if (!is_finite(options.alpha()) || !is_finite(options.beta())) {
        return site.fail("alpha or beta is not finite");
    } else if (options.function() == format::UnaryFunction::Celu && options.alpha() == 0.0F) {
        return site.fail("Celu with alpha 0");
    }
    auto& unary = kernel_args<UnaryArgs>(op);
    unary.function = static_cast<kernels::UnaryFunction>(options.function());
    unary.alpha = options.alpha();
    unary.beta = options.beta();
    unary.input = static_cast<const float*>(site.input(0).data);
    unary.output = static_cast<float*>(out.data);
    prepare_kernel_call(op, site.kernels().unary[kernels::TypeSlot::f32], static_cast<int64_t>(out.elements),
                        steps_of(out, kStepsPerElement), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kUnaryF32 = {"UnaryF32", format::Options::UnaryF32, sizeof(KernelCall<UnaryArgs>), 0, prepare,
                          nullptr,    run_kernel_call<UnaryArgs>};

}  // namespace tmx::runtime
