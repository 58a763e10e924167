// Sums of 32 bits over groups of four and of eight registers, under one set of names: what the kernels are written
// over.
#ifndef TINAMIX_KERNELS_RVV_VECTORS_H_
#define TINAMIX_KERNELS_RVV_VECTORS_H_

#include "kernels/rvv/stage.h"

namespace tmx::kernels {
namespace {

struct Sums4 {
    using Acc = vint32m4_t;
    using Operand = vint16m2_t;  ///< factors, widened to 16 bits
    static size_t most() { return __riscv_vsetvlmax_e32m4(); }
    static size_t setvl(int32_t n) { return __riscv_vsetvl_e32m4(static_cast<size_t>(n)); }
    static Operand load(const int8_t* p, size_t vl) { return __riscv_vsext_vf2_i16m2(__riscv_vle8_v_i8m1(p, vl), vl); }
    static Operand load(const int16_t* p, size_t vl) { return __riscv_vle16_v_i16m2(p, vl); }
    static Operand load_strided(const int8_t* p, ptrdiff_t stride, size_t vl) {
        return __riscv_vsext_vf2_i16m2(__riscv_vlse8_v_i8m1(p, stride, vl), vl);
    }
    static Operand load_strided(const int16_t* p, ptrdiff_t stride, size_t vl) {
        return __riscv_vlse16_v_i16m2(p, stride * 2, vl);
    }
    static Acc load_sums(const int32_t* p, size_t vl) { return __riscv_vle32_v_i32m4(p, vl); }
    static Acc zero(size_t vl) { return __riscv_vmv_v_x_i32m4(0, vl); }
    static Acc multiply_add(Acc acc, int16_t x, Operand w, size_t vl) { return __riscv_vwmacc_vx_i32m4(acc, x, w, vl); }
    static Acc multiply_add(Acc acc, Operand x, Operand w, size_t vl) { return __riscv_vwmacc_vv_i32m4(acc, x, w, vl); }
    static Acc shift_left(Acc acc, const NarrowStage& stage, int32_t lane, size_t vl) {
        const Acc limit = load_sums(stage.limit + lane, vl);
        acc = __riscv_vmax_vv_i32m4(__riscv_vmin_vv_i32m4(acc, limit, vl), __riscv_vnot_v_i32m4(limit, vl), vl);
        return __riscv_vsll_vv_i32m4(acc, __riscv_vle32_v_u32m4(stage.left + lane, vl), vl);
    }
    static Acc high_product(Acc acc, Acc multiplier, size_t vl) { return __riscv_vmulh_vv_i32m4(acc, multiplier, vl); }
    static vuint16m2_t load_post(const uint16_t* p, size_t vl) { return __riscv_vle16_v_u16m2(p, vl); }
    static vint16m2_t narrow(Acc t, vuint16m2_t post, size_t vl) {
        return __riscv_vnclip_wv_i16m2(t, post, __RISCV_VXRM_RNU, vl);
    }
    /// sums[i] += acc[i]
    static void add_to(int64_t* sums, Acc acc, size_t vl) {
        const vint64m8_t sum = __riscv_vle64_v_i64m8(sums, vl);
        __riscv_vse64_v_i64m8(sums, __riscv_vwadd_wv_i64m8(sum, acc, vl), vl);
    }
};

/// Constants of float32 layers.
struct FloatStage {
    using Bias = float;
    const float* bias;
    float low, high;

    FloatStage(const OutputStage& stage, int32_t channel, int32_t)
        : bias(static_cast<const float*>(stage.bias) + channel), low(stage.clamp_min_f32), high(stage.clamp_max_f32) {}
};

/// float32: a product and a sum, each rounded (docs/arithmetic.md, 8).
struct FloatSums4 {
    using Acc = vfloat32m4_t;
    using Operand = vfloat32m4_t;
    static size_t setvl(int32_t n) { return __riscv_vsetvl_e32m4(static_cast<size_t>(n)); }
    static Operand load(const float* p, size_t vl) { return __riscv_vle32_v_f32m4(p, vl); }
    static Operand load_strided(const float* p, ptrdiff_t stride, size_t vl) {
        return __riscv_vlse32_v_f32m4(p, stride * 4, vl);
    }
    static Acc load_sums(const float* p, size_t vl) { return __riscv_vle32_v_f32m4(p, vl); }
    static Acc multiply_add(Acc acc, float x, Operand w, size_t vl) {
        return __riscv_vfadd_vv_f32m4(acc, __riscv_vfmul_vf_f32m4(w, x, vl), vl);
    }
    static Acc multiply_add(Acc acc, Operand x, Operand w, size_t vl) {
        return __riscv_vfadd_vv_f32m4(acc, __riscv_vfmul_vv_f32m4(x, w, vl), vl);
    }
    /// By comparisons: the instructions for minima and maxima order zeros by sign, the contract does not.
    static void store(float* output, Acc acc, const FloatStage& stage, size_t vl) {
        const vbool8_t above = __riscv_vmfgt_vf_f32m4_b8(acc, stage.low, vl);
        acc = __riscv_vmerge_vvm_f32m4(__riscv_vfmv_v_f_f32m4(stage.low, vl), acc, above, vl);
        const vbool8_t below = __riscv_vmflt_vf_f32m4_b8(acc, stage.high, vl);
        acc = __riscv_vmerge_vvm_f32m4(__riscv_vfmv_v_f_f32m4(stage.high, vl), acc, below, vl);
        __riscv_vse32_v_f32m4(output, acc, vl);
    }
};

struct Sums8 {
    using Acc = vint32m8_t;
    using Operand = vint16m4_t;
    static size_t most() { return __riscv_vsetvlmax_e32m8(); }
    static size_t setvl(int32_t n) { return __riscv_vsetvl_e32m8(static_cast<size_t>(n)); }
    static Operand load(const int8_t* p, size_t vl) { return __riscv_vsext_vf2_i16m4(__riscv_vle8_v_i8m2(p, vl), vl); }
    static Operand load(const int16_t* p, size_t vl) { return __riscv_vle16_v_i16m4(p, vl); }
    static Acc load_sums(const int32_t* p, size_t vl) { return __riscv_vle32_v_i32m8(p, vl); }
    static Acc zero(size_t vl) { return __riscv_vmv_v_x_i32m8(0, vl); }
    static Acc multiply_add(Acc acc, int16_t x, Operand w, size_t vl) { return __riscv_vwmacc_vx_i32m8(acc, x, w, vl); }
    static Acc multiply_add(Acc acc, Operand x, Operand w, size_t vl) { return __riscv_vwmacc_vv_i32m8(acc, x, w, vl); }
    static Acc shift_left(Acc acc, const NarrowStage& stage, int32_t lane, size_t vl) {
        const Acc limit = load_sums(stage.limit + lane, vl);
        acc = __riscv_vmax_vv_i32m8(__riscv_vmin_vv_i32m8(acc, limit, vl), __riscv_vnot_v_i32m8(limit, vl), vl);
        return __riscv_vsll_vv_i32m8(acc, __riscv_vle32_v_u32m8(stage.left + lane, vl), vl);
    }
    static Acc high_product(Acc acc, Acc multiplier, size_t vl) { return __riscv_vmulh_vv_i32m8(acc, multiplier, vl); }
    static vuint16m4_t load_post(const uint16_t* p, size_t vl) { return __riscv_vle16_v_u16m4(p, vl); }
    static vint16m4_t narrow(Acc t, vuint16m4_t post, size_t vl) {
        return __riscv_vnclip_wv_i16m4(t, post, __RISCV_VXRM_RNU, vl);
    }
    static void add_to(int64_t* sums, Acc acc, size_t vl) {
        const size_t half = __riscv_vsetvlmax_e32m4();
        Sums4::add_to(sums, __riscv_vget_v_i32m8_i32m4(acc, 0), vl < half ? vl : half);
        if (vl > half) Sums4::add_to(sums + half, __riscv_vget_v_i32m8_i32m4(acc, 1), vl - half);
    }
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_RVV_VECTORS_H_
