// Depthwise 3x3 of w8a8: rows of output pixels for 8 channels, horizontal stride 1 or 2 (sliding_rows.inc).
// void w8a8_depthwise_rows3x3_s1__neon(DepthwiseRows* rows);    and _s2
//
// Two products of int8 fit 16 bits (weights are -127..127), so nine taps take 9 multiplications and 5 pairs of widening
// additions. Products alternate between three registers, because this core waits for each result.
//
//   q9, q14, q15  products, then constants       q10, q11  sums       q12, q13  multipliers
#include "sliding_rows.inc"

.macro output_pixel a0, a1, a2, b0, b1, b2, c0, c1, c2
    vmull.s8 q9, \a0, d0
    vmull.s8 q14, \a1, d3
    vld1.32 {d20-d23}, [r12]
    vmlal.s8 q9, \a2, d6
    vmlal.s8 q14, \b0, d1
    vmull.s8 q15, \b1, d4
    vaddw.s16 q10, q10, d18
    vaddw.s16 q11, q11, d19
    vmlal.s8 q15, \b2, d7
    vaddw.s16 q10, q10, d28
    vaddw.s16 q11, q11, d29
    vmull.s8 q9, \c0, d2
    vmull.s8 q14, \c2, d8
    vaddw.s16 q10, q10, d30
    vaddw.s16 q11, q11, d31
    vmlal.s8 q9, \c1, d5
    vaddw.s16 q10, q10, d28
    vaddw.s16 q11, q11, d29
    vld1.32 {d28-d31}, [r11]
    vaddw.s16 q10, q10, d18
    vaddw.s16 q11, q11, d19
    vqdmulh.s32 q10, q10, q12
    vqdmulh.s32 q11, q11, q13
    vrshl.s32 q10, q10, q14
    vrshl.s32 q11, q11, q15
    vld1.16 {d28-d31}, [r0]
    vqmovn.s32 d18, q10
    vqmovn.s32 d19, q11
    vqadd.s16 q9, q9, q14
    vqmovn.s16 d18, q9
    vmax.s8 d18, d18, d30
    vmin.s8 d18, d18, d31
    subs r7, r7, #1
    vst1.8 {d18}, [r9], r10
.endm

.macro depthwise_rows name, stride
function \name
    enter_rows
    vld1.8 {d0}, [r1], r10
    vld1.8 {d1}, [r1], r10
    vld1.8 {d2}, [r1], r10
    vld1.8 {d3}, [r1], r10
    vld1.8 {d4}, [r1], r10
    vld1.8 {d5}, [r1], r10
    vld1.8 {d6}, [r1], r10
    vld1.8 {d7}, [r1], r10
    vld1.8 {d8}, [r1], r10
    add r1, r12, #32
    vld1.32 {d24-d27}, [r1]
    add r11, r12, #64
    walk_rows \stride, 96
endfunction \name
.endm

depthwise_rows w8a8_depthwise_rows3x3_s1__neon, 1
depthwise_rows w8a8_depthwise_rows3x3_s2__neon, 2
