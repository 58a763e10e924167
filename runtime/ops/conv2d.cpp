// Conv2D: convolution, grouped or not, and fully connected layers. The range that threads share is output pixels; of a
// single one (a fully connected layer without a batch) it is slices of its channels.
#include <inttypes.h>

#include "convolution_op.h"
#include "kernels/packings.h"
#include "op.h"
#include "window_op.h"

namespace tmx::runtime {
namespace {

using kernels::ConvArgs;

uint64_t rounded_up_blocks(uint64_t count, uint64_t block) { return (count + block - 1) / block; }

/// Elements of [group][out block][tap][in block][nr][kr]; false if the file cannot mean that.
bool packed_elements(const ConvArgs& args, uint64_t nr, uint64_t kr, uint64_t* elements) {
    if (nr == 0 || kr == 0) return false;
    const uint64_t groups = static_cast<uint64_t>(args.groups);
    *elements = groups;
    return multiply(elements, rounded_up_blocks(static_cast<uint64_t>(args.out_c) / groups, nr)) &&
           multiply(elements, static_cast<uint64_t>(args.window.kernel_h)) &&
           multiply(elements, static_cast<uint64_t>(args.window.kernel_w)) &&
           multiply(elements, rounded_up_blocks(static_cast<uint64_t>(args.in_c) / groups, kr)) &&
           multiply(elements, nr * kr);
}

/// Checks every alternative and takes the one that the kernels of `isa` read best, the first of equals: args->nr, kr,
/// weights. *rank: how well (kernels/packings.h).
tmx_status choose_weights(const OpSite& site,
                          const flatbuffers::Vector<flatbuffers::Offset<format::PackedWeights>>& alternatives,
                          kernels::Isa isa, ConvArgs* args, int* rank) {
    if (alternatives.size() == 0) return site.fail("has no weights");
    for (uint32_t i = 0; i < alternatives.size(); ++i) {
        const format::PackedWeights& packed = *alternatives.Get(i);
        const kernels::Packing packing = {packed.nr(), packed.kr()};
        uint64_t elements = 0;
        if (!packed_elements(*args, packed.nr(), packed.kr(), &elements)) {
            return site.fail("weights: impossible packing");
        }
        const void* weights = nullptr;
        TMX_RETURN_IF_ERROR(resolve_weights(site, packed, elements, &weights));
        const int own_rank = kernels::packing_rank(isa, static_cast<int>(site.precision()), packing);
        if (i > 0 && own_rank >= *rank) continue;
        *rank = own_rank;
        args->nr = packing.nr;
        args->kr = packing.kr;
        args->weights = weights;
    }
    return TMX_OK;
}

/// Output channels of a slice: whole blocks of weights, and enough of them to be worth a call.
constexpr int32_t kLeastSlice = 64;

struct State {
    KernelCall<ConvArgs> call;
    int32_t slice;          ///< output channels; 0 where the range is pixels
    uint64_t weight_bytes;  ///< of a slice
    int32_t bias_bytes;     ///< of one channel
};

/// Makes slices of channels the range, if there is one pixel only and they are independent.
void slice_channels(const OpSite& site, PreparedOp* op) {
    State& state = *static_cast<State*>(op->state);
    const ConvArgs& conv = state.call.args;
    if (op->range != 1 || conv.groups != 1) return;
    const bool floats = site.precision() == format::Precision::F32;
    state.slice = (kLeastSlice + conv.nr - 1) / conv.nr * conv.nr;
    // Checked by packed_elements: the product of all of them is within the file.
    uint64_t elements = rounded_up_blocks(static_cast<uint64_t>(conv.in_c), static_cast<uint64_t>(conv.kr)) *
                        static_cast<uint64_t>(conv.kr) * static_cast<uint64_t>(state.slice);
    elements *= static_cast<uint64_t>(conv.window.kernel_h) * static_cast<uint64_t>(conv.window.kernel_w);
    state.weight_bytes = elements * static_cast<uint64_t>(floats                                          ? 4
                                                          : site.precision() == format::Precision::W16A16 ? 2
                                                                                                          : 1);
    state.bias_bytes = conv.wide_accumulator && !floats ? 8 : 4;
    op->range = (conv.out_c + state.slice - 1) / state.slice;
}

void run(const void* data, int64_t first, int64_t last) {
    const State& state = *static_cast<const State*>(data);
    if (state.slice == 0) return run_kernel_call<ConvArgs>(&state.call, first, last);
    ConvArgs part = state.call.args;
    const int64_t begin = first * state.slice, end = last * state.slice;
    part.out_c = static_cast<int32_t>((end < part.out_c ? end : part.out_c) - begin);
    part.weights = static_cast<const uint8_t*>(part.weights) + static_cast<uint64_t>(first) * state.weight_bytes;
    part.output = static_cast<uint8_t*>(part.output) + begin * state.call.element_bytes;
    part.stage.bias = static_cast<const uint8_t*>(part.stage.bias) + begin * state.bias_bytes;
    if (part.stage.multiplier != nullptr) {
        part.stage.multiplier += begin;
        part.stage.shift += begin;
    }
    state.call.kernel->run(part, 0, 1);
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(check_convolution_types(site));
    const auto& options = site.options<format::Conv2D>();
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    auto& conv = kernel_args<ConvArgs>(op);
    TMX_RETURN_IF_ERROR(read_window(site, *options.window(), &conv.window));
    conv.batch = in.shape[0];
    conv.in_h = in.shape[1];
    conv.in_w = in.shape[2];
    conv.in_c = in.shape[3];
    conv.out_h = out.shape[1];
    conv.out_w = out.shape[2];
    conv.out_c = out.shape[3];
    conv.groups = options.groups();
    if (conv.groups < 1 || conv.in_c % conv.groups != 0 || conv.out_c % conv.groups != 0) {
        return site.fail("%" PRId32 " groups do not divide %" PRId32 " input and %" PRId32 " output channels",
                         conv.groups, conv.in_c, conv.out_c);
    }
    const int slot = static_cast<int>(site.precision());
    const kernels::Kernel<ConvArgs>* kernel = &site.kernels().conv[slot];
    int rank = kernels::kUnreadPacking;
    TMX_RETURN_IF_ERROR(choose_weights(site, *options.weights(), kernel->isa, &conv, &rank));
    if (rank == kernels::kUnreadPacking) {
        kernel = &kernels::reference_kernels().conv[slot];
        op->unread_packing = true;
    }
    TMX_RETURN_IF_ERROR(read_output_stage(site, *options.output(), options.accumulator(), &conv.stage));
    conv.wide_accumulator = options.accumulator() == format::Accumulator::Int64;
    conv.runs_fit = site.precision() == format::Precision::W16A16 && options.short_runs();
    TMX_RETURN_IF_ERROR(site.check_scratch(kernels::conv_scratch_bytes(
        conv.in_h, conv.in_w, conv.out_h, conv.out_w, conv.window, conv.in_c / conv.groups, element_bytes(in.type))));
    conv.input = in.data;
    conv.input_zero_point = in.zero_point;
    conv.output = out.data;
    conv.scratch = site.scratch();

    const int64_t pixels = int64_t{conv.batch} * conv.out_h * conv.out_w;
    const int64_t taps = int64_t{conv.window.kernel_h} * conv.window.kernel_w;
    prepare_kernel_call(op, *kernel, pixels, steps_of(out, taps * (conv.in_c / conv.groups)), element_bytes(in.type));
    slice_channels(site, op);
    return TMX_OK;
}

void begin(const void* state) {
    const auto& call = static_cast<const State*>(state)->call;
    kernels::conv_prepare(call.args, call.element_bytes);
}

}  // namespace

const OpKind kConv2D = {"Conv2D", format::Options::Conv2D, sizeof(State), 0, prepare, begin, run};

}  // namespace tmx::runtime
