// Requantize, add, subtract, multiply, pool and look up over vectors of elements, RISC-V vectors.
//
// All are bound by memory, not arithmetic, so that the loops are plain: widen to 32 bits in groups of eight registers,
// compute, and narrow by the same vnclip as the convolutions (stage.h), with one multiplier and shift for
// all. Rows that follow one another in memory are taken as one.
#ifndef TINAMIX_KERNELS_RVV_ELEMENTWISE_H_
#define TINAMIX_KERNELS_RVV_ELEMENTWISE_H_

#include "kernels/reference/outer_index.h"
#include "kernels/rvv/stage.h"

namespace tmx::kernels {
namespace {

inline size_t setvl_32(int64_t n) { return __riscv_vsetvl_e32m8(static_cast<size_t>(n)); }
inline vint32m8_t widen(const int8_t* p, size_t vl) { return __riscv_vsext_vf4_i32m8(__riscv_vle8_v_i8m2(p, vl), vl); }
inline vint32m8_t widen(const int16_t* p, size_t vl) {
    return __riscv_vsext_vf2_i32m8(__riscv_vle16_v_i16m4(p, vl), vl);
}

/// rescale(acc, m, s) of the contract for one m and s, saturated to 16 bits.
struct NarrowRescale {
    int32_t multiplier, limit;
    size_t left, post;

    NarrowRescale(int32_t m, int32_t shift)
        : multiplier(m),
          limit(INT32_MAX >> left_shift(shift)),
          left(static_cast<size_t>(left_shift(shift))),
          post(static_cast<size_t>((shift & 63) < kLeastShift ? 1 : (shift & 63) - 32)) {}

    vint16m4_t operator()(vint32m8_t acc, size_t vl) const {
        if (left != 0) {
            acc = __riscv_vmin_vx_i32m8(acc, limit, vl);
            acc = __riscv_vmax_vx_i32m8(acc, ~limit, vl);
            acc = __riscv_vsll_vx_i32m8(acc, left, vl);
        }
        return __riscv_vnclip_wx_i16m4(__riscv_vmulh_vx_i32m8(acc, multiplier, vl), post, __RISCV_VXRM_RNU, vl);
    }
};

/// The same with a 64-bit sum.
struct WideRescale {
    int64_t multiplier;
    size_t left, post;

    WideRescale(int32_t m, int32_t shift)
        : multiplier(static_cast<int64_t>(static_cast<uint64_t>(m) << 32)),
          left(static_cast<size_t>((shift & 63) < kLeastShift ? kLeastShift - (shift & 63) : 0)),
          post(static_cast<size_t>((shift & 63) < kLeastShift ? 1 : (shift & 63) - 32)) {}

    vint16m2_t operator()(vint64m8_t acc, size_t vl) const {
        if (left != 0) {
            acc = __riscv_vmin_vx_i64m8(acc, INT32_MAX, vl);
            acc = __riscv_vmax_vx_i64m8(acc, INT32_MIN, vl);
            acc = __riscv_vsll_vx_i64m8(acc, left, vl);
        }
        acc = __riscv_vmulh_vx_i64m8(acc, multiplier, vl);
        const vint32m4_t q = __riscv_vnclip_wx_i32m4(acc, post, __RISCV_VXRM_RNU, vl);
        return __riscv_vnclip_wx_i16m2(q, 0, __RISCV_VXRM_RNU, vl);
    }
};

template <typename In, typename Out>
void requantize(const RequantizeArgs& args, int64_t first, int64_t last) {
    const NarrowRescale rescale(args.rescale.multiplier, args.rescale.shift);
    const Finish finish(args.output_zero_point, args.clamp_min, args.clamp_max);
    const bool joined = args.output_stride == args.inner;
    const int64_t length = joined ? (last - first) * args.inner : args.inner;
    for (int64_t row = first; row < last; row += joined ? last - first : 1) {
        const In* input = static_cast<const In*>(args.input) + row * args.inner;
        Out* output = static_cast<Out*>(args.output) + row * args.output_stride;
        for (int64_t i = 0; i < length;) {
            const size_t vl = setvl_32(length - i);
            const vint32m8_t x = __riscv_vsub_vx_i32m8(widen(input + i, vl), args.input_zero_point, vl);
            store_codes(output + i, rescale(x, vl), finish, vl);
            i += static_cast<int64_t>(vl);
        }
    }
}

/// True if rows of the operand follow one another.
inline bool dense(const BinaryArgs& args, const int64_t* strides) {
    int64_t elements = 1;
    for (int32_t d = args.rank - 1; d >= 0; --d) {
        if (args.shape[d] != 1 && strides[d] != elements) return false;
        elements *= args.shape[d];
    }
    return true;
}

/// Rows of a binary operation: run(a, b, output, length).
template <typename T, typename Run>
void binary_rows(const BinaryArgs& args, int64_t first, int64_t last, const Run& run) {
    const int64_t inner = args.shape[args.rank - 1];
    const bool joined = dense(args, args.stride_a) && dense(args, args.stride_b);
    for (int64_t row = first; row < last; row += joined ? last - first : 1) {
        run(static_cast<const T*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a),
            static_cast<const T*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b),
            static_cast<T*>(args.output) + row * inner, joined ? (last - first) * inner : inner);
    }
}

/// False, with nothing written, for functions, strides or constants that these loops do not take.
template <typename T>
bool binary(const BinaryArgs& args, int64_t first, int64_t last) {
    if (args.function > BinaryFunction::kMul) return false;
    int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    if (args.shape[args.rank - 1] == 1) step_a = step_b = 1;
    if (step_a < 0 || step_a > 1 || step_b < 0 || step_b > 1) return false;
    const Finish finish(args.zero_point_out, args.clamp_min, args.clamp_max);
    const int32_t za = args.zero_point_a, zb = args.zero_point_b;
    if (args.function == BinaryFunction::kMul) {
        const NarrowRescale rescale(args.multiplier_a, args.shift);
        binary_rows<T>(args, first, last, [&](const T* a, const T* b, T* output, int64_t length) {
            for (int64_t i = 0; i < length;) {
                const size_t vl = setvl_32(length - i);
                vint32m8_t x = step_a == 0 ? __riscv_vmv_v_x_i32m8(a[0], vl) : widen(a + i, vl);
                x = __riscv_vsub_vx_i32m8(x, za, vl);
                if (step_b == 0) {
                    const uint32_t y = static_cast<uint32_t>(b[0]) - static_cast<uint32_t>(zb);
                    x = __riscv_vmul_vx_i32m8(x, static_cast<int32_t>(y), vl);
                } else {
                    x = __riscv_vmul_vv_i32m8(x, __riscv_vsub_vx_i32m8(widen(b + i, vl), zb, vl), vl);
                }
                store_codes(output + i, rescale(x, vl), finish, vl);
                i += static_cast<int64_t>(vl);
            }
        });
        return true;
    }
    const int32_t ma = args.multiplier_a, mb = args.multiplier_b;
    // a * ma + b * mb - (za * ma + zb * mb): sums modulo the word, whose value fits in it.
    const uint64_t offset =
        uint64_t{0} - static_cast<uint64_t>(int64_t{za} * ma) - static_cast<uint64_t>(int64_t{zb} * mb);
    const size_t shift = static_cast<size_t>(args.shift);
    if constexpr (sizeof(T) == 1) {
        constexpr int32_t kMost = 1 << 20;  // keeps the sum of two 9-bit differences within 32 bits
        if (args.shift < 1 || args.shift > 31 || ma > kMost || ma < -kMost || mb > kMost || mb < -kMost) return false;
        binary_rows<T>(args, first, last, [&](const T* a, const T* b, T* output, int64_t length) {
            for (int64_t i = 0; i < length;) {
                const size_t vl = setvl_32(length - i);
                const vint32m8_t x = step_a == 0 ? __riscv_vmv_v_x_i32m8(a[0], vl) : widen(a + i, vl);
                const vint32m8_t y = step_b == 0 ? __riscv_vmv_v_x_i32m8(b[0], vl) : widen(b + i, vl);
                vint32m8_t acc = __riscv_vmacc_vx_i32m8(__riscv_vmul_vx_i32m8(x, ma, vl), mb, y, vl);
                acc = __riscv_vadd_vx_i32m8(acc, static_cast<int32_t>(static_cast<uint32_t>(offset)), vl);
                store_codes(output + i, __riscv_vnclip_wx_i16m4(acc, shift, __RISCV_VXRM_RNU, vl), finish, vl);
                i += static_cast<int64_t>(vl);
            }
        });
    } else {
        if (args.shift < 1 || args.shift > 62) return false;
        binary_rows<T>(args, first, last, [&](const T* a, const T* b, T* output, int64_t length) {
            for (int64_t i = 0; i < length;) {
                const size_t vl = __riscv_vsetvl_e64m8(static_cast<size_t>(length - i));
                const vint64m8_t x = step_a == 0 ? __riscv_vmv_v_x_i64m8(a[0], vl)
                                                 : __riscv_vsext_vf4_i64m8(__riscv_vle16_v_i16m2(a + i, vl), vl);
                const vint64m8_t y = step_b == 0 ? __riscv_vmv_v_x_i64m8(b[0], vl)
                                                 : __riscv_vsext_vf4_i64m8(__riscv_vle16_v_i16m2(b + i, vl), vl);
                vint64m8_t acc = __riscv_vmacc_vx_i64m8(__riscv_vmul_vx_i64m8(x, ma, vl), mb, y, vl);
                acc = __riscv_vadd_vx_i64m8(acc, static_cast<int64_t>(offset), vl);
                const vint32m4_t q = __riscv_vnclip_wx_i32m4(acc, shift, __RISCV_VXRM_RNU, vl);
                store_codes(output + i, __riscv_vnclip_wx_i16m2(q, 0, __RISCV_VXRM_RNU, vl), finish, vl);
                i += static_cast<int64_t>(vl);
            }
        });
    }
    return true;
}

// Pooling. ------------------------------------------------------------------------------------------------------------

/// Taps of one axis: the first coordinate within [0, in) and how many there are.
inline void clip_axis(int32_t in, int64_t begin, int32_t kernel, int32_t dilation, int64_t* first, int32_t* count) {
    *count = 0;
    for (int32_t k = 0; k < kernel; ++k) {
        const int64_t at = begin + int64_t{k} * dilation;
        if (at < 0 || at >= in) continue;
        if ((*count)++ == 0) *first = at;
    }
}

/// Calls run(first valid element, rows, columns, row distance, column distance, output) per output pixel.
template <typename T, typename Run>
void pool_pixels(const PoolArgs& args, int64_t first, int64_t last, const Run& run) {
    const Window& window = args.window;
    for (int64_t row = first; row < last; ++row) {
        const int64_t image = row / args.out_h;
        int64_t y = 0, x = 0;
        int32_t rows, columns;
        clip_axis(args.in_h, row % args.out_h * window.stride_h - window.pad_top, window.kernel_h, window.dilation_h,
                  &y, &rows);
        for (int64_t out_x = 0; out_x < args.out_w; ++out_x) {
            clip_axis(args.in_w, out_x * window.stride_w - window.pad_left, window.kernel_w, window.dilation_w, &x,
                      &columns);
            const T* input =
                static_cast<const T*>(args.input) + ((image * args.in_h + y) * args.in_w + x) * args.channels;
            run(input, columns == 0 ? 0 : rows, columns, int64_t{window.dilation_h} * args.in_w * args.channels,
                int64_t{window.dilation_w} * args.channels,
                static_cast<T*>(args.output) + (row * args.out_w + out_x) * args.channels);
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_RVV_ELEMENTWISE_H_
