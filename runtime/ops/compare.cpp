// Compare: the truth value of two operands, element by element, with broadcasting.
#include <inttypes.h>

#include "broadcast.h"
#include "long_rows.h"
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using format::CompareFunction;
using kernels::CompareArgs;

bool is_logical(CompareFunction function) {
    return function == CompareFunction::And || function == CompareFunction::Or || function == CompareFunction::Xor;
}

tmx_status check_types(const OpSite& site, CompareFunction function) {
    const Tensor& a = site.input(0);
    const Tensor& b = site.input(1);
    if (site.output().type != format::DataType::Int32) {
        return site.fail("output '%.80s' is %s, truth values are int32", site.output().name,
                         type_name(site.output().type));
    }
    if (a.type != b.type) {
        return site.fail("input '%.80s' is %s, '%.80s' is %s", a.name, type_name(a.type), b.name, type_name(b.type));
    }
    if (is_logical(function) && a.type != format::DataType::Int32) {
        return site.fail("input '%.80s' is %s, truth values are int32", a.name, type_name(a.type));
    }
    return a.type == format::DataType::Int32 ? TMX_OK : site.check_precision_of(a);
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(2));
    const auto& options = site.options<format::Compare>();
    if (options.function() > CompareFunction::MAX) return site.fail("unknown function");
    TMX_RETURN_IF_ERROR(check_types(site, options.function()));
    const Tensor& a = site.input(0);
    const Tensor& b = site.input(1);
    const Tensor& out = site.output();
    if (is_quantized(a.type) && (options.multiplier_a() < 0 || options.multiplier_b() < 0)) {
        return site.fail("multipliers %" PRId32 ", %" PRId32 ": a scale is not negative", options.multiplier_a(),
                         options.multiplier_b());
    }
    auto& compare = kernel_args<CompareArgs>(op);
    compare.function = static_cast<kernels::CompareFunction>(options.function());
    for (int32_t d = 0; d < out.rank; ++d) compare.shape[d] = out.shape[d];
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 0, compare.stride_a));
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 1, compare.stride_b));
    int64_t* const strides[] = {compare.stride_a, compare.stride_b};
    compare.rank = join_short_rows(out.rank, compare.shape, strides, 2);
    compare.a = a.data;
    compare.b = b.data;
    compare.zero_point_a = a.zero_point;
    compare.zero_point_b = b.zero_point;
    compare.multiplier_a = options.multiplier_a();
    compare.multiplier_b = options.multiplier_b();
    compare.output = static_cast<int32_t*>(out.data);
    prepare_kernel_call(op, site.kernels().compare[static_cast<int>(a.type)], row_count(compare.rank, compare.shape),
                        steps_of(out, 1), element_bytes(a.type));
    return TMX_OK;
}

}  // namespace

const OpKind kCompare = {"Compare", format::Options::Compare,    sizeof(KernelCall<CompareArgs>), 0, prepare,
                         nullptr,   run_kernel_call<CompareArgs>};

}  // namespace tmx::runtime
