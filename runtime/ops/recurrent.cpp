// Recurrent: one direction of an LSTM, GRU or RNN layer.
#include <inttypes.h>

#include "convolution_op.h"
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using kernels::RecurrentArgs;
using kernels::RecurrentCell;

/// 2^(9 + 20) is the bound of a sum.
constexpr int32_t kMostIntervalBits = 20;

uint32_t function_count(RecurrentCell cell) {
    return cell == RecurrentCell::kLstm ? 3 : cell == RecurrentCell::kGru ? 2 : 1;
}

/// Shapes of x, y and the states; fills the sizes.
tmx_status check_shapes(const OpSite& site, RecurrentArgs* args) {
    const Tensor& x = site.input(0);
    const Tensor& y = site.output();
    const bool lstm = args->cell == RecurrentCell::kLstm;
    const int32_t states = lstm ? 2 : 1;
    if (site.input_count() != 1 && site.input_count() != 1 + states) {
        return site.fail("has %" PRId32 " inputs, needs 1 or %" PRId32, site.input_count(), 1 + states);
    }
    if (site.output_count() != states) {
        return site.fail("has %" PRId32 " outputs, needs %" PRId32, site.output_count(), states);
    }
    if (x.rank != 3 || y.rank != 3 || x.shape[0] != y.shape[0] || x.shape[1] != y.shape[1]) {
        return site.fail("'%.80s' and '%.80s' are not sequences of the same length", x.name, y.name);
    }
    args->steps = x.shape[0];
    args->batch = x.shape[1];
    args->inputs = x.shape[2];
    args->hidden = y.shape[2];
    const auto check_state = [&](const Tensor& state, const Tensor& like) {
        if (state.rank != 2 || state.shape[0] != args->batch || state.shape[1] != args->hidden) {
            return site.fail("state '%.80s' is not %" PRId32 "x%" PRId32, state.name, args->batch, args->hidden);
        }
        if (!same_quantization(state, like)) {
            return site.fail("state '%.80s' is not quantized like '%.80s'", state.name, like.name);
        }
        return TMX_OK;
    };
    for (int32_t i = 1; i < site.input_count(); ++i) {
        TMX_RETURN_IF_ERROR(check_state(site.input(i), site.output(i - 1)));
    }
    return lstm ? check_state(site.output(1), site.output(1)) : TMX_OK;
}

tmx_status read_product(const OpSite& site, const format::GateProduct& file, uint64_t rows, int32_t depth,
                        kernels::GateProduct* product) {
    if (file.accumulator() > format::Accumulator::MAX) return site.fail("unknown accumulator");
    const format::PackedWeights& weights = *file.weights();
    if (weights.nr() != 1 || weights.kr() != 1) return site.fail("weights: must not be packed in blocks");
    uint64_t elements = rows;
    if (!multiply(&elements, static_cast<uint64_t>(depth))) return site.fail("weights: impossible size");
    TMX_RETURN_IF_ERROR(resolve_weights(site, weights, elements, &product->weights));
    product->wide_accumulator = file.accumulator() == format::Accumulator::Int64;
    if (site.output().type == format::DataType::Float32) {
        if (file.multipliers() != nullptr || file.shifts() != nullptr || product->wide_accumulator) {
            return site.fail("float32 with integer arithmetic");
        }
        return site.resolve_bytes(file.bias(), rows, sizeof(float), "bias", &product->bias);
    }
    TMX_RETURN_IF_ERROR(site.resolve_bytes(
        file.bias(), rows, product->wide_accumulator ? sizeof(int64_t) : sizeof(int32_t), "bias", &product->bias));
    TMX_RETURN_IF_ERROR(site.resolve(file.multipliers(), rows, "multipliers", &product->multiplier));
    TMX_RETURN_IF_ERROR(site.resolve(file.shifts(), rows, "shifts", &product->shift));
    return check_channel_rescales(site, product->multiplier, product->shift, static_cast<int32_t>(rows));
}

tmx_status read_functions(const OpSite& site, const format::Recurrent& options, RecurrentArgs* args) {
    const uint32_t count = function_count(args->cell);
    if (options.functions()->size() != count) {
        return site.fail("has %" PRIu32 " functions, needs %" PRIu32, options.functions()->size(), count);
    }
    const bool is_float = site.output().type == format::DataType::Float32;
    for (uint32_t i = 0; i < count; ++i) {
        const format::GateFunction& file = *options.functions()->Get(i);
        kernels::GateFunction& function = args->functions[i];
        if (is_float) {
            if (file.function() > format::UnaryFunction::MAX) return site.fail("unknown function");
            if (file.alpha() != file.alpha() || file.beta() != file.beta()) return site.fail("alpha or beta is NaN");
            function.function = static_cast<kernels::UnaryFunction>(file.function());
            function.alpha = file.alpha();
            function.beta = file.beta();
            continue;
        }
        function.interval_bits = file.interval_bits();
        if (function.interval_bits < 1 || function.interval_bits > kMostIntervalBits) {
            return site.fail("a function's table has intervals of 2^%" PRId32, function.interval_bits);
        }
        TMX_RETURN_IF_ERROR(site.resolve(file.table(), kernels::kLookupInt16Entries, "table", &function.table));
    }
    return TMX_OK;
}

tmx_status read_rescale(const OpSite& site, const format::Rescale* file, const char* what, kernels::Rescale* rescale) {
    if (file == nullptr) return site.fail("has no %s", what);
    *rescale = {file->multiplier(), file->shift()};
    return site.check_rescale(rescale->multiplier, rescale->shift, what);
}

/// How products of gates become codes.
tmx_status read_gate_arithmetic(const OpSite& site, const format::Recurrent& options, RecurrentArgs* args) {
    if (site.output().type == format::DataType::Float32) {
        args->clip = options.clip();
        if (!is_finite(args->clip) || args->clip < 0.0F) return site.fail("clip is not a bound");
        return TMX_OK;
    }
    if (args->cell == RecurrentCell::kRnn) return TMX_OK;
    TMX_RETURN_IF_ERROR(read_rescale(site, options.gate_product(), "gate_product", &args->gate_product));
    if (args->cell == RecurrentCell::kGru) return TMX_OK;
    TMX_RETURN_IF_ERROR(read_rescale(site, options.cell_to_sum(), "cell_to_sum", &args->cell_to_sum));
    constexpr int32_t kBound = 1 << 30;
    args->forget_multiplier = options.forget_multiplier();
    args->input_multiplier = options.input_multiplier();
    args->cell_shift = options.cell_shift();
    if (args->forget_multiplier < 0 || args->forget_multiplier > kBound || args->input_multiplier < 0 ||
        args->input_multiplier > kBound || args->cell_shift < 1 || args->cell_shift > 62) {
        return site.fail("multipliers %" PRId32 ", %" PRId32 ", shift %" PRId32 " are no legal rescale of the cell",
                         args->forget_multiplier, args->input_multiplier, args->cell_shift);
    }
    return TMX_OK;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    const auto& options = site.options<format::Recurrent>();
    auto& args = kernel_args<RecurrentArgs>(op);
    if (options.cell() > format::RecurrentCell::MAX) return site.fail("unknown cell");
    args.cell = static_cast<RecurrentCell>(options.cell());
    args.reverse = options.reverse();
    args.reset_after = options.reset_after();
    TMX_RETURN_IF_ERROR(check_shapes(site, &args));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    for (int32_t i = 0; i < site.input_count(); ++i) TMX_RETURN_IF_ERROR(site.check_type_as_output(i));
    const auto& kernel = site.kernels().recurrent[static_cast<int>(site.precision())];
    if (kernel.run == nullptr)
        return site.fail("cannot be computed in %s", format::EnumNamePrecision(site.precision()));
    const uint64_t rows = static_cast<uint64_t>(kernels::gate_count(args.cell)) * static_cast<uint64_t>(args.hidden);
    if (rows > static_cast<uint64_t>(kMaxTensorElements)) return site.fail("too many gates");
    TMX_RETURN_IF_ERROR(read_product(site, *options.input(), rows, args.inputs, &args.input));
    TMX_RETURN_IF_ERROR(read_product(site, *options.recurrent(), rows, args.hidden, &args.recurrent));
    TMX_RETURN_IF_ERROR(read_functions(site, options, &args));
    TMX_RETURN_IF_ERROR(read_gate_arithmetic(site, options, &args));
    TMX_RETURN_IF_ERROR(site.check_scratch(kernels::recurrent_scratch_bytes(args.cell, args.batch, args.hidden)));
    args.x = site.input(0).data;
    if (site.input_count() > 1) args.initial_h = site.input(1).data;
    if (site.input_count() > 2) args.initial_c = site.input(2).data;
    args.output = site.output().data;
    if (site.output_count() > 1) args.final_c = site.output(1).data;
    args.scratch = site.scratch();
    const int64_t steps = int64_t{kernels::gate_count(args.cell)} * (int64_t{args.inputs} + args.hidden);
    prepare_kernel_call(op, kernel, args.batch, steps_of(site.output(), steps), element_bytes(site.input(0).type));
    return TMX_OK;
}

}  // namespace

const OpKind kRecurrent = {"Recurrent", format::Options::Recurrent,    sizeof(KernelCall<RecurrentArgs>), 0, prepare,
                           nullptr,     run_kernel_call<RecurrentArgs>};

}  // namespace tmx::runtime
