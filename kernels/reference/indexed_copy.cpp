// Copy by index tables, the specification: nearest resize, padding, tile, gather. Codes are copied; a negative index
// gives the fill, one behind the input is moved to its border, so that tables in a file cannot reach other memory.
#include <string.h>

#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

template <typename Element>
void fill_elements(Element* output, uint32_t fill, int64_t count) {
    for (int64_t i = 0; i < count; ++i) output[i] = static_cast<Element>(fill);
}

template <typename Element>
void indexed_copy(const IndexedCopyArgs& args, int64_t first, int64_t last) {
    const int64_t channels = args.channels;
    Element* output = static_cast<Element*>(args.output) + first * args.out_w * channels;
    for (int64_t row = first; row < last; ++row) {
        const int32_t y = args.rows[row % args.out_h];
        if (y < 0) {
            fill_elements(output, args.fill, args.out_w * channels);
            output += args.out_w * channels;
            continue;
        }
        const Element* input = static_cast<const Element*>(args.input) +
                               (row / args.out_h * args.in_h + clamp_i64(y, 0, args.in_h - 1)) * args.in_w * channels;
        for (int32_t out_x = 0; out_x < args.out_w; ++out_x, output += channels) {
            const int32_t x = args.columns[out_x];
            if (x < 0) {
                fill_elements(output, args.fill, channels);
                continue;
            }
            const Element* pixel = input + clamp_i64(x, 0, args.in_w - 1) * channels;
            if (channels == 1) {
                *output = *pixel;
            } else {
                memcpy(output, pixel, static_cast<size_t>(channels) * sizeof(Element));
            }
        }
    }
}

}  // namespace

void any_indexed_copy__reference(const IndexedCopyArgs& args, int64_t first, int64_t last) {
    switch (args.element_bytes) {
        case 1:
            return indexed_copy<uint8_t>(args, first, last);
        case 2:
            return indexed_copy<uint16_t>(args, first, last);
        default:
            return indexed_copy<uint32_t>(args, first, last);
    }
}

}  // namespace tmx::kernels
