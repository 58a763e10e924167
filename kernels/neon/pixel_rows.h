// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
//
// Everything in the headers of this folder has internal linkage: the same code is compiled for several instruction
// sets, and the linker must not fold them into one.
#ifndef TINAMIX_KERNELS_NEON_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_NEON_PIXEL_ROWS_H_

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Pointers that a kernel keeps on its stack (16 KiB). Windows with more taps are left to the reference.
constexpr int kMaxRows = 2048;

/// Pointers to `count` pixels, `step` elements apart.
template <typename Element>
inline void fill_rows(const Element** rows, int32_t count, const Element* pixel, int64_t step) {
    for (int32_t p = 0; p < count; ++p) rows[p] = pixel + p * step;
}

/// Least p >= 0 with x + p * stride >= bound, at most `most`.
inline int32_t first_from(int64_t x, int32_t stride, int64_t bound, int32_t most) {
    if (x >= bound) return 0;
    const int64_t p = stride == 1 ? bound - x : (bound - x + stride - 1) / stride;
    return p < most ? static_cast<int32_t>(p) : most;
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
    for (int32_t done = 0; done < count;) {
        // The pixels of one output row: for every tap a run of pixels with padding at either end.
        const int32_t run = count - done < args.out_w - out_x ? count - done : args.out_w - out_x;
        const Element** slot = rows + done;
        int64_t y = int64_t{out_y} * window.stride_h - window.pad_top;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky, y += window.dilation_h) {
            const bool inside = y >= 0 && y < args.in_h;
            const Element* row = input + (image * args.in_h + (inside ? y : 0)) * args.in_w * in_c;
            int64_t x = int64_t{out_x} * window.stride_w - window.pad_left;
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += stride, x += window.dilation_w) {
                const int32_t begin = inside ? first_from(x, window.stride_w, 0, run) : run;
                const int32_t end = inside ? first_from(x, window.stride_w, args.in_w, run) : run;
                for (int32_t p = 0; p < begin; ++p) slot[p] = padding;
                fill_rows(slot + begin, end - begin, row + (x + int64_t{begin} * window.stride_w) * in_c,
                          window.stride_w * in_c);
                for (int32_t p = end; p < run; ++p) slot[p] = padding;
            }
        }
        done += run;
        out_x = 0;
        if (++out_y == args.out_h) {
            out_y = 0;
            ++image;
        }
    }
}

/// Output rows [first, last) of a depthwise convolution, as many pixels at a time as the table of pointers holds:
/// walk(rows, stride, pixel, count) with rows[tap * stride + p] for p = 0 .. count - 1. At most kMaxRows taps.
template <typename Element, typename Walk>
void for_each_chunk(const DepthwiseArgs& args, int64_t first, int64_t last, const Walk& walk) {
    const int32_t chunk = kMaxRows / (args.window.kernel_h * args.window.kernel_w);
    const Element* rows[kMaxRows];
    const int64_t end = last * args.out_w;
    for (int64_t pixel = first * args.out_w; pixel < end; pixel += chunk) {
        const int32_t count = static_cast<int32_t>(end - pixel < chunk ? end - pixel : chunk);
        build_rows(args, static_cast<const Element*>(args.input), args.channels,
                   static_cast<const Element*>(args.scratch), pixel, count, chunk, rows);
        walk(rows, chunk, pixel, count);
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_PIXEL_ROWS_H_
