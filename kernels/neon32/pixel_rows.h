// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
#ifndef TINAMIX_KERNELS_NEON32_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_NEON32_PIXEL_ROWS_H_

#include <stddef.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Pointers that a kernel likes to keep on its stack (2 KiB) ...
constexpr int kMaxRows = 512;
/// ... and that it keeps for convolutions where that is less than a tile (patches of transformers have 256 taps,
/// spectra of sound, too). Windows of which not even one tile fits are left to the reference.
constexpr int kLargestTable = 2048;

/// Pixels of a chunk, a multiple of `tile`: as many as kMaxRows holds, or else one tile.
inline int32_t pixels_of_table(int32_t taps, int32_t tile) {
    const int32_t pixels = kMaxRows / taps / tile * tile;
    return pixels > tile ? pixels : tile;
}

/// The pointers of one output pixel, tap by tap: slot[0], slot[step], slot[2 * step], ...
template <typename Element, typename Args>
void put_pixel(const Args& args, const Element* image, int32_t in_c, const Element* padding, int32_t out_y,
               int32_t out_x, const void** slot, int32_t step) {
    // Copies: the compiler must think that a store through `slot` changes what `args` refers to.
    const Window window = args.window;
    const int32_t in_h = args.in_h, in_w = args.in_w;
    const int32_t top = out_y * window.stride_h - window.pad_top;
    const int32_t left = out_x * window.stride_w - window.pad_left;
    const int32_t to_next = window.dilation_w * in_c;
    const bool columns_inside = left >= 0 && left + (window.kernel_w - 1) * window.dilation_w < in_w;
    for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
        const int32_t y = top + ky * window.dilation_h;
        const bool row_inside = static_cast<uint32_t>(y) < static_cast<uint32_t>(in_h);
        if (row_inside && columns_inside) {
            const Element* pixel = image + (static_cast<size_t>(y) * in_w + left) * in_c;
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += step, pixel += to_next) *slot = pixel;
        } else {
            int32_t x = left;
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += step, x += window.dilation_w) {
                const bool inside = row_inside && static_cast<uint32_t>(x) < static_cast<uint32_t>(in_w);
                *slot = inside ? image + (static_cast<size_t>(y) * in_w + x) * in_c : padding;
            }
        }
    }
}

/// Calls put(p, image, out_y, out_x) for output pixels first + p, 0 <= p < count.
template <typename Element, typename Args, typename Put>
void for_each_pixel(const Args& args, const Element* input, int32_t in_c, int64_t first, int32_t count,
                    const Put& put) {
    int32_t out_x = static_cast<int32_t>(first % args.out_w);
    int32_t out_y = static_cast<int32_t>(first / args.out_w % args.out_h);
    const size_t image_elements = static_cast<size_t>(args.in_h) * args.in_w * in_c;
    const Element* image = input + static_cast<size_t>(first / args.out_w / args.out_h) * image_elements;
    for (int32_t p = 0; p < count; ++p) {
        put(p, image, out_y, out_x);
        if (++out_x == args.out_w) {
            out_x = 0;
            if (++out_y == args.out_h) {
                out_y = 0;
                image += image_elements;
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
        for_each_pixel(args, input, args.in_c, first, count,
                       [&](int32_t p, const Element* image, int32_t out_y, int32_t out_x) {
                           const void** slot = rows + p / kTile * kTile * taps + p % kTile;
                           put_pixel(args, image, args.in_c, padding, out_y, out_x, slot, kTile);
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
