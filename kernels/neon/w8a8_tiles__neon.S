// Inner product of 1, 2 or 4 pixels with 4 output channels, plain NEON, and its requantization to int8.
//
//     void tmx_w8a8_tiles_<P>__neon(const W8A8Tiles* args);      P = 1, 2, 4; w8a8_tiles.h
//
// Weights are never -128, so two products fit 16 bits: smull, smlal2 and sadalp do 16 multiplications in three
// instructions, where widening to int16 and smlal by element need four and the widening. The price is an accumulator of
// four partial sums for every output, hence the small tile, and three pairwise additions for four outputs at the end.
// The weights of an output channel therefore lie side by side, 16 input channels at a time (packing 4 x 16).
// A pixel's four products are independent, which gives the in-order core of the A53 something to do while one of them
// is on its way; loads of 128 bits need two of its cycles whatever the instruction.
//
//   x0  args                    x1  pointers to pixels        x2  weights of the block    x3  stage
//   x4  output                  x5  output stride             x6  taps                    x7  steps of 16 channels
//   x8  tiles left              x9-x12 pixels                 x13 pointers of the tile    x14 bytes between taps
//   x15 weights                 x16 taps left                 x17 steps left, then flags
//   v0-v7   pixels: v0 v2 v4 v6 the first 16 channels, v1 v3 v5 v7 the second
//   v8-v11  weights, one output channel each                  v12-v15 products
//   v16-v31 accumulators, four output channels per pixel
#if defined(__aarch64__)
#include "tiles.inc"

.macro  row     a0, a1, a2, a3, x
        smull   v12.8h, v8.8b, v\x\().8b
        smull   v13.8h, v9.8b, v\x\().8b
        smull   v14.8h, v10.8b, v\x\().8b
        smull   v15.8h, v11.8b, v\x\().8b
        smlal2  v12.8h, v8.16b, v\x\().16b
        smlal2  v13.8h, v9.16b, v\x\().16b
        smlal2  v14.8h, v10.16b, v\x\().16b
        smlal2  v15.8h, v11.16b, v\x\().16b
        sadalp  v\a0\().4s, v12.8h
        sadalp  v\a1\().4s, v13.8h
        sadalp  v\a2\().4s, v14.8h
        sadalp  v\a3\().4s, v15.8h
.endm
.macro  step    pixels, x0, x1, x2, x3
        ld1     {v8.16b-v11.16b}, [x15], #64
        row     16, 17, 18, 19, \x0
  .if \pixels >= 2
        row     20, 21, 22, 23, \x1
  .endif
  .if \pixels >= 4
        row     24, 25, 26, 27, \x2
        row     28, 29, 30, 31, \x3
  .endif
.endm

// The accumulators of one pixel start with the bias in one of four partial sums.
.macro  copy    a0, a1, a2, a3
        mov     v\a0\().16b, v16.16b
        mov     v\a1\().16b, v17.16b
        mov     v\a2\().16b, v18.16b
        mov     v\a3\().16b, v19.16b
.endm

// The sums of a pixel's four outputs in one register. The output stage then has the tile in v16, v20, v24, v28 (always
// all four, whatever they hold: fewer pixels are few tiles), v8 multipliers, v9 right shifts, v10 pre-shifts.
.macro  sum     a0, a1, a2, a3
        addp    v\a0\().4s, v\a0\().4s, v\a1\().4s
        addp    v\a2\().4s, v\a2\().4s, v\a3\().4s
        addp    v\a0\().4s, v\a0\().4s, v\a2\().4s
.endm

.macro  tiles   pixels
        function tmx_w8a8_tiles_\pixels\()__neon
        save_vectors
        load_arguments_w8a8
.Ltile_\pixels:
        ldp     s16, s17, [x3]
        ldp     s18, s19, [x3, #8]
  .if \pixels >= 2
        copy    20, 21, 22, 23
  .endif
  .if \pixels >= 4
        copy    24, 25, 26, 27
        copy    28, 29, 30, 31
  .endif
        mov     x1, x13
        add     x13, x13, #8*\pixels
        mov     x15, x2
        mov     x16, x6
.Ltap_\pixels:
        next_tap \pixels
        subs    x17, x7, #2
        b.lo    .Lrest_\pixels
.Lround_\pixels:                                // 32 input channels
        load_two \pixels
        step    \pixels, 0, 2, 4, 6
        subs    x17, x17, #2
        step    \pixels, 1, 3, 5, 7
        b.hs    .Lround_\pixels
.Lrest_\pixels:                                 // the lowest bit of x17 still tells whether a step is left
        tbz     x17, #0, .Lnext_\pixels
        load    \pixels, q, 16
        step    \pixels, 0, 2, 4, 6
.Lnext_\pixels:
        subs    x16, x16, #1
        b.ne    .Ltap_\pixels

        ldr     w17, [x0, #64]
        ldr     q8, [x3, #64]
        each_row sum, \pixels
        tbz     w17, #0, .Lno_pre_shift_\pixels
        ldr     q10, [x3, #192]
        four_of sqshl, 16, 20, 24, 28, 10, 10, 10, 10
.Lno_pre_shift_\pixels:
        ldr     q9, [x3, #128]
        four_of sqdmulh, 16, 20, 24, 28, 8, 8, 8, 8
        ldr     q12, [x0, #80]
        four_of srshl, 16, 20, 24, 28, 9, 9, 9, 9
        narrow_four 16, 20, 24, 28
        tbz     w17, #1, .Lno_clamp_\pixels
        ldp     q13, q14, [x0, #96]
        clamp   16, 20, 24, 28
.Lno_clamp_\pixels:
        st1     {v16.s}[0], [x4], x5
  .if \pixels >= 2
        st1     {v16.s}[1], [x4], x5
  .endif
  .if \pixels >= 4
        st1     {v16.s}[2], [x4], x5
        st1     {v16.s}[3], [x4], x5
  .endif
        subs    x8, x8, #1
        b.ne    .Ltile_\pixels

        leave
        endfunction tmx_w8a8_tiles_\pixels\()__neon
.endm

        tiles   4
        tiles   2
        tiles   1
#endif
