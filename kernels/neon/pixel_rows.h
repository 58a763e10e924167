// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
//
// Pixels stand in tiles of four, [tile][tap][4], so that a tile reads its pointers in order.
//
// Everything in the headers of this folder has internal linkage: the same code is compiled for several instruction
// sets, and the linker must not fold them into one.
#ifndef TINAMIX_KERNELS_NEON_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_NEON_PIXEL_ROWS_H_

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Pointers that a kernel keeps on its stack (8 KiB). Windows with more taps are left to the reference.
constexpr int kMaxRows = 1024;
constexpr int kTilePixels = 4;

/// Fills rows for output pixels [first, first + count). `input` points to the first channel wanted of pixel 0; pixels
/// are `in_c` elements apart. The last tile's missing pixels keep what was there.
template <typename Element>
void build_rows(const ConvArgs& args, const Element* input, const Element* padding, int64_t first, int32_t count,
                const Element** rows) {
    const Window& window = args.window;
    const int64_t in_c = args.in_c;
    const int32_t taps = window.kernel_h * window.kernel_w;
    const int64_t tap_step = window.dilation_w * in_c;
    int32_t out_x = static_cast<int32_t>(first % args.out_w);
    int32_t out_y = static_cast<int32_t>(first / args.out_w % args.out_h);
    int64_t image = first / args.out_w / args.out_h;
    for (int32_t p = 0; p < count; ++p) {
        const Element** slot = rows + (p / kTilePixels) * kTilePixels * taps + p % kTilePixels;
        const Element* origin = input + image * args.in_h * args.in_w * in_c;
        const int64_t left = int64_t{out_x} * window.stride_w - window.pad_left;
        const bool inside_x = left >= 0 && left + int64_t{window.kernel_w - 1} * window.dilation_w < args.in_w;
        int64_t y = int64_t{out_y} * window.stride_h - window.pad_top;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky, y += window.dilation_h) {
            if (y < 0 || y >= args.in_h) {
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += kTilePixels) *slot = padding;
            } else if (inside_x) {
                const Element* pixel = origin + (y * args.in_w + left) * in_c;
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += kTilePixels, pixel += tap_step) *slot = pixel;
            } else {
                int64_t x = left;
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += kTilePixels, x += window.dilation_w) {
                    *slot = x >= 0 && x < args.in_w ? origin + (y * args.in_w + x) * in_c : padding;
                }
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

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_PIXEL_ROWS_H_
