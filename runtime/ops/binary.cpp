// Binary: arithmetic on two operands, element by element, with broadcasting.
#include <inttypes.h>

#include "broadcast.h"
#include "long_rows.h"
#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

using format::BinaryFunction;
using kernels::BinaryArgs;

/// Keeps the half that is added for rounding, 2^16 * 2^(shift-1), within 64 bits.
constexpr int32_t kLargestDivisionShift = 46;

/// The bounds that keep every sum of docs/arithmetic.md, 4, within the widths named there.
tmx_status check_multipliers(const OpSite& site, const format::Binary& options) {
    switch (options.function()) {
        case BinaryFunction::Mul:
            return site.check_rescale(options.multiplier_a(), options.shift(), "multiplier_a");
        case BinaryFunction::Div:
            if (options.shift() > kLargestDivisionShift) {
                return site.fail("shift %" PRId32 " is more than a division takes", options.shift());
            }
            return site.check_rescale(options.multiplier_a(), options.shift(), "multiplier_a");
        case BinaryFunction::PRelu:
            TMX_RETURN_IF_ERROR(site.check_rescale(options.multiplier_a(), options.shift(), "multiplier_a"));
            return site.check_rescale(options.multiplier_b(), options.shift_b(), "multiplier_b");
        default:
            break;
    }
    const int64_t bound = int64_t{1} << (site.output().type == format::DataType::Int8 ? 20 : 30);
    const auto outside = [bound](int64_t multiplier) { return multiplier < -bound || multiplier > bound; };
    if (outside(options.multiplier_a()) || outside(options.multiplier_b()) || options.shift() < 1 ||
        options.shift() > 62) {
        return site.fail("multipliers %" PRId32 ", %" PRId32 ", shift %" PRId32 " are no legal rescale",
                         options.multiplier_a(), options.multiplier_b(), options.shift());
    }
    return TMX_OK;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(2));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(1));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::Binary>();
    const Tensor& out = site.output();
    if (options.function() > BinaryFunction::MAX) return site.fail("unknown function");
    auto& binary = kernel_args<BinaryArgs>(op);
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 0, binary.stride_a));
    TMX_RETURN_IF_ERROR(broadcast_strides(site, 1, binary.stride_b));
    if (out.type == format::DataType::Float32) {
        TMX_RETURN_IF_ERROR(site.check_clamp_f32(options.clamp_min_f32(), options.clamp_max_f32()));
    } else {
        TMX_RETURN_IF_ERROR(check_multipliers(site, options));
        TMX_RETURN_IF_ERROR(site.check_clamp(options.clamp_min(), options.clamp_max()));
    }
    binary.function = static_cast<kernels::BinaryFunction>(options.function());
    for (int32_t d = 0; d < out.rank; ++d) binary.shape[d] = out.shape[d];
    binary.a = site.input(0).data;
    binary.b = site.input(1).data;
    binary.zero_point_a = site.input(0).zero_point;
    binary.zero_point_b = site.input(1).zero_point;
    binary.zero_point_out = out.zero_point;
    binary.multiplier_a = options.multiplier_a();
    binary.multiplier_b = options.multiplier_b();
    binary.shift = options.shift();
    binary.shift_b = options.shift_b();
    binary.clamp_min = options.clamp_min();
    binary.clamp_max = options.clamp_max();
    binary.clamp_min_f32 = options.clamp_min_f32();
    binary.clamp_max_f32 = options.clamp_max_f32();
    binary.output = out.data;
    int64_t* const strides[] = {binary.stride_a, binary.stride_b};
    binary.rank = join_short_rows(out.rank, binary.shape, strides, 2);
    const auto& kernel = site.kernels().binary[static_cast<int>(out.type)];
    prepare_kernel_call(op, kernel, row_count(binary.rank, binary.shape), steps_of(out, 1), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kBinary = {"Binary", format::Options::Binary,    sizeof(KernelCall<BinaryArgs>), 0, prepare,
                        nullptr,  run_kernel_call<BinaryArgs>};

}  // namespace tmx::runtime
