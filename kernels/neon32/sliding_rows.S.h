// The walk along the rows of a 3x3 depthwise convolution, the same for all precisions (sliding_rows.h). A user defines
// the macro output_pixel: the window in nine registers, its columns from left to right, to one pixel, stored through r9
// and r10; it ends with the flags of `subs r7, r7, #1`.
//
// The window slides: columns and weights stay in registers and each output pixel loads only the columns that are new,
// 3 loads instead of 9 and no pointers. Columns turn their roles every pixel, hence loops of three.
//
//   r0   clamps                     r4-r6  bytes to the next column (0 in the padding row)   r10  bytes of a pixel
//   r1-r3  next column of the rows  r7  pixels left   r8  columns left   r9  output          r11  post-shifts
//   r12  stage: bias first          lr  link of the padding subroutine
//   d0-d8  weights, set by the user       d9-d17  columns
#include "gemm_tile.S.h"

    .equ ROWS, 0
    .equ WEIGHTS, 4
    .equ PIXEL_BYTES, 8
    .equ STAGE, 12
    .equ OUTPUT, 16
    .equ ROW_COUNT, 20
    .equ OUT_W, 24
    .equ LEFT, 28
    .equ COLUMNS, 32
    .equ PADDING, 36
    .equ CHANNEL_BYTES, 40
    .equ SAVED_ARGS, 64

.macro load_column c0, c1, c2, padding
    subs r8, r8, #1
    blmi \padding
    vld1.8 {\c0}, [r1], r4
    vld1.8 {\c1}, [r2], r5
    vld1.8 {\c2}, [r3], r6
.endm

.macro enter_rows
    push {r0, r4-r11, lr}
    vpush {d8-d15}
    ldr r1, [r0, #WEIGHTS]
    ldr r10, [r0, #PIXEL_BYTES]
    ldr r9, [r0, #OUTPUT]
    ldr r12, [r0, #STAGE]
.endm

// From the first row to the return. \clamps: where they are in the stage.
.macro walk_rows stride, clamps
1:                                  // a row: its three pointers and strides
    ldr r0, [sp, #SAVED_ARGS]
    ldr lr, [r0, #ROWS]
    ldr r7, [r0, #CHANNEL_BYTES]
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
    add r0, r12, #\clamps
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
.endm
