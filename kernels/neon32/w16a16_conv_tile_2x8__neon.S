// Convolution tile of w16a16, 64-bit sums: 2 pixels by 8 output channels.
// void w16a16_conv_tile_2x8__neon(const GemmArgs* g);
//
// A weight and its neighbour stand side by side (nr 8, kr 2), a pair of input channels is spread over a vector. Two
// products of 16 bits fit 32 (weights are -32767..32767), and vpadal adds the neighbours into two 64-bit sums: 8
// products in 3 instructions without any proof about sizes. 2 pixels by 8 channels of 64-bit sums fill half of the
// registers; three loads serve 64 products.
//
//   r0  g                     r4, r5  pixels                 r9   taps left      r12  stage (WideStage)
//   r1  rows, [tile][tap][2]  r6      input channels - 32    r10  pixels left    lr   bytes between output pixels
//   r2  weights               r8      channels left          r11  output
//   q8-q11, q12-q15  sums of a pixel, two channels each      q6, q7  products
//   d0-d3  weights of a pair, by two outputs; d4-d7 of the next pair     d8, d9 and d10, d11  pairs of pixels, spread
#include "gemm_tile.inc"

    .equ WIDE_MULTIPLIER, 64
    .equ WIDE_RAW, 208

.macro multiply_pairs x0, x1, s0, s1, s2, s3
    vmull.s16 q6, d0, \x0
    vmull.s16 q7, d1, \x0
    vmlal.s16 q6, d4, \x1
    vmlal.s16 q7, d5, \x1
    vpadal.s32 \s0, q6
    vpadal.s32 \s1, q7
    vmull.s16 q6, d2, \x0
    vmull.s16 q7, d3, \x0
    vmlal.s16 q6, d6, \x1
    vmlal.s16 q7, d7, \x1
    vpadal.s32 \s2, q6
    vpadal.s32 \s3, q7
.endm

.macro four_channels
    vldm r2!, {d0-d7}
    vld2.32 {d8[], d9[]}, [r4]!
    vld2.32 {d10[], d11[]}, [r5]!
    multiply_pairs d8, d9, q8, q9, q10, q11
    multiply_pairs d10, d11, q12, q13, q14, q15
.endm

// Four sums in \a, \b (docs/arithmetic.md, 2, last paragraph) become 16-bit codes in \out. Multipliers in \m0, \m1,
// shifts in q6, q7.
.macro rescale_four a, b, a_low, a_high, b_low, b_high, m0, m1, p0, p1, out
    vuzp.32 \a, \b              // low halves, high halves
    vmull.u32 q0, \a_low, \m0
    vmull.u32 q1, \a_high, \m1
    vmull.s32 q2, \b_low, \m0
    vmull.s32 q3, \b_high, \m1
    vsra.u64 q2, q0, #32
    vsra.u64 q3, q1, #32
    vrshl.s64 q2, q2, \p0
    vrshl.s64 q3, q3, \p1
    vqmovn.s64 d0, q2
    vqmovn.s64 d1, q3
    vqmovn.s32 \out, q0
.endm

function w16a16_conv_tile_2x8__neon
    gemm_enter
    ldr r6, [r0, #GEMM_CHANNELS]
    ands r7, r6, #63
    moveq r7, r6
    movne r7, #0
    sub r6, r6, #32
.Ltile:
    vldm r12, {d16-d23}
    vldm r12, {d24-d31}
    ldr r2, [r0, #GEMM_WEIGHTS]
    ldr r9, [r0, #GEMM_TAPS]
    cmp r7, #0
    beq .Ltap
.Lwhole_tap:                        // 64 channels at a time and nothing left: most layers of large networks
    ldm r1!, {r4, r5}
    mov r8, r7
.Lsixty_four:
    .rept 15
    four_channels
    .endr
    subs r8, r8, #64
    four_channels
    bgt .Lsixty_four
    subs r9, r9, #1
    bne .Lwhole_tap
    b .Lfinish
.Ltap:
    ldm r1!, {r4, r5}
    movs r8, r6
    blt .Lrest
.Lmany:
    .rept 7
    four_channels
    .endr
    subs r8, r8, #32
    four_channels
    bge .Lmany
.Lrest:
    adds r8, r8, #32
    beq .Ltap_done
    cmp r8, #2
    ble .Ltwo
.Lfour:                             // 3 or 4 channels at a time: the weights of a missing one are 0
    four_channels
    subs r8, r8, #4
    ble .Ltap_done
    cmp r8, #2
    bgt .Lfour
.Ltwo:
    vldm r2!, {d0-d3}
    vmov.i8 q2, #0
    vmov.i8 q3, #0
    vld1.32 {d8[]}, [r4]
    vld1.32 {d10[]}, [r5]
    multiply_pairs d8, d8, q8, q9, q10, q11
    multiply_pairs d10, d10, q12, q13, q14, q15
.Ltap_done:
    subs r9, r9, #1
    bne .Ltap
.Lfinish:
    ldr r4, [r12, #WIDE_RAW]
    cmp r4, #0
    bne .Lraw
    add r3, r12, #WIDE_MULTIPLIER
    vld1.32 {d8-d11}, [r3]!
    vld1.64 {d12-d15}, [r3]!
    rescale_four q8, q9, d16, d17, d18, d19, d8, d9, q6, q7, d16
    rescale_four q12, q13, d24, d25, d26, d27, d8, d9, q6, q7, d18
    vld1.64 {d12-d15}, [r3]!
    rescale_four q10, q11, d20, d21, d22, d23, d10, d11, q6, q7, d17
    rescale_four q14, q15, d28, d29, d30, d31, d10, d11, q6, q7, d19
    vldm r3, {d0-d5}                // zero point, clamps
    vqadd.s16 q8, q8, q0
    vqadd.s16 q9, q9, q0
    vmax.s16 q8, q8, q1
    vmax.s16 q9, q9, q1
    vmin.s16 q8, q8, q2
    vmin.s16 q9, q9, q2
    vst1.16 {d16-d17}, [r11], lr
    subs r10, r10, #2
    blt .Ldone
    vst1.16 {d18-d19}, [r11], lr
    bgt .Ltile
.Ldone:
    gemm_leave
.Lraw:                              // the caller finishes the sums; room for two pixels
    vstm r11!, {d16-d31}
    subs r10, r10, #2
    bgt .Ltile
    gemm_leave
endfunction w16a16_conv_tile_2x8__neon
