// Look-up in a table of 256 codes, 32 at a time, AVX2.
//
// vpshufb looks up 4 bits in 16 entries and gives zero where bit 7 of the index is set. The table is 16 such rows. Of
// x ^ (16 * row), the high half is zero exactly where x belongs to the row; adding 0x70 with unsigned saturation sets
// bit 7 everywhere else. Each byte finds its entry in one row and zero in 15, so the rows are joined by or.
// Four instructions per row, and no load depends on data.
#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace tmx::kernels {

void i8_lookup_1x32__avx2(const LookupArgs& args, int64_t first, int64_t last) {
    constexpr int kRows = 16, kBytes = 32;
    const int8_t* table = static_cast<const int8_t*>(args.table);
    const int8_t* input = static_cast<const int8_t*>(args.input);
    int8_t* output = static_cast<int8_t*>(args.output);
    __m256i rows[kRows];
    for (int r = 0; r < kRows; ++r) {
        // Entry q + 128: as an unsigned byte, code q has its sign bit flipped.
        rows[r] =
            _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + (r * 16 ^ 0x80))));
    }
    const __m256i outside = _mm256_set1_epi8(0x70);
    int64_t i = first;
    for (; i + kBytes <= last; i += kBytes) {
        const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(input + i));
        __m256i found = _mm256_setzero_si256();
        for (int r = 0; r < kRows; ++r) {
            const __m256i index = _mm256_xor_si256(x, _mm256_set1_epi8(static_cast<int8_t>(r * 16)));
            found = _mm256_or_si256(found, _mm256_shuffle_epi8(rows[r], _mm256_adds_epu8(index, outside)));
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(output + i), found);
    }
    for (; i < last; ++i) output[i] = table[input[i] + 128];
}

}  // namespace tmx::kernels
