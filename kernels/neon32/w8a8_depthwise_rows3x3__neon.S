// Depthwise 3x3 of w8a8: rows of output pixels for 8 channels, horizontal stride 1 or 2.
// void w8a8_depthwise_rows3x3_s1__neon(DepthwiseRows* args);    (and _s2; the struct is in depthwise_rows.h)
//
// The window slides: nine columns of pixels and weights stay in registers and each output pixel loads only the columns
// that are new, 3 loads instead of 9 and no pointers. Two products of int8 fit 16 bits (weights are -127..127), so nine
// taps take 9 multiplications and 5 pairs of widening additions. Products alternate between three registers, because
// this core waits for each result. Columns turn their roles every pixel, hence the loop of three.
//
//   r0   zero point and clamps      r4-r6  bytes to the next column (0 in the padding row)   r10  channels
//   r1-r3  next column of the rows  r7  pixels left   r8  columns left   r9  output          r11  post-shifts
//   r12  bias                       lr  link of the padding subroutine
//   d0-d8  weights       d9-d17  columns       q9, q14, q15  products, then constants
//   q10, q11  sums       q12, q13  multipliers
#include "gemm_tile.S.h"

    .equ ROWS, 0
    .equ WEIGHTS, 4
    .equ CHANNELS, 8
    .equ STAGE, 12
    .equ OUTPUT, 16
    .equ ROW_COUNT, 20
    .equ OUT_W, 24
    .equ LEFT, 28
    .equ COLUMNS, 32
    .equ PADDING, 36
    .equ CHANNEL, 40
    .equ SAVED_ARGS, 64

.macro load_column c0, c1, c2, padding
    subs r8, r8, #1
    blmi \padding
    vld1.8 {\c0}, [r1], r4
    vld1.8 {\c1}, [r2], r5
    vld1.8 {\c2}, [r3], r6
.endm

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
    push {r0, r4-r11, lr}
    vpush {d8-d15}
    ldr r1, [r0, #WEIGHTS]
    ldr r10, [r0, #CHANNELS]
    vld1.8 {d0}, [r1], r10
    vld1.8 {d1}, [r1], r10
    vld1.8 {d2}, [r1], r10
    vld1.8 {d3}, [r1], r10
    vld1.8 {d4}, [r1], r10
    vld1.8 {d5}, [r1], r10
    vld1.8 {d6}, [r1], r10
    vld1.8 {d7}, [r1], r10
    vld1.8 {d8}, [r1], r10
    ldr r9, [r0, #OUTPUT]
    ldr r12, [r0, #STAGE]
    add r1, r12, #32
    vld1.32 {d24-d27}, [r1]
    add r11, r12, #64
1:                                  // a row: its three pointers and strides
    ldr r0, [sp, #SAVED_ARGS]
    ldr lr, [r0, #ROWS]
    ldr r7, [r0, #CHANNEL]
    ldm lr!, {r1-r6}
    str lr, [r0, #ROWS]
    add r1, r1, r7
    add r2, r2, r7
    add r3, r3, r7
    ldr r7, [r0, #OUT_W]
    ldr r8, [r0, #COLUMNS]
    ldr lr, [r0, #LEFT]
    cmp lr, #0
    ldr lr, [r0, #PADDING]
    add r0, r12, #96
    beq 2f
    vld1.8 {d9}, [lr]
    vmov d10, d9
    vmov d11, d9
    b 3f
2:
    load_column d9, d10, d11, 9f
3:
    .if \stride == 1
    load_column d12, d13, d14, 9f
4:
    load_column d15, d16, d17, 9f
    output_pixel d9, d10, d11, d12, d13, d14, d15, d16, d17
    ble 5f
    load_column d9, d10, d11, 9f
    output_pixel d12, d13, d14, d15, d16, d17, d9, d10, d11
    ble 5f
    load_column d12, d13, d14, 9f
    output_pixel d15, d16, d17, d9, d10, d11, d12, d13, d14
    bgt 4b
    .else
4:
    load_column d12, d13, d14, 9f
    load_column d15, d16, d17, 9f
    output_pixel d9, d10, d11, d12, d13, d14, d15, d16, d17
    ble 5f
    load_column d9, d10, d11, 9f
    load_column d12, d13, d14, 9f
    output_pixel d15, d16, d17, d9, d10, d11, d12, d13, d14
    ble 5f
    load_column d15, d16, d17, 9f
    load_column d9, d10, d11, 9f
    output_pixel d12, d13, d14, d15, d16, d17, d9, d10, d11
    bgt 4b
    .endif
5:
    ldr r0, [sp, #SAVED_ARGS]
    ldr r7, [r0, #ROW_COUNT]
    subs r7, r7, #1
    str r7, [r0, #ROW_COUNT]
    bgt 1b
    vpop {d8-d15}
    pop {r0, r4-r11, pc}
9:                                  // no columns left: from here on all three rows read the padding
    ldr r1, [sp, #SAVED_ARGS]
    mvn r8, #0x80000000
    ldr r1, [r1, #PADDING]
    mov r4, #0
    mov r5, #0
    mov r6, #0
    mov r2, r1
    mov r3, r1
    bx lr
endfunction \name
.endm

depthwise_rows w8a8_depthwise_rows3x3_s1__neon, 1
depthwise_rows w8a8_depthwise_rows3x3_s2__neon, 2
