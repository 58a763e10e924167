// Nearest-neighbour resize by index tables, the specification. Codes are copied; an index outside the input is moved
// to its border, so that tables in a file cannot reach other memory.
#include <string.h>

#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

void any_resize__reference(const ResizeArgs& args, int64_t first, int64_t last) {
    const int64_t pixel_bytes = int64_t{args.channels} * args.element_bytes;
    const uint8_t* input = static_cast<const uint8_t*>(args.input);
    uint8_t* output = static_cast<uint8_t*>(args.output) + first * args.out_w * pixel_bytes;
    for (int64_t row = first; row < last; ++row) {
        const int64_t image = row / args.out_h;
        const int64_t y = clamp_i64(args.rows[row % args.out_h], 0, args.in_h - 1);
        for (int32_t out_x = 0; out_x < args.out_w; ++out_x) {
            const int64_t x = clamp_i64(args.columns[out_x], 0, args.in_w - 1);
            memcpy(output, input + ((image * args.in_h + y) * args.in_w + x) * pixel_bytes,
                   static_cast<size_t>(pixel_bytes));
            output += pixel_bytes;
        }
    }
}

}  // namespace tmx::kernels
