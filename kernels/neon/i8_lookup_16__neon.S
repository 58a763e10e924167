// Look-up of 16 bytes at a time in 256 entries.
//
//     void tmx_i8_lookup_16__neon(const int8_t* input, const void* table, int8_t* output, int64_t vectors);
//
// The table stays in 16 registers (which GCC 12 does not manage with intrinsics): tbl reaches 64 entries and gives 0
// beyond, tbx leaves what it does not reach.
//
//   x0  input    x1  table    x2  output    x3  vectors left, at least one
//   v0-v3  indices into each quarter    v4  found    v6, v7  128, 64    v16-v31  table
#if defined(__aarch64__)
#include "tiles.inc"

        function tmx_i8_lookup_16__neon
        ld1     {v16.16b-v19.16b}, [x1], #64
        ld1     {v20.16b-v23.16b}, [x1], #64
        ld1     {v24.16b-v27.16b}, [x1], #64
        ld1     {v28.16b-v31.16b}, [x1]
        movi    v6.16b, #128
        movi    v7.16b, #64
.Lvector:
        ldr     q0, [x0], #16
        eor     v0.16b, v0.16b, v6.16b          // entry q + 128
        sub     v1.16b, v0.16b, v7.16b
        tbl     v4.16b, {v16.16b-v19.16b}, v0.16b
        sub     v2.16b, v1.16b, v7.16b
        tbx     v4.16b, {v20.16b-v23.16b}, v1.16b
        sub     v3.16b, v2.16b, v7.16b
        tbx     v4.16b, {v24.16b-v27.16b}, v2.16b
        subs    x3, x3, #1
        tbx     v4.16b, {v28.16b-v31.16b}, v3.16b
        str     q4, [x2], #16
        b.ne    .Lvector
        ret
        endfunction tmx_i8_lookup_16__neon
#endif
