// What the tile loops of this folder share: prologue, output stage, epilogue. GNU assembler macros.
//
// void tile(const GemmArgs* g);                        gemm.h; registers from entry to exit:
//   r0  g                     r4-r7  the four pixels of the tile     r10  pixels left
//   r1  rows, [tile][tap][4]  r8     input channels left             r11  output of the first pixel
//   r2  weights               r9     taps left                       r12  stage (stage.h)
//   r3  scratch                                                      lr   bytes between output pixels
//   q8-q15  sums: two vectors of four output channels per pixel
    .section .note.GNU-stack, "", %progbits  // the stack need not be executable
    .syntax unified
    .arch armv7-a
    .fpu neon
    .arm

    .equ GEMM_ROWS, 0
    .equ GEMM_WEIGHTS, 4
    .equ GEMM_STAGE, 8
    .equ GEMM_OUTPUT, 12
    .equ GEMM_OUTPUT_STRIDE, 16
    .equ GEMM_PIXELS, 20
    .equ GEMM_TAPS, 24
    .equ GEMM_CHANNELS, 28

    .equ STAGE_MULTIPLIER, 32
    .equ STAGE_PRE_SHIFT, 144
    .equ STAGE_ANY_PRE_SHIFT, 176
    .equ STAGE_RAW, -1              // its value for raw sums

.macro function name
    .section .text.\name, "ax", %progbits
    .balign 16
    .global \name
    .hidden \name
    .type \name, %function
\name:
.endm

.macro endfunction name
    .size \name, . - \name
.endm

.macro gemm_enter
    push {r4-r11, lr}
    vpush {d8-d15}
    ldr r1, [r0, #GEMM_ROWS]
    ldr r10, [r0, #GEMM_PIXELS]
    ldr r11, [r0, #GEMM_OUTPUT]
    ldr r12, [r0, #GEMM_STAGE]
    ldr lr, [r0, #GEMM_OUTPUT_STRIDE]
.endm

.macro gemm_leave
    vpop {d8-d15}
    pop {r4-r11, pc}
.endm

// The sums start from the bias; loads, because a copy between vector registers is no faster on this core.
.macro gemm_begin_tile
    vld1.32 {d16-d19}, [r12]
    vld1.32 {d20-d23}, [r12]
    vld1.32 {d24-d27}, [r12]
    vld1.32 {d28-d31}, [r12]
    ldr r2, [r0, #GEMM_WEIGHTS]
    ldr r9, [r0, #GEMM_TAPS]
.endm

// q8-q15 become 16-bit codes with their zero point in q8-q11, one vector per pixel; q6 and q7 then hold the clamps.
// vqdmulh and vrshl round once (docs/arithmetic.md, 2). Goes to \raw instead if the stage wants the sums themselves.
.macro requantize_tile raw
    ldr r4, [r12, #STAGE_ANY_PRE_SHIFT]
    add r3, r12, #STAGE_MULTIPLIER
    vld1.32 {d0-d3}, [r3]!      // multipliers
    cmp r4, #0
    beq 91f                     // multipliers of one half and more are rare
    cmn r4, #-STAGE_RAW
    beq \raw
    add r4, r12, #STAGE_PRE_SHIFT
    vld1.32 {d8-d11}, [r4]
    vqshl.s32 q8, q8, q4
    vqshl.s32 q9, q9, q5
    vqshl.s32 q10, q10, q4
    vqshl.s32 q11, q11, q5
    vqshl.s32 q12, q12, q4
    vqshl.s32 q13, q13, q5
    vqshl.s32 q14, q14, q4
    vqshl.s32 q15, q15, q5
91:
    vld1.32 {d4-d7}, [r3]!      // shifts to the right, negative
    vqdmulh.s32 q8, q8, q0
    vqdmulh.s32 q9, q9, q1
    vqdmulh.s32 q10, q10, q0
    vqdmulh.s32 q11, q11, q1
    vqdmulh.s32 q12, q12, q0
    vqdmulh.s32 q13, q13, q1
    vqdmulh.s32 q14, q14, q0
    vqdmulh.s32 q15, q15, q1
    vld1.16 {d8-d9}, [r3]!      // zero point
    vrshl.s32 q8, q8, q2
    vrshl.s32 q9, q9, q3
    vrshl.s32 q10, q10, q2
    vrshl.s32 q11, q11, q3
    vrshl.s32 q12, q12, q2
    vrshl.s32 q13, q13, q3
    vrshl.s32 q14, q14, q2
    vrshl.s32 q15, q15, q3
    vld1.16 {d12-d15}, [r3]     // clamps
    vqmovn.s32 d16, q8
    vqmovn.s32 d17, q9
    vqmovn.s32 d18, q10
    vqmovn.s32 d19, q11
    vqmovn.s32 d20, q12
    vqmovn.s32 d21, q13
    vqmovn.s32 d22, q14
    vqmovn.s32 d23, q15
    vqadd.s16 q8, q8, q4
    vqadd.s16 q9, q9, q4
    vqadd.s16 q10, q10, q4
    vqadd.s16 q11, q11, q4
.endm

// To int8 codes in d16-d19.
.macro finish_int8
    vqmovn.s16 d16, q8
    vqmovn.s16 d17, q9
    vqmovn.s16 d18, q10
    vqmovn.s16 d19, q11
    vmax.s8 q8, q8, q6
    vmax.s8 q9, q9, q6
    vmin.s8 q8, q8, q7
    vmin.s8 q9, q9, q7
.endm

.macro finish_int16
    vmax.s16 q8, q8, q6
    vmax.s16 q9, q9, q6
    vmax.s16 q10, q10, q6
    vmax.s16 q11, q11, q6
    vmin.s16 q8, q8, q7
    vmin.s16 q9, q9, q7
    vmin.s16 q10, q10, q7
    vmin.s16 q11, q11, q7
.endm

// Stores four pixels, or those that are left, and goes on to the next tile.
.macro store_pixel p, int8
    .if \int8
    vst1.8 {d\p}, [r11], lr
    .else
    .if \p == 16
    vst1.16 {d16-d17}, [r11], lr
    .elseif \p == 17
    vst1.16 {d18-d19}, [r11], lr
    .elseif \p == 18
    vst1.16 {d20-d21}, [r11], lr
    .else
    vst1.16 {d22-d23}, [r11], lr
    .endif
    .endif
.endm

.macro store_tile int8, next, done
    store_pixel 16, \int8
    subs r10, r10, #4
    blt 92f
    store_pixel 17, \int8
    store_pixel 18, \int8
    store_pixel 19, \int8
    bgt \next
    b \done
92:
    cmn r10, #3
    beq \done
    store_pixel 17, \int8
    cmn r10, #2
    beq \done
    store_pixel 18, \int8
    b \done
.endm
