// Functions of one variable by table, the specification (docs/arithmetic.md, 5).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

void i8_lookup__reference(const LookupArgs& args, int64_t first, int64_t last) {
    const int8_t* input = static_cast<const int8_t*>(args.input);
    const int8_t* table = static_cast<const int8_t*>(args.table);
    int8_t* output = static_cast<int8_t*>(args.output);
    for (int64_t i = first; i < last; ++i) output[i] = table[input[i] + 128];
}

void i16_lookup__reference(const LookupArgs& args, int64_t first, int64_t last) {
    const int16_t* input = static_cast<const int16_t*>(args.input);
    const int16_t* table = static_cast<const int16_t*>(args.table);
    int16_t* output = static_cast<int16_t*>(args.output);
    for (int64_t i = first; i < last; ++i) {
        const int32_t position = input[i] + 32768;
        const int32_t entry = position >> 6;
        const int32_t rest = position & 63;
        const int32_t rise = table[entry + 1] - table[entry];
        output[i] = static_cast<int16_t>(table[entry] + ((rise * rest + 32) >> 6));
    }
}

}  // namespace tmx::kernels
