// DepthwiseConv2D: one filter per channel.
#include "convolution_op.h"
#include "op.h"
#include "window_op.h"

namespace tmx::runtime {
namespace {

using kernels::DepthwiseArgs;

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(check_convolution_types(site));
    const auto& options = site.options<format::DepthwiseConv2D>();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    auto& conv = kernel_args<DepthwiseArgs>(op);
    TMX_RETURN_IF_ERROR(read_window(site, *options.window(), &conv.window));
    if (in.shape[3] != out.shape[3]) return site.fail("input and output differ in channels");
    conv.batch = in.shape[0];
    conv.in_h = in.shape[1];
    conv.in_w = in.shape[2];
    conv.channels = in.shape[3];
    conv.out_h = out.shape[1];
    conv.out_w = out.shape[2];
    const format::PackedWeights& packed = *options.weights();
    if (packed.nr() != 1 || packed.kr() != 1) return site.fail("weights: packing of depthwise weights is 1 x 1");
    const uint64_t taps = static_cast<uint64_t>(conv.window.kernel_h) * static_cast<uint64_t>(conv.window.kernel_w);
    TMX_RETURN_IF_ERROR(resolve_weights(site, packed, taps * static_cast<uint64_t>(conv.channels), &conv.weights));
    TMX_RETURN_IF_ERROR(read_output_stage(site, *options.output(), options.accumulator(), &conv.stage));
    conv.wide_accumulator = options.accumulator() == format::Accumulator::Int64;
    TMX_RETURN_IF_ERROR(site.check_scratch(kernels::conv_scratch_bytes(
        conv.in_h, conv.in_w, conv.out_h, conv.out_w, conv.window, conv.channels, element_bytes(in.type))));
    conv.input = in.data;
    conv.input_zero_point = in.zero_point;
    conv.output = out.data;
    conv.scratch = site.scratch();
    const auto& kernel = site.kernels().depthwise[static_cast<int>(site.precision())];
    prepare_kernel_call(op, kernel, int64_t{conv.batch} * conv.out_h, steps_of(out, static_cast<int64_t>(taps)),
                        element_bytes(in.type));
    return TMX_OK;
}

void begin(const void* state) {
    const auto* call = static_cast<const KernelCall<DepthwiseArgs>*>(state);
    kernels::depthwise_prepare(call->args, call->element_bytes);
}

}  // namespace

const OpKind kDepthwiseConv2D = {"DepthwiseConv2D",
                                 format::Options::DepthwiseConv2D,
                                 sizeof(KernelCall<DepthwiseArgs>),
                                 0,
                                 prepare,
                                 begin,
                                 run_kernel_call<DepthwiseArgs>};

}  // namespace tmx::runtime
