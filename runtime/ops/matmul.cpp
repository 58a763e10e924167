// MatMul: the product of two matrices that are both computed, with batches that broadcast.
#include <inttypes.h>

#include "op.h"
#include "op_site.h"
#include "strided_copy.h"

namespace tmx::runtime {
namespace {

using kernels::MatMulArgs;

/// An operand in the order [batch..., rows, columns].
struct Operand {
    int32_t batch_rank;
    int32_t shape[kMaxRank];
    int64_t strides[kMaxRank];

    int32_t rows() const { return shape[batch_rank]; }
    int32_t columns() const { return shape[batch_rank + 1]; }
    int64_t row_stride() const { return strides[batch_rank]; }
    int64_t column_stride() const { return strides[batch_rank + 1]; }
};

tmx_status read_operand(const OpSite& site, int32_t index, const flatbuffers::Vector<uint8_t>& file, Operand* operand) {
    const Tensor& tensor = site.input(index);
    int32_t axes[kMaxRank];
    if (tensor.rank < 2 || !read_permutation(file, tensor.rank, axes)) {
        return site.fail("the axes of '%.80s' are not a permutation of two or more dimensions", tensor.name);
    }
    int64_t strides[kMaxRank];
    dense_strides(tensor, strides);
    operand->batch_rank = tensor.rank - 2;
    for (int32_t d = 0; d < tensor.rank; ++d) {
        operand->shape[d] = tensor.shape[axes[d]];
        operand->strides[d] = strides[axes[d]];
    }
    return TMX_OK;
}

/// Steps of an operand from one matrix of the result to the next, 0 where it repeats.
tmx_status read_batch(const OpSite& site, int32_t index, const Operand& operand, int64_t* steps) {
    const Tensor& out = site.output();
    const int32_t missing = out.rank - 2 - operand.batch_rank;
    if (missing < 0) return site.fail("'%.80s' has more dimensions than the output", site.input(index).name);
    for (int32_t d = 0; d < out.rank - 2; ++d) {
        const int32_t size = d < missing ? 1 : operand.shape[d - missing];
        if (size != 1 && size != out.shape[d]) {
            return site.fail("'%.80s' of size %" PRId32 " does not broadcast to %" PRId32 " in dimension %" PRId32,
                             site.input(index).name, size, out.shape[d], d);
        }
        steps[d] = size == 1 ? 0 : operand.strides[d - missing];
    }
    return TMX_OK;
}

tmx_status check_result(const OpSite& site, const format::MatMul& options, MatMulArgs* args) {
    if (site.output().type == format::DataType::Float32) {
        if (options.rescale() != nullptr) return site.fail("float32 with a rescale");
        args->clamp_min_f32 = options.clamp_min_f32();
        args->clamp_max_f32 = options.clamp_max_f32();
        return site.check_clamp_f32(args->clamp_min_f32, args->clamp_max_f32);
    }
    if (options.rescale() == nullptr) return site.fail("has no rescale");
    args->rescale = {options.rescale()->multiplier(), options.rescale()->shift()};
    TMX_RETURN_IF_ERROR(site.check_rescale(args->rescale.multiplier, args->rescale.shift, "rescale"));
    args->clamp_min = options.clamp_min();
    args->clamp_max = options.clamp_max();
    return site.check_clamp(args->clamp_min, args->clamp_max);
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    TMX_RETURN_IF_ERROR(site.check_counts(2));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(0));
    TMX_RETURN_IF_ERROR(site.check_type_as_output(1));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    const auto& options = site.options<format::MatMul>();
    const Tensor& out = site.output();
    Operand a = {}, b = {};
    TMX_RETURN_IF_ERROR(read_operand(site, 0, *options.a_axes(), &a));
    TMX_RETURN_IF_ERROR(read_operand(site, 1, *options.b_axes(), &b));
    if (out.rank < 2) return site.fail("output '%.80s' is no matrix", out.name);
    auto& args = kernel_args<MatMulArgs>(op);
    args.m = out.shape[out.rank - 2];
    args.n = out.shape[out.rank - 1];
    args.k = a.columns();
    if (a.rows() != args.m || b.columns() != args.n || b.rows() != args.k) {
        return site.fail("%" PRId32 "x%" PRId32 " by %" PRId32 "x%" PRId32 " does not give %" PRId32 "x%" PRId32,
                         a.rows(), a.columns(), b.rows(), b.columns(), args.m, args.n);
    }
    TMX_RETURN_IF_ERROR(read_batch(site, 0, a, args.batch_stride_a));
    TMX_RETURN_IF_ERROR(read_batch(site, 1, b, args.batch_stride_b));
    TMX_RETURN_IF_ERROR(check_result(site, options, &args));
    args.batch_rank = out.rank - 2;
    for (int32_t d = 0; d < args.batch_rank; ++d) args.batch_shape[d] = out.shape[d];
    args.row_stride_a = a.row_stride();
    args.depth_stride_a = a.column_stride();
    args.depth_stride_b = b.row_stride();
    args.column_stride_b = b.column_stride();
    args.a = site.input(0).data;
    args.b = site.input(1).data;
    args.zero_point_a = site.input(0).zero_point;
    args.zero_point_b = site.input(1).zero_point;
    args.zero_point_out = out.zero_point;
    args.output = out.data;
    prepare_kernel_call(op, site.kernels().matmul[static_cast<int>(out.type)], elements_between(out, 0, out.rank - 1),
                        steps_of(out, args.k), element_bytes(out.type));
    return TMX_OK;
}

}  // namespace

const OpKind kMatMul = {"MatMul", format::Options::MatMul,    sizeof(KernelCall<MatMulArgs>), 0, prepare,
                        nullptr,  run_kernel_call<MatMulArgs>};

}  // namespace tmx::runtime
