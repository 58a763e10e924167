// Indirection: for every tap and output pixel a pointer to the channels that the tap reads, with the padding row where
// the window leaves the input. The kernels' loops then have no border case and copy no pixels.
//
// Where the channels of a pixel are all read and columns are not dilated, the taps of a kernel row follow one another
// in memory, and so do their weights: one long tap. Its windows at the left and right border of the input are copied,
// padded, to the stack (WindowRows). This shortens first layers most, whose taps have three channels.
#ifndef TINAMIX_KERNELS_RVV_PIXEL_ROWS_H_
#define TINAMIX_KERNELS_RVV_PIXEL_ROWS_H_

#include <string.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// Pointers that a kernel keeps on its stack (4 KiB). Windows with more taps are left to the reference.
constexpr int kMaxRows = 512;

/// Fills rows[tap * tap_stride + p * pixel_stride] for output pixels first + p, 0 <= p < count. `padding` replaces
/// pixels outside. `input` points to the first channel wanted of pixel 0; pixels are `in_c` elements apart.
template <typename Element, typename Args>
void build_rows(const Args& args, const Element* input, int64_t in_c, const Element* padding, int64_t first,
                int32_t count, int32_t tap_stride, int32_t pixel_stride, const Element** rows) {
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
        const Element** slot = rows + int64_t{p} * pixel_stride;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
            const int64_t y = top + int64_t{ky} * window.dilation_h;
            if (y < 0 || y >= args.in_h) {
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += tap_stride) *slot = padding;
                continue;
            }
            const int64_t at = ((image * args.in_h + y) * args.in_w + left) * in_c;
            if (within) {
                const Element* pixel = input + at;
                for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += tap_stride, pixel += column) *slot = pixel;
                continue;
            }
            for (int32_t kx = 0; kx < window.kernel_w; ++kx, slot += tap_stride) {
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

/// Pointers to whole rows of windows.
template <typename Element>
class WindowRows {
  public:
    static constexpr int64_t kElements = 8192 / sizeof(Element);

    static bool suits(const ConvArgs& args) {
        constexpr int64_t kLeastWindows = 4;  // of border pixels that must fit at once
        const int64_t elements = int64_t{args.window.kernel_w} * args.in_c * (args.window.kernel_h + 1);
        return args.groups == 1 && args.window.dilation_w == 1 && args.window.kernel_w > 1 &&
               args.window.kernel_h <= kMaxRows && elements * kLeastWindows <= kElements;
    }

    explicit WindowRows(const ConvArgs& args) : args_(args), length_(int64_t{args.window.kernel_w} * args.in_c) {
        if (args.scratch == nullptr) return;  // no window leaves the input
        for (int32_t kx = 0; kx < args.window.kernel_w; ++kx)
            put(copies_ + int64_t{kx} * args.in_c, padding(), args.in_c);
    }

    int32_t length() const { return static_cast<int32_t>(length_); }

    /// Fills rows[ky * stride + p] for output pixels first + p, 0 <= p < count. Returns how many pixels there was room
    /// for, at least one; the pointers are valid until the next call.
    int32_t build(int64_t first, int32_t count, int32_t stride, const Element** rows) {
        const Window& window = args_.window;
        const auto* input = static_cast<const Element*>(args_.input);
        int32_t out_x = static_cast<int32_t>(first % args_.out_w);
        int32_t out_y = static_cast<int32_t>(first / args_.out_w % args_.out_h);
        int64_t image = first / args_.out_w / args_.out_h;
        Element* free = copies_ + length_;
        for (int32_t p = 0; p < count; ++p) {
            const int64_t top = int64_t{out_y} * window.stride_h - window.pad_top;
            const int64_t left = int64_t{out_x} * window.stride_w - window.pad_left;
            const bool within = left >= 0 && left + window.kernel_w <= args_.in_w;
            if (!within && free + window.kernel_h * length_ > copies_ + kElements) return p;
            const Element** slot = rows + p;
            for (int32_t ky = 0; ky < window.kernel_h; ++ky, slot += stride) {
                const int64_t y = top + int64_t{ky} * window.dilation_h;
                if (y < 0 || y >= args_.in_h) {
                    *slot = copies_;
                    continue;
                }
                const Element* row = input + (image * args_.in_h + y) * args_.in_w * args_.in_c;
                *slot = within ? row + left * args_.in_c : free;
                if (!within) free = copy_window(row, left, free);
            }
            if (++out_x == args_.out_w) {
                out_x = 0;
                if (++out_y == args_.out_h) {
                    out_y = 0;
                    ++image;
                }
            }
        }
        return count;
    }

  private:
    const Element* padding() const { return static_cast<const Element*>(args_.scratch); }

    static void put(Element* to, const Element* from, int64_t elements) {
        memcpy(to, from, static_cast<size_t>(elements) * sizeof(Element));
    }

    Element* copy_window(const Element* row, int64_t left, Element* to) const {
        for (int64_t x = left; x < left + args_.window.kernel_w; ++x, to += args_.in_c) {
            put(to, x >= 0 && x < args_.in_w ? row + x * args_.in_c : padding(), args_.in_c);
        }
        return to;
    }

    const ConvArgs& args_;
    int64_t length_;             ///< elements of a row of a window
    Element copies_[kElements];  ///< a row of padding, then windows
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_RVV_PIXEL_ROWS_H_
