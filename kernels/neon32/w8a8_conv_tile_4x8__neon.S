// Convolution tiles of w8a8: 4 pixels by 8 output channels, and a single pixel, for fully connected layers.
// void w8a8_conv_tile_4x8__neon(const GemmArgs* g);    and _1x8
//
// A weight and its neighbour stand side by side (nr 8, kr 2), a pair of input channels is spread over a vector:
// vmull.s8 and vmlal.s8 then make 8 products each, and two of them still fit 16 bits because weights are -127..127.
// vpadal adds the neighbours into four 32-bit sums: 16 products in 3 instructions, where widening to 16 bits takes 4
// and the widening. Four pixels share each load of weights: this core loads 64 bits a cycle and its multiplier takes 64 bits.
//
// Registers beside those of gemm_tile.inc:
//   q0, q1  weights of two pairs: d0, d1 the first by outputs 0-3, 4-7; d2, d3 the second
//   q2, q3  eight input channels of each pixel        q4, q5  pairs, spread        q6, q7  products
#include "gemm_tile.inc"

// Two pairs (spread in \x0, \x1) of one pixel times the weights.
.macro multiply_pairs low, high, x0, x1
    vmull.s8 q6, d0, \x0
    vmull.s8 q7, d1, \x0
    vmlal.s8 q6, d2, \x1
    vmlal.s8 q7, d3, \x1
    vpadal.s16 \low, q6
    vpadal.s16 \high, q7
.endm

.macro four_channels pixels, first, second
    vdup.16 d8, d4[\first]
    vdup.16 d9, d4[\second]
    .if \pixels == 4
    vdup.16 d10, d5[\first]
    vdup.16 d11, d5[\second]
    .endif
    multiply_pairs q8, q9, d8, d9
    .if \pixels == 4
    vdup.16 d8, d6[\first]
    vdup.16 d9, d6[\second]
    multiply_pairs q10, q11, d10, d11
    vdup.16 d10, d7[\first]
    vdup.16 d11, d7[\second]
    multiply_pairs q12, q13, d8, d9
    multiply_pairs q14, q15, d10, d11
    .endif
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
    vld1.8 {d0-d3}, [r2]!
    vld1.8 {d4}, [r4]!
    .if \pixels == 4
    vld1.8 {d5}, [r5]!
    vld1.8 {d6}, [r6]!
    vld1.8 {d7}, [r7]!
    .endif
    four_channels \pixels, 0, 1
    vld1.8 {d0-d3}, [r2]!
    subs r8, r8, #8
    four_channels \pixels, 2, 3
    bge 3b
4:
    adds r8, r8, #8
    beq 7f
    cmp r8, #2
    ble 6f
5:                                  // 3 or 4 channels at a time: the weights of a missing one are 0
    vld1.8 {d0-d3}, [r2]!
    vld2.16 {d4[], d5[]}, [r4]!
    multiply_pairs q8, q9, d4, d5
    .if \pixels == 4
    vld2.16 {d6[], d7[]}, [r5]!
    vld2.16 {d8[], d9[]}, [r6]!
    vld2.16 {d10[], d11[]}, [r7]!
    multiply_pairs q10, q11, d6, d7
    multiply_pairs q12, q13, d8, d9
    multiply_pairs q14, q15, d10, d11
    .endif
    subs r8, r8, #4
    ble 7f
    cmp r8, #2
    bgt 5b
6:
    vld1.8 {d0-d1}, [r2]!
    vmov.i8 q1, #0
    vld1.16 {d4[]}, [r4]
    multiply_pairs q8, q9, d4, d4
    .if \pixels == 4
    vld1.16 {d6[]}, [r5]
    vld1.16 {d8[]}, [r6]
    vld1.16 {d10[]}, [r7]
    multiply_pairs q10, q11, d6, d6
    multiply_pairs q12, q13, d8, d8
    multiply_pairs q14, q15, d10, d10
    .endif
7:
    subs r9, r9, #1
    bne 2b
    requantize_tile 8f              // never raw
    finish_int8
    store_tile 1, 1b, 8f
8:
    gemm_leave
endfunction \name
.endm

tile w8a8_conv_tile_4x8__neon, 4
tile w8a8_conv_tile_1x8__neon, 1
