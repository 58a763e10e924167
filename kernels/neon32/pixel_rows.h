// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
#ifndef TINAMIX_KERNELS_NEON32_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_NEON32_PIXEL_ROWS_H_

#include <stddef.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Pointers that a kernel keeps on its stack (2 KiB). Windows of which not even one tile fits are left to the reference.
constexpr int kMaxRows = 512;

/// Calls put(p, tap, pointer) for output pixels first + p, 0 <= p < count. `padding` replaces pixels outside.
/// `input` points to the first channel wanted of pixel 0; pixels are `in_c` elements apart.
template <typename Element, typename Args, typename Put>
void for_each_row(const Args& args, const Element* input, int32_t in_c, const Element* padding, int64_t first,
                  int32_t count, const Put& put) {
    const Window& window = args.window;
    int32_t out_x = static_cast<int32_t>(first % args.out_w);
    int32_t out_y = static_cast<int32_t>(first / args.out_w % args.out_h);
    int32_t image = static_cast<int32_t>(first / args.out_w / args.out_h);
    for (int32_t p = 0; p < count; ++p) {
        const Element* origin = input + static_cast<size_t>(image) * args.in_h * args.in_w * in_c;
        const int32_t top = out_y * window.stride_h - window.pad_top;
        const int32_t left = out_x * window.stride_w - window.pad_left;
        int32_t tap = 0;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
            const int32_t y = top + ky * window.dilation_h;
            const bool row_inside = y >= 0 && y < args.in_h;
            const Element* row = origin + static_cast<size_t>(y) * args.in_w * in_c;
            int32_t x = left;
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, ++tap, x += window.dilation_w) {
                const bool inside = row_inside && static_cast<uint32_t>(x) < static_cast<uint32_t>(args.in_w);
                put(p, tap, inside ? row + static_cast<size_t>(x) * in_c : padding);
            }
        }
        if (++out_x == args.out_w) {
            out_x = 0;
            if (++out_y == args.out_h) {
                out_y = 0;
                ++image;
            }
        }
    }
}

/// Fills rows[tile][tap][kTile]. The last tile's missing pixels repeat its last one.
template <int kTile, typename Element>
void build_tile_rows(const ConvArgs& args, const Element* input, const Element* padding, int64_t first, int32_t count,
                     int32_t taps, const void** rows) {
    const Window& w = args.window;
    const bool pointwise = taps == 1 && w.stride_h == 1 && w.stride_w == 1 && w.pad_top == 0 && w.pad_left == 0 &&
                           args.in_h == args.out_h && args.in_w == args.out_w;
    const int32_t tiles = (count + kTile - 1) / kTile;
    if (pointwise) {
        const Element* pointer = input + static_cast<size_t>(first) * args.in_c;
        for (int32_t p = 0; p < count; ++p, pointer += args.in_c) rows[p] = pointer;
    } else {
        const int32_t next_tile = (taps - 1) * kTile;
        const void** slot = rows - next_tile;
        for_each_row(args, input, args.in_c, padding, first, count, [&](int32_t p, int32_t tap, const Element* pointer) {
            if (tap == 0) slot = p % kTile == 0 ? slot + next_tile : slot;
            slot[tap * kTile] = pointer;
            if (tap == taps - 1) ++slot;
        });
    }
    const int32_t missing = tiles * kTile - count;
    const void** end = rows + tiles * taps * kTile - kTile;  // of the last tile's last tap
    for (int32_t tap = 0; missing > 0 && tap < taps; ++tap, end -= kTile) {
        for (int32_t p = kTile - missing; p < kTile; ++p) end[p] = end[p - 1];
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_PIXEL_ROWS_H_
