// Normalize: rows to mean 0 and variance 1, or to length 1, then a gain and a bias per channel.
#include <inttypes.h>

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::NormalizeArgs;

/// Three passes over the elements; only decides when threads are worth it.
constexpr int64_t kStepsPerElement = 8;
/// So that value times gain plus bias fits in 62 bits: values are below 2^29.
constexpr int64_t kBiasBound = int64_t{1} << 60;

/// Rows and channels; *channels is the number of gains.
tmx_status check_rows(const OpSite& site, const format::Normalize& options, NormalizeArgs* args, uint64_t* channels) {
    const int64_t elements = static_cast<int64_t>(site.output().elements);
    const int64_t row = options.row_elements();
    if (row < 1 || row > kernels::kMaxNormalizedElements || elements % row != 0) {
        return site.fail("rows of %" PRId64 " elements in %" PRId64, row, elements);
    }
    const int64_t rows = elements / row;
    if (options.row_period() < 1 || rows % options.row_period() != 0) {
        return site.fail("a period of %" PRId32 " in %" PRId64 " rows", options.row_period(), rows);
    }
    const int64_t period = options.row_period() * row;  // at most 2^30
    if (options.run() < 1 || period % options.run() != 0) {
        return site.fail("runs of %" PRId32 " in a period of %" PRId64, options.run(), period);
    }
    args->rows = static_cast<int32_t>(rows);
    args->row_elements = static_cast<int32_t>(row);
    args->row_period = options.row_period();
    args->run = options.run();
    *channels = static_cast<uint64_t>(period / options.run());
    return TMX_OK;
}

tmx_status read_stage(const OpSite& site, const format::Normalize& options, uint64_t channels, NormalizeArgs* args) {
    if (site.output().type == format::DataType::Float32) {
        const float *gains = nullptr, *biases = nullptr;
        TMX_RETURN_IF_ERROR(site.resolve(options.gains(), channels, "gains", &gains));
        TMX_RETURN_IF_ERROR(site.resolve(options.biases(), channels, "biases", &biases));
        args->gains = gains;
        args->biases = biases;
        args->epsilon_f32 = options.epsilon_f32();
        if (!is_finite(args->epsilon_f32) || args->epsilon_f32 < 0.0F) return site.fail("epsilon is not a number >= 0");
        return TMX_OK;
    }
    const int32_t* gains = nullptr;
    const int64_t* biases = nullptr;
    TMX_RETURN_IF_ERROR(site.resolve(options.gains(), channels, "gains", &gains));
    TMX_RETURN_IF_ERROR(site.resolve(options.biases(), channels, "biases", &biases));
    for (uint64_t c = 0; c < channels; ++c) {
        if (biases[c] < -kBiasBound || biases[c] > kBiasBound) return site.fail("bias %" PRIu64 " is too large", c);
    }
    args->gains = gains;
    args->biases = biases;
    args->epsilon = options.epsilon();
    args->shift = options.shift();
    args->clamp_min = options.clamp_min();
    args->clamp_max = options.clamp_max();
    if (args->epsilon < 0) return site.fail("epsilon is negative");
    if (args->shift < 1 || args->shift > 62) return site.fail("a shift by %" PRId32, args->shift);
    return site.check_clamp(args->clamp_min, args->clamp_max);
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_shape_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::Normalize>();
    const Tensor& out = site.output();
    auto& normalize = kernel_args<NormalizeArgs>(op);
    uint64_t channels = 0;
    TMX_RETURN_IF_ERROR(check_rows(site, options, &normalize, &channels));
    TMX_RETURN_IF_ERROR(read_stage(site, options, channels, &normalize));
    normalize.centered = options.centered();
    normalize.input = site.input(0).data;
    normalize.input_zero_point = site.input(0).zero_point;
    normalize.output_zero_point = out.zero_point;
    normalize.output = out.data;
    prepare_kernel_call(op, site.kernels().normalize[static_cast<int>(out.type)], normalize.rows,
                        steps_of(out, kStepsPerElement), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kNormalize = {"Normalize", format::Options::Normalize,    sizeof(KernelCall<NormalizeArgs>), 0, prepare,
                           nullptr,     run_kernel_call<NormalizeArgs>};

}  // namespace tmx::runtime
