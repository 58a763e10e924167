// i8 look-up, four elements at a time, in scalar code: three instructions an element. 256 entries fill all vector
// registers of this core, and a vtbx through four of them takes longer than the scalar loads it replaces.
#include "kernels/kernel_table.h"

namespace tmx::kernels {

void i8_lookup_1x4__neon(const LookupArgs& args, int64_t first, int64_t last) {
    const int8_t* input = static_cast<const int8_t*>(args.input) + first;
    const int8_t* table = static_cast<const int8_t*>(args.table) + 128;
    int8_t* output = static_cast<int8_t*>(args.output) + first;
    int32_t left = static_cast<int32_t>(last - first);
    for (; left >= 4; left -= 4, input += 4, output += 4) {
        const int8_t a = table[input[0]], b = table[input[1]], c = table[input[2]], d = table[input[3]];
        output[0] = a;
        output[1] = b;
        output[2] = c;
        output[3] = d;
    }
    for (; left > 0; --left) *output++ = table[*input++];
}

}  // namespace tmx::kernels
