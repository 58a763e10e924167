// Depthwise 3x3 with int16 activations and 32-bit sums: rows of output pixels for 4 channels, horizontal stride 1 or 2
// (sliding_rows.inc). Weights come widened, [9][4].
// void a16_depthwise_rows3x3_s1__neon(DepthwiseRows* rows);    and _s2
//
// With 4 channels the window, the weights and all constants stay in registers. One chain of vmlal: this core forwards
// the sum. No zero point: that of int16 is 0.
//
//   q9 sum    q11 bias    q12 multipliers    q13 post-shifts    d28, d29 clamps
#include "sliding_rows.inc"

.macro output_pixel a0, a1, a2, b0, b1, b2, c0, c1, c2
    vmov q9, q11
    vmlal.s16 q9, \a0, d0
    vmlal.s16 q9, \a1, d3
    vmlal.s16 q9, \a2, d6
    vmlal.s16 q9, \b0, d1
    vmlal.s16 q9, \b1, d4
    vmlal.s16 q9, \b2, d7
    vmlal.s16 q9, \c0, d2
    vmlal.s16 q9, \c1, d5
    vmlal.s16 q9, \c2, d8
    vqdmulh.s32 q9, q9, q12
    vrshl.s32 q9, q9, q13
    vqmovn.s32 d18, q9
    subs r7, r7, #1
    vmax.s16 d18, d18, d28
    vmin.s16 d18, d18, d29
    vst1.16 {d18}, [r9], r10
.endm

.macro depthwise_rows name, stride
function \name
    enter_rows
    vldm r1, {d0-d8}
    vldm r12, {d22-d29}
    walk_rows \stride, 48
endfunction \name
.endm

depthwise_rows a16_depthwise_rows3x3_s1__neon, 1
depthwise_rows a16_depthwise_rows3x3_s2__neon, 2
