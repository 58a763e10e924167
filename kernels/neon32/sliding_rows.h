// Depthwise 3x3 windows that slide along rows of pixels: what the assembly reads, and the loops around it.
#ifndef TINAMIX_KERNELS_NEON32_SLIDING_ROWS_H_
#define TINAMIX_KERNELS_NEON32_SLIDING_ROWS_H_

#include <stddef.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {

/// One output row: its three input rows at the first column, and the bytes to the next column.
struct RowPointers {
    const void* row[3];
    int32_t step[3];  ///< 0 in the padding row
};

/// Read and changed by the assembly (sliding_rows.inc has the offsets). Sizes in bytes.
struct DepthwiseRows {
    const RowPointers* rows;
    const void* weights;
    int32_t pixel_bytes;
    const void* stage;
    void* output;
    int32_t row_count;
    int32_t out_w;
    int32_t left;     ///< 1 if the first column is padding
    int32_t columns;  ///< of the input
    const void* padding;
    int32_t channel_bytes;  ///< added to the row pointers
};

namespace {

constexpr int kMostRows = 64;
/// Bytes of input that a block of rows may read, for the second-level cache: the first one only holds single rows of
/// wide layers, and starting anew for every row would cost more than it saves.
constexpr int32_t kBlockBytes = 49152;

static inline bool slides(const DepthwiseArgs& args, int32_t fewest_channels) {
    const Window& w = args.window;
    return w.kernel_h == 3 && w.kernel_w == 3 && w.dilation_h == 1 && w.dilation_w == 1 && w.pad_left >= 0 &&
           w.pad_left <= 1 && (w.stride_w == 1 || w.stride_w == 2) && args.channels >= fewest_channels;
}

/// Output rows [first, last) in blocks, kPass channels at a time: pass(rows, row, channel) with everything in rows but
/// weights and stage. The last channels are computed twice where kPass does not divide them.
template <typename Element, int kPass, typename Pass>
void slide(const DepthwiseArgs& args, int64_t first, int64_t last, const Pass& pass) {
    const size_t pixel_bytes = args.channels * sizeof(Element), in_row = args.in_w * pixel_bytes;
    int32_t most = static_cast<int32_t>(kBlockBytes / (in_row * args.window.stride_h));
    most = most < 1 ? 1 : (most > kMostRows ? kMostRows : most);
    RowPointers rows[kMostRows];
    for (int64_t row = first; row < last; row += most) {
        const int32_t count = static_cast<int32_t>(last - row < most ? last - row : most);
        for (int32_t i = 0; i < count; ++i) {
            const int32_t out_y = static_cast<int32_t>((row + i) % args.out_h);
            const size_t image = static_cast<size_t>((row + i) / args.out_h);
            for (int32_t k = 0; k < 3; ++k) {
                const int32_t y = out_y * args.window.stride_h - args.window.pad_top + k;
                const bool inside = y >= 0 && y < args.in_h;
                rows[i].row[k] =
                    inside ? static_cast<const uint8_t*>(args.input) + (image * args.in_h + y) * in_row : args.scratch;
                rows[i].step[k] = inside ? static_cast<int32_t>(pixel_bytes) : 0;
            }
        }
        uint8_t* output = static_cast<uint8_t*>(args.output) + static_cast<size_t>(row) * args.out_w * pixel_bytes;
        for (int32_t at = 0; at < args.channels; at += kPass) {
            const int32_t channel = at + kPass <= args.channels ? at : args.channels - kPass;
            const size_t offset = channel * sizeof(Element);
            DepthwiseRows r = {rows,
                               nullptr,
                               static_cast<int32_t>(pixel_bytes),
                               nullptr,
                               output + offset,
                               count,
                               args.out_w,
                               args.window.pad_left,
                               args.in_w,
                               static_cast<const uint8_t*>(args.scratch) + offset,
                               static_cast<int32_t>(offset)};
            pass(&r, row, channel);
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_SLIDING_ROWS_H_
