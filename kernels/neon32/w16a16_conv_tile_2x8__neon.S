// Convolution tile of w16a16: 2 pixels by 8 output channels, sums of 64 bits in two parts.
// void w16a16_conv_tile_2x8_runs__neon(const GemmArgs* g);    and _pairs, for weights without the proof about runs
//
// vmlal.s16 by lane makes four products, and two of them may fill 32 bits. Where runs of 16 input channels are proven
// to stay within (kernel_types.h, runs), sums are widened once in 16: a sum is high * 2^16 + low; high takes what is
// above the lower 16 bits, which the next run starts from. Two pixels then leave room for two vectors of channels and
// for the weights of four channels at a time (nr 8, kr 1): 64 products cost 16 vmlal and 6.5 other instructions.
//
//   r0  g                     r4, r5  pixels                   r9   taps left      r12  stage (RunStage)
//   r1  rows, [tile][tap][2]  r6      input channels - 32      r10  pixels left    lr   bytes between output pixels
//   r2  weights               r8      channels left            r11  output
//   q0, q1  eight channels of each pixel (lanes must be in d0-d7)     q2-q5  weights, a channel each     q7 0xffff
//   q8, q9 and q10, q11  low parts of a pixel                         q12, q13 and q14, q15  high parts
#include "gemm_tile.inc"

    .equ RUN_MULTIPLIER, 64
    .equ RUN_CLAMP, 160
    .equ RUN_MODE, 192
    .equ NARROW, 1

.macro channel w0, w1, x0, x1, lane
    vmlal.s16 q8, \w0, \x0[\lane]
    vmlal.s16 q9, \w1, \x0[\lane]
    vmlal.s16 q10, \w0, \x1[\lane]
    vmlal.s16 q11, \w1, \x1[\lane]
.endm
.macro widen
    vsra.s32 q12, q8, #16
    vsra.s32 q13, q9, #16
    vsra.s32 q14, q10, #16
    vsra.s32 q15, q11, #16
    vand q8, q8, q7
    vand q9, q9, q7
    vand q10, q10, q7
    vand q11, q11, q7
.endm
.macro widen_pair runs
    .if !\runs
    widen
    .endif
.endm
.macro widen_run runs
    .if \runs
    widen
    .endif
.endm

.macro four_channels x0, x1, runs
    vldm r2!, {d4-d11}
    channel d4, d5, \x0, \x1, 0
    channel d6, d7, \x0, \x1, 1
    widen_pair \runs
    channel d8, d9, \x0, \x1, 2
    channel d10, d11, \x0, \x1, 3
    widen_pair \runs
.endm
.macro eight_channels runs
    vld1.16 {d0-d1}, [r4]!
    vld1.16 {d2-d3}, [r5]!
    four_channels d0, d2, \runs
    four_channels d1, d3, \runs
.endm
.macro sixteen_channels runs
    eight_channels \runs
    eight_channels \runs
    widen_run \runs
.endm

// Four channels of both pixels (docs/arithmetic.md, 2): t = high * m + ((low * m) >> 16), a rounding shift by s - 16.
// Multipliers in \m0, \m1; shifts from r3.
.macro rescale_four l0, l1, h0, h1, k0, k1, g0, g1, m0, m1, out0, out1
    vmull.s32 q2, \h0, \m0
    vmull.s32 q3, \h1, \m1
    vmull.u32 q4, \l0, \m0
    vmull.u32 q5, \l1, \m1
    vsra.u64 q2, q4, #16
    vsra.u64 q3, q5, #16
    vmull.s32 q4, \g0, \m0
    vmull.s32 q5, \g1, \m1
    vmull.u32 q6, \k0, \m0
    vmull.u32 q7, \k1, \m1
    vsra.u64 q4, q6, #16
    vsra.u64 q5, q7, #16
    vld1.64 {d12-d15}, [r3]!
    vrshl.s64 q2, q2, q6
    vrshl.s64 q3, q3, q7
    vrshl.s64 q4, q4, q6
    vrshl.s64 q5, q5, q7
    vqmovn.s64 d4, q2
    vqmovn.s64 d5, q3
    vqmovn.s64 d8, q4
    vqmovn.s64 d9, q5
    vqmovn.s32 \out0, q2
    vqmovn.s32 \out1, q4
.endm

.macro tile name, runs
function \name
    gemm_enter
    ldr r6, [r0, #GEMM_CHANNELS]
    sub r6, r6, #32
1:
    add r3, r12, #32
    vld1.32 {d16-d19}, [r12]
    vld1.32 {d20-d23}, [r12]
    vld1.32 {d24-d27}, [r3]
    vld1.32 {d28-d31}, [r3]
    vmov.i32 q7, #0xffff
    ldr r2, [r0, #GEMM_WEIGHTS]
    ldr r9, [r0, #GEMM_TAPS]
2:                                  // a tap
    ldm r1!, {r4, r5}
    movs r8, r6
    blt 4f
3:
    sixteen_channels \runs
    subs r8, r8, #32
    sixteen_channels \runs
    bge 3b
4:                                  // the low bits of r8 still count the channels beyond
    tst r8, #31
    beq 9f
    tst r8, #16
    beq 5f
    sixteen_channels \runs
    tst r8, #15
    beq 9f
5:
    tst r8, #8
    beq 6f
    eight_channels \runs
6:
    tst r8, #4
    beq 7f
    vld1.16 {d0}, [r4]!
    vld1.16 {d2}, [r5]!
    four_channels d0, d2, \runs
7:
    tst r8, #2
    beq 8f
    vld1.32 {d0[0]}, [r4]!
    vld1.32 {d2[0]}, [r5]!
    vld1.16 {d4-d7}, [r2]!
    channel d4, d5, d0, d2, 0
    channel d6, d7, d0, d2, 1
    widen_pair \runs
8:
    tst r8, #1
    beq 89f
    vld1.16 {d0[0]}, [r4]
    vld1.16 {d2[0]}, [r5]
    vld1.16 {d4-d5}, [r2]!
    channel d4, d5, d0, d2, 0
    widen_pair \runs
89:
    widen_run \runs
9:
    subs r9, r9, #1
    bne 2b

    ldr r4, [r12, #RUN_MODE]
    add r3, r12, #RUN_MULTIPLIER
    cmp r4, #NARROW
    vld1.32 {d0-d3}, [r3]!
    bgt 13f
    beq 12f
    rescale_four d16, d17, d24, d25, d20, d21, d28, d29, d0, d1, d16, d20
    rescale_four d18, d19, d26, d27, d22, d23, d30, d31, d2, d3, d17, d21
10:
    add r3, r12, #RUN_CLAMP
    vld1.16 {d0-d3}, [r3]
    vmax.s16 q8, q8, q0
    vmax.s16 q10, q10, q0
    vmin.s16 q8, q8, q1
    vmin.s16 q10, q10, q1
    vst1.16 {d16-d17}, [r11], lr
    subs r10, r10, #2
    blt 11f
    vst1.16 {d20-d21}, [r11], lr
    bgt 1b
11:
    gemm_leave
12:                                 // 32-bit sums: their upper bits count no further
    vsli.32 q8, q12, #16
    vsli.32 q9, q13, #16
    vsli.32 q10, q14, #16
    vsli.32 q11, q15, #16
    vld1.32 {d4-d7}, [r3]
    vqdmulh.s32 q8, q8, q0
    vqdmulh.s32 q9, q9, q1
    vqdmulh.s32 q10, q10, q0
    vqdmulh.s32 q11, q11, q1
    vrshl.s32 q8, q8, q2
    vrshl.s32 q9, q9, q3
    vrshl.s32 q10, q10, q2
    vrshl.s32 q11, q11, q3
    vqmovn.s32 d16, q8
    vqmovn.s32 d17, q9
    vqmovn.s32 d20, q10
    vqmovn.s32 d21, q11
    b 10b
13:                                 // raw sums, for the caller to finish; room for two pixels
    vst1.32 {d16-d19}, [r11]!
    vst1.32 {d24-d27}, [r11]!
    vst1.32 {d20-d23}, [r11]!
    vst1.32 {d28-d31}, [r11]!
    subs r10, r10, #2
    bgt 1b
    gemm_leave
endfunction \name
.endm

tile w16a16_conv_tile_2x8_runs__neon, 1
tile w16a16_conv_tile_2x8_pairs__neon, 0
