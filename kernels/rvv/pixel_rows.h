// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
#ifndef TINAMIX_KERNELS_RVV_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_RVV_PIXEL_ROWS_H_

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Pointers that a kernel keeps on its stack (4 KiB). Windows with more taps are left to the reference.
constexpr int kMaxRows = 512;

/// Fills rows[tap * stride + p] for output pixels first + p, 0 <= p < count. `padding` replaces pixels outside.
/// `input` points to the first channel wanted of pixel 0; pixels are `in_c` elements apart.
template <typename Element, typename Args>
void build_rows(const Args& args, const Element* input, int64_t in_c, const Element* padding, int64_t first,
                int32_t count, int32_t stride, const Element** rows) {
    const Window& window = args.window;
    int32_t out_x = static_cast<int32_t>(first % args.out_w);
    int32_t out_y = static_cast<int32_t>(first / args.out_w % args.out_h);
    int64_t image = first / args.out_w / args.out_h;
    const int64_t column = window.dilation_w * in_c;
    for (int32_t p = 0; p < count; ++p) {
        const int64_t top = int64_t{out_y} * window.stride_h - window.pad_top;
        const int64_t left = int64_t{out_x} * window.stride_w - window.pad_left;
        const int64_t right = left + (int64_t{window.kernel_w} - 1) * window.dilation_w;
        const bool within = left >= 0 && right < args.in_w;
        const Element** slot = rows + p;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
            const int64_t y = top + int64_t{ky} * window.dilation_h;
            if (y < 0 || y >= args.in_h) {
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += stride) *slot = padding;
                continue;
            }
            const int64_t at = ((image * args.in_h + y) * args.in_w + left) * in_c;
            if (within) {
                const Element* pixel = input + at;
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += stride, pixel += column) *slot = pixel;
                continue;
            }
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += stride) {
                const int64_t x = left + int64_t{kx} * window.dilation_w;
                *slot = x >= 0 && x < args.in_w ? input + (at + kx * column) : padding;
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

#endif  // TINAMIX_KERNELS_RVV_PIXEL_ROWS_H_
