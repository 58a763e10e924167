// Resample: weighted sums along rows and columns, by tables of positions and weights.
#include "index_table.h"
#include "op.h"

namespace tmx::runtime {
namespace {

using kernels::ResampleArgs;

struct Axis {
    int32_t in, out;
};

tmx_status read_taps(const OpSite& site, const format::AxisTaps& file, const Axis& axis, const char* what,
                     kernels::AxisTaps* taps) {
    if (file.taps() == 0) return site.fail("%s: no taps", what);
    taps->taps = file.taps();
    const uint64_t entries = static_cast<uint64_t>(axis.out) * file.taps();
    TMX_RETURN_IF_ERROR(read_indices(site, file.indices(), entries, 0, axis.in, what, &taps->indices));
    const bool is_float = site.output().type == format::DataType::Float32;
    return site.resolve_bytes(file.weights(), entries, is_float ? sizeof(float) : sizeof(int16_t), what,
                              &taps->weights);
}

tmx_status read_rescale(const OpSite& site, const format::Rescale* file, kernels::Rescale* rescale) {
    if (site.output().type == format::DataType::Float32) {
        return file == nullptr ? TMX_OK : site.fail("float32 with a rescale");
    }
    if (file == nullptr) return site.fail("has no rescale");
    *rescale = {file->multiplier(), file->shift()};
    return site.check_rescale(rescale->multiplier, rescale->shift, "rescale");
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::Resample>();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.rank != 4 || out.rank != 4) return site.fail("input and output must have 4 dimensions");
    if (in.shape[0] != out.shape[0] || in.shape[3] != out.shape[3]) {
        return site.fail("input and output differ in the first or last dimension");
    }
    auto& args = kernel_args<ResampleArgs>(op);
    args.batch = in.shape[0];
    args.in_h = in.shape[1];
    args.in_w = in.shape[2];
    args.channels = in.shape[3];
    args.out_h = out.shape[1];
    args.out_w = out.shape[2];
    TMX_RETURN_IF_ERROR(read_taps(site, *options.rows(), {args.in_h, args.out_h}, "rows", &args.rows));
    TMX_RETURN_IF_ERROR(read_taps(site, *options.columns(), {args.in_w, args.out_w}, "columns", &args.columns));
    TMX_RETURN_IF_ERROR(read_rescale(site, options.rescale(), &args.rescale));
    args.input = in.data;
    args.input_zero_point = in.zero_point;
    args.output_zero_point = out.zero_point;
    args.output = out.data;
    const auto& kernel = site.kernels().resample[static_cast<int>(out.type)];
    prepare_kernel_call(op, kernel, int64_t{args.batch} * args.out_h,
                        steps_of(out, int64_t{args.rows.taps} * args.columns.taps), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kResample = {"Resample", format::Options::Resample,    sizeof(KernelCall<ResampleArgs>), 0, prepare,
                          nullptr,    run_kernel_call<ResampleArgs>};

}  // namespace tmx::runtime
