// Convolution of 1, 2 or 4 pixels of int16 with 8 output channels of int16 weights, plain NEON, to int16 codes.
//
//     void tmx_w16a16_tiles_<P>_<R>__neon(const W16A16Tiles* args);      P = 1, 2, 4; R = 16, 2
//
// smlal by element makes four products an instruction, but two of them may already fill 32 bits. What makes it fast is
// how rarely sums are widened: where no R input channels of a tap can leave 32 bits, once in R (kernel_types.h, runs).
// Widening then does not need 64-bit sums, which would fill all registers: a sum is high * 2^16 + low, its low part is
// what the next run starts from (0 <= low < 2^16) and high takes over the rest, a shift and a mask for four sums.
// That leaves registers for four pixels, and 16 channels cost 128 smlal and 26 other instructions.
// Weights come in groups of three and four registers, by turns to two sets, so that the in-order core never waits for
// the ones it is about to use. R = 2 is for weights without that proof (models that came quantized).
//
//   x0  args                    x1  pointers to pixels        x2  weights of the block    x3  stage
//   x4  output                  x5  output stride             x6  taps                    x7  channels
//   x8  tiles left              x9-x12 pixels                 x13 pointers of the tile    x14 bytes between taps
//   x15 weights                 x16 taps left                 x17 channels left
//   v0-v7   pixels: v0 v2 v4 v6 the first 8 channels, v1 v3 v5 v7 the second (smlal by element reads v0-v15 only)
//   v8-v11, v12-v14  weights, a channel each                  v15 0xffff
//   v16-v23 low parts, two per pixel                          v24-v31 high parts
#if defined(__aarch64__)
#include "tiles.inc"

// A channel whose weights are in \w; x0..x3 are the pixels' registers.
.macro  channel pixels, w, x0, x1, x2, x3, lane
        smlal   v16.4s, v\w\().4h, v\x0\().h[\lane]
        smlal2  v17.4s, v\w\().8h, v\x0\().h[\lane]
  .if \pixels >= 2
        smlal   v18.4s, v\w\().4h, v\x1\().h[\lane]
        smlal2  v19.4s, v\w\().8h, v\x1\().h[\lane]
  .endif
  .if \pixels >= 4
        smlal   v20.4s, v\w\().4h, v\x2\().h[\lane]
        smlal2  v21.4s, v\w\().8h, v\x2\().h[\lane]
        smlal   v22.4s, v\w\().4h, v\x3\().h[\lane]
        smlal2  v23.4s, v\w\().8h, v\x3\().h[\lane]
  .endif
.endm
.macro  first   pixels, w, lane
        channel \pixels, \w, 0, 2, 4, 6, \lane
.endm
.macro  second  pixels, w, lane
        channel \pixels, \w, 1, 3, 5, 7, \lane
.endm

.macro  widen   pixels
        ssra    v24.4s, v16.4s, #16
        ssra    v25.4s, v17.4s, #16
  .if \pixels >= 2
        ssra    v26.4s, v18.4s, #16
        ssra    v27.4s, v19.4s, #16
  .endif
  .if \pixels >= 4
        ssra    v28.4s, v20.4s, #16
        ssra    v29.4s, v21.4s, #16
        ssra    v30.4s, v22.4s, #16
        ssra    v31.4s, v23.4s, #16
  .endif
        and     v16.16b, v16.16b, v15.16b
        and     v17.16b, v17.16b, v15.16b
  .if \pixels >= 2
        and     v18.16b, v18.16b, v15.16b
        and     v19.16b, v19.16b, v15.16b
  .endif
  .if \pixels >= 4
        and     v20.16b, v20.16b, v15.16b
        and     v21.16b, v21.16b, v15.16b
        and     v22.16b, v22.16b, v15.16b
        and     v23.16b, v23.16b, v15.16b
  .endif
.endm
.macro  widen_pair pixels, run
  .if \run == 2
        widen   \pixels
  .endif
.endm
.macro  widen_run pixels, run
  .if \run != 2
        widen   \pixels
  .endif
.endm


// 16 channels that begin with the set of four registers, then 16 that begin with the set of three.
.macro  even_sixteen pixels, run
        ld1     {v8.8h-v11.8h}, [x15], #64
        load_two \pixels
        ld1     {v12.8h-v14.8h}, [x15], #48
        first   \pixels, 8, 0
        first   \pixels, 9, 1
        widen_pair \pixels, \run
        first   \pixels, 10, 2
        first   \pixels, 11, 3
        widen_pair \pixels, \run
        ld1     {v8.8h-v10.8h}, [x15], #48
        first   \pixels, 12, 4
        first   \pixels, 13, 5
        widen_pair \pixels, \run
        first   \pixels, 14, 6
        ld1     {v12.8h-v14.8h}, [x15], #48
        first   \pixels, 8, 7
        widen_pair \pixels, \run
        second  \pixels, 9, 0
        second  \pixels, 10, 1
        widen_pair \pixels, \run
        ld1     {v8.8h-v10.8h}, [x15], #48
        second  \pixels, 12, 2
        second  \pixels, 13, 3
        widen_pair \pixels, \run
        second  \pixels, 14, 4
.endm
.macro  end_of_even pixels, run
        second  \pixels, 8, 5
        widen_pair \pixels, \run
        second  \pixels, 9, 6
        second  \pixels, 10, 7
        widen   \pixels
.endm
.macro  odd_sixteen pixels, run
        load_two \pixels
        ld1     {v8.8h-v11.8h}, [x15], #64
        first   \pixels, 12, 0
        first   \pixels, 13, 1
        widen_pair \pixels, \run
        first   \pixels, 14, 2
        ld1     {v12.8h-v14.8h}, [x15], #48
        first   \pixels, 8, 3
        widen_pair \pixels, \run
        first   \pixels, 9, 4
        first   \pixels, 10, 5
        widen_pair \pixels, \run
        first   \pixels, 11, 6
        ld1     {v8.8h-v10.8h}, [x15], #48
        first   \pixels, 12, 7
        widen_pair \pixels, \run
        second  \pixels, 13, 0
        second  \pixels, 14, 1
        widen_pair \pixels, \run
        ld1     {v12.8h-v14.8h}, [x15], #48
        second  \pixels, 8, 2
        second  \pixels, 9, 3
        widen_pair \pixels, \run
        second  \pixels, 10, 4
        second  \pixels, 12, 5
        widen_pair \pixels, \run
        second  \pixels, 13, 6
        second  \pixels, 14, 7
        widen   \pixels
.endm

// Output stage of the 8 sums of a pixel (docs/arithmetic.md, 2), with acc = high * 2^16 + low:
// t = high * m + ((low * m) >> 16), then a rounding shift by s - 16.
// v0, v1 multipliers, v2-v5 shifts, v6, v7 clamp.
.macro  finish  l0, l1, h0, h1
        smull   v8.2d, v\h0\().2s, v0.2s
        smull2  v9.2d, v\h0\().4s, v0.4s
        smull   v10.2d, v\h1\().2s, v1.2s
        smull2  v11.2d, v\h1\().4s, v1.4s
        umull   v12.2d, v\l0\().2s, v0.2s
        umull2  v13.2d, v\l0\().4s, v0.4s
        umull   v14.2d, v\l1\().2s, v1.2s
        umull2  v15.2d, v\l1\().4s, v1.4s
        usra    v8.2d, v12.2d, #16
        usra    v9.2d, v13.2d, #16
        usra    v10.2d, v14.2d, #16
        usra    v11.2d, v15.2d, #16
        srshl   v8.2d, v8.2d, v2.2d
        srshl   v9.2d, v9.2d, v3.2d
        srshl   v10.2d, v10.2d, v4.2d
        srshl   v11.2d, v11.2d, v5.2d
        sqxtn   v8.2s, v8.2d
        sqxtn   v10.2s, v10.2d
        sqxtn2  v8.4s, v9.2d
        sqxtn2  v10.4s, v11.2d
        sqxtn   v8.4h, v8.4s
        sqxtn2  v8.8h, v10.4s
        smax    v8.8h, v8.8h, v6.8h
        smin    v8.8h, v8.8h, v7.8h
        st1     {v8.8h}, [x4], x5
.endm
// Of 32-bit sums, whose upper bits count no further. v2, v3 shifts.
.macro  finish_narrow l0, l1, h0, h1
        sli     v\l0\().4s, v\h0\().4s, #16
        sli     v\l1\().4s, v\h1\().4s, #16
        sqdmulh v\l0\().4s, v\l0\().4s, v0.4s
        sqdmulh v\l1\().4s, v\l1\().4s, v1.4s
        srshl   v\l0\().4s, v\l0\().4s, v2.4s
        srshl   v\l1\().4s, v\l1\().4s, v3.4s
        sqxtn   v\l0\().4h, v\l0\().4s
        sqxtn2  v\l0\().8h, v\l1\().4s
        smax    v\l0\().8h, v\l0\().8h, v6.8h
        smin    v\l0\().8h, v\l0\().8h, v7.8h
        st1     {v\l0\().8h}, [x4], x5
.endm
.macro  store_sums l0, l1, h0, h1
        stp     q\l0, q\l1, [x4], #32
        stp     q\h0, q\h1, [x4], #32
.endm
.macro  each_pixel name, pixels
        \name   16, 17, 24, 25
  .if \pixels >= 2
        \name   18, 19, 26, 27
  .endif
  .if \pixels >= 4
        \name   20, 21, 28, 29
        \name   22, 23, 30, 31
  .endif
.endm
.macro  start   l0, l1, h0, h1
        ldp     q\l0, q\l1, [x3]
        ldp     q\h0, q\h1, [x3, #32]
.endm

.macro  tiles   pixels, run
        function tmx_w16a16_tiles_\pixels\()_\run\()__neon
        save_vectors
        ldp     x13, x2, [x0]
        ldp     x3, x4, [x0, #16]
        ldp     x5, x6, [x0, #32]
        ldp     x7, x8, [x0, #48]
        ldr     x14, [x0, #64]
.Ltile_\pixels\()_\run:
        each_pixel start, \pixels
        movi    v15.4s, #0xff, msl #8
        mov     x1, x13
        add     x13, x13, #8*\pixels
        mov     x15, x2
        mov     x16, x6
.Ltap_\pixels\()_\run:
        next_tap \pixels
        subs    x17, x7, #32
        b.lo    .Lrest_\pixels\()_\run
.Lround_\pixels\()_\run:                        // 32 input channels
        even_sixteen \pixels, \run
        ld1     {v12.8h-v14.8h}, [x15], #48
        end_of_even \pixels, \run
        odd_sixteen \pixels, \run
        subs    x17, x17, #32
        b.hs    .Lround_\pixels\()_\run
.Lrest_\pixels\()_\run:                         // the low bits of x17 still count the channels beyond
        tst     x17, #31
        b.eq    .Lnext_\pixels\()_\run
        tbz     x17, #4, .Lless_16_\pixels\()_\run
        even_sixteen \pixels, \run
        end_of_even \pixels, \run
        tst     x17, #15
        b.eq    .Lnext_\pixels\()_\run
.Lless_16_\pixels\()_\run:
        tbz     x17, #3, .Lless_8_\pixels\()_\run
        load    \pixels, q, 16
        ld1     {v8.8h-v11.8h}, [x15], #64
        ld1     {v12.8h-v14.8h}, [x15], #48
        first   \pixels, 8, 0
        first   \pixels, 9, 1
        widen_pair \pixels, \run
        ldr     q8, [x15], #16
        first   \pixels, 10, 2
        first   \pixels, 11, 3
        widen_pair \pixels, \run
        first   \pixels, 12, 4
        first   \pixels, 13, 5
        widen_pair \pixels, \run
        first   \pixels, 14, 6
        first   \pixels, 8, 7
        widen_pair \pixels, \run
.Lless_8_\pixels\()_\run:
        tbz     x17, #2, .Lless_4_\pixels\()_\run
        load    \pixels, d, 8
        ld1     {v8.8h-v11.8h}, [x15], #64
        first   \pixels, 8, 0
        first   \pixels, 9, 1
        widen_pair \pixels, \run
        first   \pixels, 10, 2
        first   \pixels, 11, 3
        widen_pair \pixels, \run
.Lless_4_\pixels\()_\run:
        tbz     x17, #1, .Lless_2_\pixels\()_\run
        load    \pixels, s, 4
        ld1     {v8.8h-v9.8h}, [x15], #32
        first   \pixels, 8, 0
        first   \pixels, 9, 1
        widen_pair \pixels, \run
.Lless_2_\pixels\()_\run:
        tbz     x17, #0, .Lrun_\pixels\()_\run
        load    \pixels, h, 2
        ldr     q8, [x15], #16
        first   \pixels, 8, 0
        widen_pair \pixels, \run
.Lrun_\pixels\()_\run:
        widen_run \pixels, \run
.Lnext_\pixels\()_\run:
        subs    x16, x16, #1
        b.ne    .Ltap_\pixels\()_\run

        ldr     w17, [x3, #192]
        tbnz    w17, #1, .Lsums_\pixels\()_\run
        ldp     q0, q1, [x3, #64]
        ldp     q2, q3, [x3, #96]
        ldp     q6, q7, [x3, #160]
        tbnz    w17, #0, .Lnarrow_\pixels\()_\run
        ldp     q4, q5, [x3, #128]
        each_pixel finish, \pixels
.Lstored_\pixels\()_\run:
        subs    x8, x8, #1
        b.ne    .Ltile_\pixels\()_\run

        leave
.Lnarrow_\pixels\()_\run:
        each_pixel finish_narrow, \pixels
        b       .Lstored_\pixels\()_\run
.Lsums_\pixels\()_\run:                         // the sums themselves, for each pixel 8 low parts and 8 high ones
        each_pixel store_sums, \pixels
        b       .Lstored_\pixels\()_\run
        endfunction tmx_w16a16_tiles_\pixels\()_\run\()__neon
.endm

        tiles   4, 16
        tiles   2, 16
        tiles   1, 16
        tiles   4, 2
        tiles   2, 2
        tiles   1, 2
#endif
