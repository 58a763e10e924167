// i8 look-up of 16 elements in the 256 entries of the table, which stay in 16 vector registers: tbl reaches 64 of them
// and gives 0 beyond, tbx leaves what it does not reach.
#include <arm_neon.h>
#include <string.h>

#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

/// Four named vectors of registers: GCC 12 keeps an array of them in memory.
struct Table {
    uint8x16x4_t a, b, c, d;

    explicit Table(const uint8_t* table)
        : a(vld1q_u8_x4(table)), b(vld1q_u8_x4(table + 64)), c(vld1q_u8_x4(table + 128)), d(vld1q_u8_x4(table + 192)) {}
    uint8x16_t operator()(uint8x16_t codes) const {
        const uint8x16_t quarter = vdupq_n_u8(64);
        uint8x16_t index = veorq_u8(codes, vdupq_n_u8(128));
        uint8x16_t found = vqtbl4q_u8(a, index);
        index = vsubq_u8(index, quarter);
        found = vqtbx4q_u8(found, b, index);
        index = vsubq_u8(index, quarter);
        found = vqtbx4q_u8(found, c, index);
        return vqtbx4q_u8(found, d, vsubq_u8(index, quarter));
    }
};

}  // namespace

void i8_lookup_1x16__neon(const LookupArgs& args, int64_t first, int64_t last) {
    const Table table(static_cast<const uint8_t*>(args.table));
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
