// Concat: joins tensors along one axis; integers are brought to the output's scale on the way.
#include <inttypes.h>

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::CopyArgs;
using kernels::RequantizeArgs;

/// One input: rows of `inner` elements, written `output_stride` elements apart. One of the kernels is null: codes are
/// copied in float32, int32, and with the same quantization on both sides.
struct Part {
    union {
        RequantizeArgs requantize;
        CopyArgs copy;
    };
    const kernels::Kernel<RequantizeArgs>* requantize_kernel;
    const kernels::Kernel<CopyArgs>* copy_kernel;
};

struct State {
    int32_t count;
    Part parts[1];  ///< count of them: one is inside the struct, state_bytes_per_input adds the others
};

void run(const void* data, int64_t first, int64_t last) {
    const State& state = *static_cast<const State*>(data);
    const Part* parts = state.parts;
    for (int32_t i = 0; i < state.count; ++i) {
        if (parts[i].copy_kernel != nullptr) {
            parts[i].copy_kernel->run(parts[i].copy, first, last);
        } else {
            parts[i].requantize_kernel->run(parts[i].requantize, first, last);
        }
    }
}

tmx_status check_shapes(const OpSite& site, int32_t axis) {
    const Tensor& out = site.output();
    if (axis < 0 || axis >= out.rank) return site.fail("axis %" PRId32 " is outside rank %" PRId32, axis, out.rank);
    int64_t sum = 0;
    for (int32_t i = 0; i < site.input_count(); ++i) {
        const Tensor& in = site.input(i);
        bool fits = in.rank == out.rank;
        for (int32_t d = 0; fits && d < out.rank; ++d) fits = d == axis || in.shape[d] == out.shape[d];
        if (!fits) return site.fail("input '%.80s' does not fit the output beside axis %" PRId32, in.name, axis);
        sum += in.shape[axis];
    }
    if (sum != out.shape[axis]) {
        return site.fail("inputs have %" PRId64 " entries along axis %" PRId32 ", the output %" PRId32, sum, axis,
                         out.shape[axis]);
    }
    return TMX_OK;
}

/// 2^30 / 2^30 on the same quantization copies (docs/arithmetic.md, 4).
bool copies(const kernels::Rescale& rescale, const Tensor& in, const Tensor& out) {
    return rescale.multiplier == 1 << 30 && rescale.shift == 30 && in.zero_point == out.zero_point;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    const auto& options = site.options<format::Concat>();
    const Tensor& out = site.output();
    if (site.input_count() < 1) return site.fail("has no inputs");
    for (int32_t i = 0; i < site.input_count(); ++i) TMX_RETURN_IF_ERROR(site.check_type_as_output(i));
    TMX_RETURN_IF_ERROR(site.check_output_count(1));
    TMX_RETURN_IF_ERROR(site.check_precision_of_moved_output());
    TMX_RETURN_IF_ERROR(check_shapes(site, options.axis()));
    const bool copies_all = !is_quantized(out.type);
    const uint32_t rescales = options.rescales() == nullptr ? 0 : options.rescales()->size();
    if (rescales != (copies_all ? 0U : static_cast<uint32_t>(site.input_count()))) {
        return site.fail("%" PRIu32 " rescales for %" PRId32 " %s inputs", rescales, site.input_count(),
                         type_name(out.type));
    }
    State& state = *static_cast<State*>(op->state);
    Part* parts = state.parts;
    state.count = site.input_count();
    const int64_t outer = elements_between(out, 0, options.axis());
    const int64_t stride = elements_between(out, options.axis(), out.rank);
    const int32_t bytes = element_bytes(out.type);
    int64_t begin = 0;
    const auto& copy_kernel = site.kernels().copy[kernels::AnySlot::any];
    op->kernel = copy_kernel.name;
    for (int32_t i = 0; i < state.count; ++i) {
        const Tensor& in = site.input(i);
        Part& part = parts[i];
        const int64_t inner = elements_between(in, options.axis(), in.rank);
        void* output = static_cast<uint8_t*>(out.data) + begin * bytes;
        begin += inner;
        kernels::Rescale rescale = {};
        if (!copies_all) {
            const format::Rescale& stated = *options.rescales()->Get(static_cast<uint32_t>(i));
            TMX_RETURN_IF_ERROR(site.check_rescale(stated.multiplier(), stated.shift(), "rescales"));
            rescale = {stated.multiplier(), stated.shift()};
        }
        if (copies_all || copies(rescale, in, out)) {
            part.copy = {};
            part.copy.element_bytes = bytes;
            part.copy.rank = 2;
            part.copy.shape[0] = static_cast<int32_t>(outer);
            part.copy.shape[1] = static_cast<int32_t>(inner);
            part.copy.stride_in[0] = inner;
            part.copy.stride_in[1] = 1;
            part.copy.input = in.data;
            part.copy.output = output;
            part.copy.output_stride = stride;
            part.copy_kernel = &copy_kernel;
            continue;
        }
        part.requantize = {};
        part.requantize.outer = static_cast<int32_t>(outer);
        part.requantize.inner = static_cast<int32_t>(inner);
        part.requantize.output_stride = stride;
        part.requantize.input = in.data;
        part.requantize.output = output;
        part.requantize.rescale = rescale;
        part.requantize.input_zero_point = in.zero_point;
        part.requantize.output_zero_point = out.zero_point;
        part.requantize.clamp_min = code_range(out.type).min;
        part.requantize.clamp_max = code_range(out.type).max;
        part.requantize_kernel = &site.kernels().requantize[3 * static_cast<int>(out.type)];  // 2 * t + t: t to itself
        op->kernel = part.requantize_kernel->name;  // all parts that requantize have the same
    }
    op->range = outer;
    op->steps = steps_of(out, 1);
    return TMX_OK;
}

}  // namespace

const OpKind kConcat = {"Concat", format::Options::Concat, sizeof(State), sizeof(Part), prepare, nullptr, run};

}  // namespace tmx::runtime
