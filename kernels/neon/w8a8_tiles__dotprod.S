// Inner product of 1, 2 or 4 pixels with 16 output channels, int8 dot product, and its requantization to int8;
// or the sums alone, for w8a16.
//
//     void tmx_w8a8_tiles_<P>__dotprod(const W8A8Tiles* args);      P = 1, 2, 4; w8a8_tiles.h
//
// sdot by element multiplies four channels of a pixel by four output channels at once. 16 accumulators leave half of the
// registers to loads: a round takes 32 input channels, two registers per pixel (one ldp each), and its weights come four
// registers at a time into two sets that alternate, so that an in-order core finds them loaded. GCC needs an
// addition for each of these loads, which have no offset, hence assembly. Assembly also keeps the constants and the
// callee's registers over all tiles of a chunk.
//
//   x0  args                    x1  pointers to pixels        x2  weights of the block    x3  stage
//   x4  output                  x5  output stride             x6  taps                    x7  steps of 4 channels
//   x8  tiles left              x9-x12 pixels                 x13 pointers of the tile    x14 bytes between taps
//   x15 weights                 x16 taps left                 x17 steps left, then flags
//   v0-v7   pixels: v0 v2 v4 v6 the first 16 channels, v1 v3 v5 v7 the second
//   v8-v11, v12-v15  weights of one step each                 v16-v31 accumulators, four per pixel
#if defined(__aarch64__)
#include "tiles.inc"
        .arch   armv8.2-a+dotprod

.macro  row     a0, a1, a2, a3, w0, w1, w2, w3, x, lane
        sdot    v\a0\().4s, v\w0\().16b, v\x\().4b[\lane]
        sdot    v\a1\().4s, v\w1\().16b, v\x\().4b[\lane]
        sdot    v\a2\().4s, v\w2\().16b, v\x\().4b[\lane]
        sdot    v\a3\().4s, v\w3\().16b, v\x\().4b[\lane]
.endm

// One step: x0..x3 are the pixels' registers.
.macro  step    pixels, w0, w1, w2, w3, x0, x1, x2, x3, lane
        row     16, 17, 18, 19, \w0, \w1, \w2, \w3, \x0, \lane
  .if \pixels >= 2
        row     20, 21, 22, 23, \w0, \w1, \w2, \w3, \x1, \lane
  .endif
  .if \pixels >= 4
        row     24, 25, 26, 27, \w0, \w1, \w2, \w3, \x2, \lane
        row     28, 29, 30, 31, \w0, \w1, \w2, \w3, \x3, \lane
  .endif
.endm

.macro  even_step pixels, x0, x1, x2, x3, lane
        step    \pixels, 8, 9, 10, 11, \x0, \x1, \x2, \x3, \lane
.endm
.macro  odd_step pixels, x0, x1, x2, x3, lane
        step    \pixels, 12, 13, 14, 15, \x0, \x1, \x2, \x3, \lane
.endm
.macro  even_weights
        ld1     {v8.16b-v11.16b}, [x15], #64
.endm
.macro  odd_weights
        ld1     {v12.16b-v15.16b}, [x15], #64
.endm

// Output stage of the four accumulators of one pixel. v8-v11 multipliers, v4-v7 right shifts, v12 zero point,
// v13, v14 clamp.
.macro  multiply a0, a1, a2, a3
        four_of sqdmulh, \a0, \a1, \a2, \a3, 8, 9, 10, 11
.endm
.macro  shift_left a0, a1, a2, a3
        four_of sqshl, \a0, \a1, \a2, \a3, 4, 5, 6, 7
.endm
.macro  narrow  a0, a1, a2, a3
        four_of srshl, \a0, \a1, \a2, \a3, 4, 5, 6, 7
        narrow_four \a0, \a1, \a2, \a3
.endm
.macro  store   a0, a1, a2, a3
        st1     {v\a0\().16b}, [x4], x5
.endm

.macro  tiles   pixels
        function tmx_w8a8_tiles_\pixels\()__dotprod
        save_vectors
        load_arguments_w8a8
.Ltile_\pixels:
        ldp     q16, q17, [x3]
        ldp     q18, q19, [x3, #32]
  .if \pixels >= 2
        ldp     q20, q21, [x3]
        ldp     q22, q23, [x3, #32]
  .endif
  .if \pixels >= 4
        ldp     q24, q25, [x3]
        ldp     q26, q27, [x3, #32]
        ldp     q28, q29, [x3]
        ldp     q30, q31, [x3, #32]
  .endif
        mov     x1, x13
        add     x13, x13, #8*\pixels
        mov     x15, x2
        mov     x16, x6
.Ltap_\pixels:
        next_tap \pixels
        subs    x17, x7, #8
        b.lo    .Lrest_\pixels
.Lround_\pixels:                                // 32 input channels
        even_weights
        load_two \pixels
        odd_weights
        even_step \pixels, 0, 2, 4, 6, 0
        even_weights
        odd_step \pixels, 0, 2, 4, 6, 1
        odd_weights
        even_step \pixels, 0, 2, 4, 6, 2
        even_weights
        odd_step \pixels, 0, 2, 4, 6, 3
        odd_weights
        even_step \pixels, 1, 3, 5, 7, 0
        even_weights
        odd_step \pixels, 1, 3, 5, 7, 1
        odd_weights
        even_step \pixels, 1, 3, 5, 7, 2
        subs    x17, x17, #8
        odd_step \pixels, 1, 3, 5, 7, 3
        b.hs    .Lround_\pixels
.Lrest_\pixels:                                 // the low bits of x17 still count the steps beyond
        tst     x17, #7
        b.eq    .Lnext_\pixels
        tbz     x17, #2, .Lless_16_\pixels
        even_weights
        load    \pixels, q, 16
        odd_weights
        even_step \pixels, 0, 2, 4, 6, 0
        even_weights
        odd_step \pixels, 0, 2, 4, 6, 1
        odd_weights
        even_step \pixels, 0, 2, 4, 6, 2
        odd_step \pixels, 0, 2, 4, 6, 3
.Lless_16_\pixels:
        tbz     x17, #1, .Lless_8_\pixels
        even_weights
        load    \pixels, d, 8
        odd_weights
        even_step \pixels, 0, 2, 4, 6, 0
        odd_step \pixels, 0, 2, 4, 6, 1
.Lless_8_\pixels:
        tbz     x17, #0, .Lnext_\pixels
        even_weights
        load    \pixels, s, 4
        even_step \pixels, 0, 2, 4, 6, 0
.Lnext_\pixels:
        subs    x16, x16, #1
        b.ne    .Ltap_\pixels

        ldr     w17, [x0, #64]
        tbnz    w17, #2, .Lsums_\pixels
        ldp     q8, q9, [x3, #64]
        ldp     q10, q11, [x3, #96]
        tbz     w17, #0, .Lno_pre_shift_\pixels
        ldp     q4, q5, [x3, #192]
        ldp     q6, q7, [x3, #224]
        each_row shift_left, \pixels
.Lno_pre_shift_\pixels:
        each_row multiply, \pixels
        ldp     q4, q5, [x3, #128]
        ldp     q6, q7, [x3, #160]
        ldr     q12, [x0, #80]
        each_row narrow, \pixels
        tbz     w17, #1, .Lno_clamp_\pixels
        ldp     q13, q14, [x0, #96]
        each_row clamp, \pixels
.Lno_clamp_\pixels:
        each_row store, \pixels
.Lstored_\pixels:
        subs    x8, x8, #1
        b.ne    .Ltile_\pixels

        leave
.Lsums_\pixels:                                 // flag 4: the sums themselves, 16 of 32 bits for each pixel
  .if \pixels == 4
        st1     {v16.4s-v19.4s}, [x4], #64
        st1     {v20.4s-v23.4s}, [x4], #64
        st1     {v24.4s-v27.4s}, [x4], #64
        st1     {v28.4s-v31.4s}, [x4], #64
  .elseif \pixels == 2
        st1     {v16.4s-v19.4s}, [x4], #64
        st1     {v20.4s-v23.4s}, [x4], #64
  .else
        st1     {v16.4s-v19.4s}, [x4], #64
  .endif
        b       .Lstored_\pixels
        endfunction tmx_w8a8_tiles_\pixels\()__dotprod
.endm

        tiles   4
        tiles   2
        tiles   1
#endif
