// Functions of one variable by table, the specification (docs/arithmetic.md, 5).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// table[0] where rest is 0, table[1] where it is 2^bits.
int16_t interpolate(const int16_t* table, int32_t rest, int32_t bits) {
    const int32_t rise = table[1] - table[0];
    return static_cast<int16_t>(table[0] + ((rise * rest + ((1 << bits) >> 1)) >> bits));
}

/// Intervals of 2^interval_bits codes.
int16_t look_up_uniform(const LookupArgs& args, int32_t code) {
    const int32_t position = code + 32768;
    const int32_t rest = position & ((1 << args.interval_bits) - 1);
    const int16_t* entry = static_cast<const int16_t*>(args.table) + (position >> args.interval_bits);
    return rest == 0 ? *entry : interpolate(entry, rest, args.interval_bits);
}

/// Below 64 an entry per code, from there on 64 intervals per doubling; the two signs apart.
int16_t look_up_octaves(const LookupArgs& args, int32_t code) {
    const int32_t magnitude = code < 0 ? -code : code;
    const int16_t* table = static_cast<const int16_t*>(args.table) + (code < 0 ? kLookupOctaveEntries / 2 : 0);
    if (magnitude < 64) return table[magnitude];
    int32_t octave = 0;
    while (magnitude >> (octave + 7) != 0) ++octave;
    const int32_t rest = magnitude & ((1 << octave) - 1);
    const int16_t* entry = table + 64 * octave + (magnitude >> octave);
    return rest == 0 ? *entry : interpolate(entry, rest, octave);
}

}  // namespace

void i8_lookup__reference(const LookupArgs& args, int64_t first, int64_t last) {
    const int8_t* input = static_cast<const int8_t*>(args.input);
    const int8_t* table = static_cast<const int8_t*>(args.table);
    int8_t* output = static_cast<int8_t*>(args.output);
    for (int64_t i = first; i < last; ++i) output[i] = table[input[i] + 128];
}

void i16_lookup__reference(const LookupArgs& args, int64_t first, int64_t last) {
    const int16_t* input = static_cast<const int16_t*>(args.input);
    int16_t* output = static_cast<int16_t*>(args.output);
    for (int64_t i = first; i < last; ++i) {
        output[i] = args.octaves ? look_up_octaves(args, input[i]) : look_up_uniform(args, input[i]);
    }
}

}  // namespace tmx::kernels
