// i8 look-up, 16 elements at a time: the loop is in i8_lookup_16__neon.S.
#include <string.h>

#include "kernels/kernel_table.h"

extern "C" void tmx_i8_lookup_16__neon(const int8_t* input, const void* table, int8_t* output, int64_t vectors);

namespace tmx::kernels {

void i8_lookup_1x16__neon(const LookupArgs& args, int64_t first, int64_t last) {
    constexpr int64_t kVector = 16;
    const int8_t* input = static_cast<const int8_t*>(args.input) + first;
    int8_t* output = static_cast<int8_t*>(args.output) + first;
    const int64_t vectors = (last - first) / kVector, rest = (last - first) % kVector;
    if (vectors > 0) tmx_i8_lookup_16__neon(input, args.table, output, vectors);
    if (rest > 0) {
        int8_t found[kVector];
        tmx_i8_lookup_16__neon(input + vectors * kVector, args.table, found, 1);
        memcpy(output + vectors * kVector, found, static_cast<size_t>(rest));
    }
}

}  // namespace tmx::kernels
