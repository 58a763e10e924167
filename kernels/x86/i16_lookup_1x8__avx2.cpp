// i16 look-up with interpolation, eight elements at a time, AVX2: one gather of 32 bits fetches both ends of an
// interval, which are neighbours in the table.
#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

constexpr int kLanes = 8;

/// table[entry] + ((rise * rest + 2^(bits-1)) >> bits) for intervals of 2^bits codes, and both in 32 bits.
struct Interpolation {
    const int* table;
    __m128i bits;
    __m256i mask, half;

    explicit Interpolation(const LookupArgs& args)
        : table(static_cast<const int*>(args.table)),
          bits(_mm_cvtsi32_si128(args.interval_bits)),
          mask(_mm256_set1_epi32((1 << args.interval_bits) - 1)),
          half(_mm256_set1_epi32(1 << args.interval_bits >> 1)) {}

    __m128i operator()(__m128i codes) const {
        constexpr int kEntryBytes = 2, kHalfWord = 16;
        const __m256i position = _mm256_add_epi32(_mm256_cvtepi16_epi32(codes), _mm256_set1_epi32(32768));
        const __m256i ends = _mm256_i32gather_epi32(table, _mm256_srl_epi32(position, bits), kEntryBytes);
        const __m256i end = _mm256_srai_epi32(ends, kHalfWord);
        const __m256i start = _mm256_srai_epi32(_mm256_slli_epi32(ends, kHalfWord), kHalfWord);
        const __m256i rise = _mm256_mullo_epi32(_mm256_sub_epi32(end, start), _mm256_and_si256(position, mask));
        const __m256i sum = _mm256_add_epi32(start, _mm256_sra_epi32(_mm256_add_epi32(rise, half), bits));
        // Between the ends, so that saturation changes nothing.
        return _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    }
};

}  // namespace

void i16_lookup_1x8__avx2(const LookupArgs& args, int64_t first, int64_t last) {
    if (args.octaves) return i16_lookup__reference(args, first, last);
    const Interpolation interpolate(args);
    const int16_t* input = static_cast<const int16_t*>(args.input);
    int16_t* output = static_cast<int16_t*>(args.output);
    int64_t i = first;
    for (; i + kLanes <= last; i += kLanes) {
        const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(input + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(output + i), interpolate(codes));
    }
    if (i < last) i16_lookup__reference(args, i, last);
}

}  // namespace tmx::kernels
