// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
//
// Everything in the headers of this folder has internal linkage: the same template is compiled for several instruction
// sets, and the linker must not fold them into one.
#ifndef TINAMIX_KERNELS_X86_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_X86_PIXEL_ROWS_H_

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
    for (int32_t p = 0; p < count; ++p) {
        const Element** slot = rows + p;
        const Element* origin = input + image * args.in_h * args.in_w * in_c;
        const int64_t top = int64_t{out_y} * window.stride_h - window.pad_top;
        const int64_t left = int64_t{out_x} * window.stride_w - window.pad_left;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
            const int64_t y = top + int64_t{ky} * window.dilation_h;
            const bool row_inside = y >= 0 && y < args.in_h;
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += stride) {
                const int64_t x = left + int64_t{kx} * window.dilation_w;
                const bool inside = row_inside && x >= 0 && x < args.in_w;
                *slot = inside ? origin + (y * args.in_w + x) * in_c : padding;
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

#endif  // TINAMIX_KERNELS_X86_PIXEL_ROWS_H_
