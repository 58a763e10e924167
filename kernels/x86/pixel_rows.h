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

/// Pointers that a kernel keeps on its stack (16 KiB). Windows with more taps are left to the reference.
constexpr int kMaxRows = 2048;

/// How many of the columns x, x + stride, ..., `run` of them, lie before column `bound`.
inline int32_t pixels_before(int64_t x, int64_t bound, int32_t stride, int32_t run) {
    if (x >= bound) return 0;
    const int64_t count = (bound - x + stride - 1) / stride;
    return count < run ? static_cast<int32_t>(count) : run;
}

/// Fills rows[tap * stride + p] for output pixels first + p, 0 <= p < count. `padding` replaces pixels outside.
/// `input` points to the first channel wanted of pixel 0; pixels are `in_c` elements apart.
template <typename Element, typename Args>
void build_rows(const Args& args, const Element* input, int64_t in_c, const Element* padding, int64_t first,
                int32_t count, int32_t stride, const Element** rows) {
    const Window& window = args.window;
    int32_t out_x = static_cast<int32_t>(first % args.out_w);
    int32_t out_y = static_cast<int32_t>(first / args.out_w % args.out_h);
    int64_t image = first / args.out_w / args.out_h;
    // Row by row of the output: there the pointers of a tap are an even sequence with padding at either end.
    for (int32_t p = 0; p < count;) {
        const int32_t run = args.out_w - out_x < count - p ? args.out_w - out_x : count - p;
        const Element* origin = input + image * args.in_h * args.in_w * in_c;
        const int64_t top = int64_t{out_y} * window.stride_h - window.pad_top;
        const int64_t left = int64_t{out_x} * window.stride_w - window.pad_left;
        const Element** slot = rows + p;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
            const int64_t y = top + int64_t{ky} * window.dilation_h;
            const bool row_inside = y >= 0 && y < args.in_h;
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += stride) {
                const int64_t x = left + int64_t{kx} * window.dilation_w;
                const int32_t begin = row_inside ? pixels_before(x, 0, window.stride_w, run) : run;
                const int32_t end = row_inside ? pixels_before(x, args.in_w, window.stride_w, run) : run;
                for (int32_t i = 0; i < begin; ++i) slot[i] = padding;
                int64_t at = (y * args.in_w + x + int64_t{begin} * window.stride_w) * in_c;
                for (int32_t i = begin; i < end; ++i, at += window.stride_w * in_c) slot[i] = origin + at;
                for (int32_t i = end > begin ? end : begin; i < run; ++i) slot[i] = padding;
            }
        }
        p += run;
        out_x = 0;
        if (++out_y == args.out_h) {
            out_y = 0;
            ++image;
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_PIXEL_ROWS_H_
