// Softmax and LogSoftmax over the last dimension.
#include <inttypes.h>

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::SoftmaxArgs;

/// Two exponentials per element; only decides when threads are worth it.
constexpr int64_t kStepsPerElement = 32;
constexpr int32_t kOne = 1 << 30;
/// Largest step between neighbours of the true table is 2^30 * (1 - 2^(-1/256)) = 2903385; this keeps the
/// interpolation (step * 255) within 32 bits for kernels that use them.
constexpr int32_t kLargestStep = 1 << 22;

/// 2^-(i/256) in Q30 starts at one, which keeps the sum positive, and falls in small steps, never below zero.
tmx_status check_exp2(const OpSite& site, const int32_t* exp2) {
    if (exp2[0] != kOne) return site.fail("exp2: first entry is %" PRId32 ", not 2^30", exp2[0]);
    for (int32_t i = 1; i < kernels::kExp2Entries; ++i) {
        if (exp2[i] < 0 || exp2[i] > exp2[i - 1] || exp2[i - 1] - exp2[i] > kLargestStep) {
            return site.fail("exp2: entry %" PRId32 " is not on a falling exponential", i);
        }
    }
    return TMX_OK;
}

/// Of probabilities.
tmx_status check_output_quantization(const OpSite& site) {
    const Tensor& out = site.output();
    const bool is_int8 = out.type == format::DataType::Int8;
    const float scale = is_int8 ? 1.0F / 256 : 1.0F / 32768;
    if (out.scale != scale || out.zero_point != (is_int8 ? -128 : 0)) {
        return site.fail("output '%.80s' must have scale 2^%d and zero point %d", out.name, is_int8 ? -8 : -15,
                         is_int8 ? -128 : 0);
    }
    return TMX_OK;
}

tmx_status read_rescale(const OpSite& site, const format::Rescale* file, const char* what, kernels::Rescale* rescale) {
    if (file == nullptr) return site.fail("has no %s", what);
    *rescale = {file->multiplier(), file->shift()};
    return site.check_rescale(rescale->multiplier, rescale->shift, what);
}

tmx_status read_integers(const OpSite& site, const format::Softmax& options, SoftmaxArgs* args) {
    TMX_RETURN_IF_ERROR(read_rescale(site, options.rescale(), "rescale", &args->rescale));
    TMX_RETURN_IF_ERROR(site.resolve(options.exp2(), kernels::kExp2Entries, "exp2", &args->exp2));
    TMX_RETURN_IF_ERROR(check_exp2(site, args->exp2));
    args->output_zero_point = site.output().zero_point;
    if (options.logarithm()) return read_rescale(site, options.to_output(), "to_output", &args->to_output);
    if (options.to_output() != nullptr) return site.fail("probabilities with a rescale to the output");
    return check_output_quantization(site);
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::Softmax>();
    const Tensor& out = site.output();
    auto& softmax = kernel_args<SoftmaxArgs>(op);
    if (out.type == format::DataType::Float32) {
        if (options.rescale() != nullptr || options.exp2() != nullptr || options.to_output() != nullptr) {
            return site.fail("float32 with a table");
        }
    } else {
        TMX_RETURN_IF_ERROR(read_integers(site, options, &softmax));
    }
    softmax.inner = out.shape[out.rank - 1];
    softmax.outer = static_cast<int32_t>(elements_between(out, 0, out.rank - 1));
    softmax.input = site.input(0).data;
    softmax.output = out.data;
    const auto& kernels = options.logarithm() ? site.kernels().log_softmax : site.kernels().softmax;
    prepare_kernel_call(op, kernels[static_cast<int>(out.type)], softmax.outer, steps_of(out, kStepsPerElement),
                        element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kSoftmax = {"Softmax", format::Options::Softmax,    sizeof(KernelCall<SoftmaxArgs>), 0, prepare,
                         nullptr,   run_kernel_call<SoftmaxArgs>};

}  // namespace tmx::runtime
