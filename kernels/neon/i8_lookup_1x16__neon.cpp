// i8 look-up of 16 elements in the 256 entries of the table, which stay in 16 vector registers: tbl reaches 64 of them
// and gives 0 beyond, tbx leaves what it does not reach.
#include <arm_neon.h>
#include <string.h>

#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

struct Table {
    uint8x16x4_t quarter[4];

    explicit Table(const void* table) {
        for (int i = 0; i < 4; ++i) quarter[i] = vld1q_u8_x4(static_cast<const uint8_t*>(table) + 64 * i);
    }
    uint8x16_t operator()(uint8x16_t codes) const {
        uint8x16_t index = veorq_u8(codes, vdupq_n_u8(128));
        uint8x16_t found = vqtbl4q_u8(quarter[0], index);
        for (int i = 1; i < 4; ++i) {
            index = vsubq_u8(index, vdupq_n_u8(64));
            found = vqtbx4q_u8(found, quarter[i], index);
        }
        return found;
    }
};

}  // namespace

void i8_lookup_1x16__neon(const LookupArgs& args, int64_t first, int64_t last) {
    const Table table(args.table);
    const uint8_t* input = static_cast<const uint8_t*>(args.input) + first;
    uint8_t* output = static_cast<uint8_t*>(args.output) + first;
    int64_t left = last - first;
    for (; left >= 16; left -= 16, input += 16, output += 16) vst1q_u8(output, table(vld1q_u8(input)));
    if (left > 0) {
        uint8_t found[16];
        vst1q_u8(found, table(vld1q_u8(input)));
        memcpy(output, found, static_cast<size_t>(left));
    }
}

}  // namespace tmx::kernels
