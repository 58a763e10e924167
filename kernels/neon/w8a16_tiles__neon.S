// Sums of products of 1, 2 or 4 pixels of int16 with 16 output channels of int16 weights, in 32 bits.
//
//     void tmx_w8a16_tiles_<P>__neon(const W8A16Tiles* args);      P = 1, 2, 4; w8a16_conv_4x16__neon.cpp
//
// smlal by element: four products each, and with weights that were widened once for many tiles nothing else but loads,
// two instructions for 32 products: weights of two input channels come four registers at a time into two sets that
// alternate, pixels 16 channels at a time. The sums go to memory; what becomes of them, C++ decides.
//
//   x1  pointers to pixels      x2  weights of the block      x3  initial sums            x4  output
//   x6  taps                    x7  pairs of channels         x8  tiles left              x9-x12 pixels
//   x13 pointers of the tile    x14 bytes between taps        x15 weights                 x16 taps left
//   x17 pairs left
//   v0-v7   pixels: v0 v2 v4 v6 the first 8 channels, v1 v3 v5 v7 the second
//   v8-v11, v12-v15  weights of two channels each             v16-v31 accumulators, four per pixel
#if defined(__aarch64__)
#include "tiles.inc"

.macro  row     a0, a1, a2, a3, w0, w1, x, lane
        smlal   v\a0\().4s, v\w0\().4h, v\x\().h[\lane]
        smlal2  v\a1\().4s, v\w0\().8h, v\x\().h[\lane]
        smlal   v\a2\().4s, v\w1\().4h, v\x\().h[\lane]
        smlal2  v\a3\().4s, v\w1\().8h, v\x\().h[\lane]
.endm
.macro  step    pixels, w0, w1, x0, x1, x2, x3, lane
        row     16, 17, 18, 19, \w0, \w1, \x0, \lane
  .if \pixels >= 2
        row     20, 21, 22, 23, \w0, \w1, \x1, \lane
  .endif
  .if \pixels >= 4
        row     24, 25, 26, 27, \w0, \w1, \x2, \lane
        row     28, 29, 30, 31, \w0, \w1, \x3, \lane
  .endif
.endm
.macro  even_pair pixels, x0, x1, x2, x3, lane, next
        step    \pixels, 8, 9, \x0, \x1, \x2, \x3, \lane
        step    \pixels, 10, 11, \x0, \x1, \x2, \x3, \next
.endm
.macro  odd_pair pixels, x0, x1, x2, x3, lane, next
        step    \pixels, 12, 13, \x0, \x1, \x2, \x3, \lane
        step    \pixels, 14, 15, \x0, \x1, \x2, \x3, \next
.endm
// smlal by element reads v0-v15 only, which is where the pixels are.
.macro  even_weights
        ld1     {v8.8h-v11.8h}, [x15], #64
.endm
.macro  odd_weights
        ld1     {v12.8h-v15.8h}, [x15], #64
.endm

.macro  tiles   pixels
        function tmx_w8a16_tiles_\pixels\()__neon
        save_vectors
        ldp     x13, x2, [x0]
        ldp     x3, x4, [x0, #16]
        ldp     x14, x6, [x0, #32]
        ldp     x7, x8, [x0, #48]
.Ltile_\pixels:
        ld1     {v16.4s-v19.4s}, [x3]
  .if \pixels >= 2
        ld1     {v20.4s-v23.4s}, [x3]
  .endif
  .if \pixels >= 4
        ld1     {v24.4s-v27.4s}, [x3]
        ld1     {v28.4s-v31.4s}, [x3]
  .endif
        mov     x1, x13
        add     x13, x13, #8*\pixels
        mov     x15, x2
        mov     x16, x6
.Ltap_\pixels:
        next_tap \pixels
        subs    x17, x7, #8
        b.lo    .Lrest_\pixels
.Lround_\pixels:                                // 16 input channels
        even_weights
        load_two \pixels
        odd_weights
        even_pair \pixels, 0, 2, 4, 6, 0, 1
        even_weights
        odd_pair \pixels, 0, 2, 4, 6, 2, 3
        odd_weights
        even_pair \pixels, 0, 2, 4, 6, 4, 5
        even_weights
        odd_pair \pixels, 0, 2, 4, 6, 6, 7
        odd_weights
        even_pair \pixels, 1, 3, 5, 7, 0, 1
        even_weights
        odd_pair \pixels, 1, 3, 5, 7, 2, 3
        odd_weights
        even_pair \pixels, 1, 3, 5, 7, 4, 5
        subs    x17, x17, #8
        odd_pair \pixels, 1, 3, 5, 7, 6, 7
        b.hs    .Lround_\pixels
.Lrest_\pixels:                                 // the low bits of x17 still count the pairs beyond
        tst     x17, #7
        b.eq    .Lnext_\pixels
        tbz     x17, #2, .Lless_8_\pixels
        even_weights
        load    \pixels, q, 16
        odd_weights
        even_pair \pixels, 0, 2, 4, 6, 0, 1
        even_weights
        odd_pair \pixels, 0, 2, 4, 6, 2, 3
        odd_weights
        even_pair \pixels, 0, 2, 4, 6, 4, 5
        odd_pair \pixels, 0, 2, 4, 6, 6, 7
.Lless_8_\pixels:
        tbz     x17, #1, .Lless_4_\pixels
        even_weights
        load    \pixels, d, 8
        odd_weights
        even_pair \pixels, 0, 2, 4, 6, 0, 1
        odd_pair \pixels, 0, 2, 4, 6, 2, 3
.Lless_4_\pixels:
        tbz     x17, #0, .Lnext_\pixels
        even_weights
        load    \pixels, s, 4
        even_pair \pixels, 0, 2, 4, 6, 0, 1
.Lnext_\pixels:
        subs    x16, x16, #1
        b.ne    .Ltap_\pixels

        st1     {v16.4s-v19.4s}, [x4], #64
  .if \pixels >= 2
        st1     {v20.4s-v23.4s}, [x4], #64
  .endif
  .if \pixels >= 4
        st1     {v24.4s-v27.4s}, [x4], #64
        st1     {v28.4s-v31.4s}, [x4], #64
  .endif
        subs    x8, x8, #1
        b.ne    .Ltile_\pixels

        leave
        endfunction tmx_w8a16_tiles_\pixels\()__neon
.endm

        tiles   4
        tiles   2
        tiles   1
#endif
