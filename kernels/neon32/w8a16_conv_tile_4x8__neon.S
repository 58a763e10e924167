// Convolution tiles of w8a16, 32-bit sums: 4 pixels by 8 output channels, and a single pixel, for fully connected layers.
// void w8a16_conv_tile_4x8__neon(const GemmArgs* g);    and _1x8
//
// vmlal.s16 multiplies four outputs by one channel of a pixel, a lane: nothing is spread. Weights are widened once for
// the four pixels (nr 8, kr 1).
//
// Registers beside those of gemm_tile.inc:
//   q0-q3  eight input channels of each pixel (lanes must be in d0-d7)
//   q4, q5 a channel's weights as 16 bits, by turns   q6, q7  weights of four channels as they are in memory
#include "gemm_tile.inc"

// Channel \lane of \x0-\x3 (one register per pixel) times the weights in \w0, \w1.
.macro multiply_channel pixels, x0, x1, x2, x3, lane, w0, w1
    vmlal.s16 q8, \w0, \x0[\lane]
    vmlal.s16 q9, \w1, \x0[\lane]
    .if \pixels == 4
    vmlal.s16 q10, \w0, \x1[\lane]
    vmlal.s16 q11, \w1, \x1[\lane]
    vmlal.s16 q12, \w0, \x2[\lane]
    vmlal.s16 q13, \w1, \x2[\lane]
    vmlal.s16 q14, \w0, \x3[\lane]
    vmlal.s16 q15, \w1, \x3[\lane]
    .endif
.endm

.macro four_channels pixels, x0, x1, x2, x3
    vmovl.s8 q4, d12
    vmovl.s8 q5, d13
    multiply_channel \pixels, \x0, \x1, \x2, \x3, 0, d8, d9
    vmovl.s8 q4, d14
    multiply_channel \pixels, \x0, \x1, \x2, \x3, 1, d10, d11
    vmovl.s8 q5, d15
    multiply_channel \pixels, \x0, \x1, \x2, \x3, 2, d8, d9
    multiply_channel \pixels, \x0, \x1, \x2, \x3, 3, d10, d11
.endm

.macro tile name, pixels
function \name
    gemm_enter
1:
    gemm_begin_tile
2:                                  // a tap
    .if \pixels == 4
    ldm r1!, {r4-r7}
    .else
    ldr r4, [r1], #16               // of four, the others repeat it
    .endif
    ldr r8, [r0, #GEMM_CHANNELS]
    subs r8, r8, #8
    blt 4f
3:
    vld1.8 {d12-d15}, [r2]!
    vld1.16 {d0-d1}, [r4]!
    .if \pixels == 4
    vld1.16 {d2-d3}, [r5]!
    vld1.16 {d4-d5}, [r6]!
    vld1.16 {d6-d7}, [r7]!
    .endif
    four_channels \pixels, d0, d2, d4, d6
    vld1.8 {d12-d15}, [r2]!
    subs r8, r8, #8
    four_channels \pixels, d1, d3, d5, d7
    bge 3b
4:
    adds r8, r8, #8
    beq 6f
5:
    vld1.8 {d12}, [r2]!
    vld1.16 {d0[0]}, [r4]!
    .if \pixels == 4
    vld1.16 {d2[0]}, [r5]!
    vld1.16 {d4[0]}, [r6]!
    vld1.16 {d6[0]}, [r7]!
    .endif
    vmovl.s8 q4, d12
    subs r8, r8, #1
    multiply_channel \pixels, d0, d2, d4, d6, 0, d8, d9
    bne 5b
6:
    subs r9, r9, #1
    bne 2b
    requantize_tile 7f
    finish_int16
    store_tile 0, 1b, 8f
7:                                  // 32-bit sums of one tile, for the caller to widen
    vstm r11, {d16-d31}
8:
    gemm_leave
endfunction \name
.endm

tile w8a16_conv_tile_4x8__neon, 4
tile w8a16_conv_tile_1x8__neon, 1
