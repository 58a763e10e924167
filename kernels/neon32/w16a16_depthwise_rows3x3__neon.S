// Depthwise 3x3 of w16a16 with 64-bit sums: rows of output pixels for 4 channels, horizontal stride 1 or 2
// (sliding_rows.inc). Weights come as [9][4].
// void w16a16_depthwise_rows3x3_s1__neon(DepthwiseRows* rows);    and _s2
//
// Two products fit 32 bits (weights are -32767..32767), then they are widened. The rescaling is that of
// docs/arithmetic.md, 2, last paragraph, for shifts above 32. No zero point: that of int16 is 0.
//
//   q9, q14, q15  products, then halves       q10, q11  sums       q12  multipliers       q13, q15  rescaled
#include "sliding_rows.inc"

.macro output_pixel a0, a1, a2, b0, b1, b2, c0, c1, c2
    vmull.s16 q9, \a0, d0
    vld1.64 {d20-d23}, [r12]
    vmlal.s16 q9, \a1, d3
    vmull.s16 q14, \a2, d6
    vaddw.s32 q10, q10, d18
    vmlal.s16 q14, \b0, d1
    vaddw.s32 q11, q11, d19
    vmull.s16 q15, \b1, d4
    vaddw.s32 q10, q10, d28
    vmlal.s16 q15, \b2, d7
    vaddw.s32 q11, q11, d29
    vmull.s16 q9, \c0, d2
    vaddw.s32 q10, q10, d30
    vmlal.s16 q9, \c1, d5
    vaddw.s32 q11, q11, d31
    vmull.s16 q14, \c2, d8
    vaddw.s32 q10, q10, d18
    vaddw.s32 q11, q11, d19
    vaddw.s32 q10, q10, d28
    vaddw.s32 q11, q11, d29
    vuzp.32 q10, q11            // low halves, high halves
    vmull.u32 q9, d20, d24
    vmull.u32 q14, d21, d25
    vmull.s32 q15, d22, d24
    vmull.s32 q13, d23, d25
    vld1.64 {d20-d23}, [r11]
    vsra.u64 q15, q9, #32
    vsra.u64 q13, q14, #32
    vld1.16 {d28-d29}, [r0]
    vrshl.s64 q15, q15, q10
    vrshl.s64 q13, q13, q11
    vqmovn.s64 d18, q15
    vqmovn.s64 d19, q13
    subs r7, r7, #1
    vqmovn.s32 d18, q9
    vmax.s16 d18, d18, d28
    vmin.s16 d18, d18, d29
    vst1.16 {d18}, [r9], r10
.endm

.macro depthwise_rows name, stride
function \name
    enter_rows
    vldm r1, {d0-d8}
    add r1, r12, #32
    vld1.32 {d24-d25}, [r1]
    add r11, r12, #48
    walk_rows \stride, 80
endfunction \name
.endm

depthwise_rows w16a16_depthwise_rows3x3_s1__neon, 1
depthwise_rows w16a16_depthwise_rows3x3_s2__neon, 2
