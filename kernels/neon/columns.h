// Depthwise 3x3 windows walk along a row of the input column by column: every column serves all windows it is in. The
// columns come through a table of pointers, which knows the padding.
#ifndef TINAMIX_KERNELS_NEON_COLUMNS_H_
#define TINAMIX_KERNELS_NEON_COLUMNS_H_

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

constexpr int kWindow = 3;
constexpr int kMaxColumns = 256;  ///< input columns in the table of pointers (8 KiB)

/// Three or four pixels of a column, top to bottom.
template <typename Element>
struct Column {
    const Element* pixel[4];
};

/// The windows that are walked so.
inline bool walks_columns(const Window& w) {
    return w.kernel_h == kWindow && w.kernel_w == kWindow && w.dilation_h == 1 && w.dilation_w == 1 &&
           w.stride_h == w.stride_w && (w.stride_w == 1 || w.stride_w == 2);
}

/// Fills pointers to input columns [x, x + count) of the rows from `y`; below the last of `rows` rows it repeats.
template <typename Element>
void build_columns(const DepthwiseArgs& args, int64_t image, int64_t y, int32_t rows, int64_t x, int32_t count,
                   Column<Element>* columns) {
    const Element* padding = static_cast<const Element*>(args.scratch);
    const Element* input = static_cast<const Element*>(args.input) + image * args.in_h * args.in_w * args.channels;
    for (int r = 0; r < 4; ++r) {
        const int64_t at = r < rows ? y + r : y + rows - 1;
        const bool inside = at >= 0 && at < args.in_h;
        const Element* pixel = input + ((inside ? at : 0) * args.in_w + x) * args.channels;
        for (int32_t i = 0; i < count; ++i, pixel += args.channels) {
            columns[i].pixel[r] = inside && x + i >= 0 && x + i < args.in_w ? pixel : padding;
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_COLUMNS_H_
