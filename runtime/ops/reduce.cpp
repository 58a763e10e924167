// Reduce: sums, means, norms and extremes over the middle dimension.
#include "op.h"
#include "reduction_op.h"

namespace tmx::runtime {
namespace {

using format::ReduceFunction;
using kernels::ReduceArgs;

bool is_extreme(ReduceFunction function) { return function == ReduceFunction::Max || function == ReduceFunction::Min; }

/// Extremes copy codes; everything else has a rescale in integers and none in float32.
tmx_status read_rescale(const OpSite& site, const format::Reduce& options, ReduceArgs* args) {
    const bool needed = !is_extreme(options.function()) && site.output().type != format::DataType::Float32;
    if (needed != (options.rescale() != nullptr)) return site.fail(needed ? "has no rescale" : "with a rescale");
    if (!needed) return TMX_OK;
    args->rescale = {options.rescale()->multiplier(), options.rescale()->shift()};
    return site.check_rescale(args->rescale.multiplier, args->rescale.shift, "rescale");
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    const auto& options = site.options<format::Reduce>();
    if (options.function() > ReduceFunction::MAX) return site.fail("unknown function");
    TMX_RETURN_IF_ERROR(is_extreme(options.function()) ? site.check_quantization_as_output(0)
                                                       : site.check_type_as_output(0));
    ReductionShape shape;
    TMX_RETURN_IF_ERROR(check_reduction(site, 0, 0, &shape));
    const Tensor& out = site.output();
    auto& reduce = kernel_args<ReduceArgs>(op);
    TMX_RETURN_IF_ERROR(read_rescale(site, options, &reduce));
    reduce.function = static_cast<kernels::ReduceFunction>(options.function());
    reduce.count = shape.count;
    reduce.inner = shape.inner;
    reduce.input = site.input(0).data;
    reduce.input_zero_point = site.input(0).zero_point;
    reduce.output_zero_point = out.zero_point;
    reduce.output = out.data;
    prepare_kernel_call(op, site.kernels().reduce[static_cast<int>(out.type)], static_cast<int64_t>(out.elements),
                        steps_of(out, shape.count), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kReduce = {"Reduce", format::Options::Reduce,    sizeof(KernelCall<ReduceArgs>), 0, prepare,
                        nullptr,  run_kernel_call<ReduceArgs>};

}  // namespace tmx::runtime
