// w8a8 depthwise convolution over 8 channels. 3x3 windows with stride 1 or 2 slide in assembly
// (w8a8_depthwise_rows3x3__neon.S); other windows take the pointer tables of depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/neon32/depthwise.h"

namespace tmx::kernels {
namespace {

/// One output row: its three input rows at the first column, and the bytes to the next column.
struct RowPointers {
    const int8_t* row[3];
    int32_t step[3];  ///< 0 in the padding row
};

/// Read and changed by the assembly, which has the offsets.
struct DepthwiseRows {
    const RowPointers* rows;
    const int8_t* weights;
    int32_t channels;
    const void* stage;
    int8_t* output;
    int32_t row_count;
    int32_t out_w;
    int32_t left;     ///< 1 if the first column is padding
    int32_t columns;  ///< of the input
    const int8_t* padding;
    int32_t channel;  ///< added to the row pointers
};

extern "C" void w8a8_depthwise_rows3x3_s1__neon(DepthwiseRows* args);
extern "C" void w8a8_depthwise_rows3x3_s2__neon(DepthwiseRows* args);

constexpr int kMostRows = 64;
/// Bytes of input that a block of rows may read, for the second-level cache; the first only holds single rows of wide
/// layers, and restarting for every row would cost more than it saves.
constexpr int32_t kBlockBytes = 49152;

/// Constants behind Stage's first 96 bytes, here for eight int8 outputs.
struct SlidingStage {
    int32_t bias[8], multiplier[8], post_shift[8];
    int16_t zero_point[8];
    int8_t clamp_min[8], clamp_max[8];
};

bool slides(const DepthwiseArgs& args) {
    const Window& w = args.window;
    return w.kernel_h == 3 && w.kernel_w == 3 && w.dilation_h == 1 && w.dilation_w == 1 && w.pad_left >= 0 &&
           w.pad_left <= 1 && (w.stride_w == 1 || w.stride_w == 2) && args.channels >= 8;
}

/// Eight channels of a block of rows. False if a multiplier needs a pre-shift, which the sliding loop does not do.
bool slide(const DepthwiseArgs& args, const RowPointers* rows, int32_t count, int64_t row, int32_t channel,
           const Stage& stage) {
    if (stage.any_pre_shift != 0) return false;
    alignas(16) SlidingStage constants;
    memcpy(&constants, &stage, offsetof(SlidingStage, clamp_min));
    memcpy(constants.clamp_min, stage.clamp_min, sizeof(constants.clamp_min));
    memcpy(constants.clamp_max, stage.clamp_max, sizeof(constants.clamp_max));
    DepthwiseRows r = {rows,
                       static_cast<const int8_t*>(args.weights) + channel,
                       args.channels,
                       &constants,
                       static_cast<int8_t*>(args.output) + static_cast<size_t>(row) * args.out_w * args.channels + channel,
                       count,
                       args.out_w,
                       args.window.pad_left,
                       args.in_w,
                       static_cast<const int8_t*>(args.scratch) + channel,
                       channel};
    (args.window.stride_w == 1 ? w8a8_depthwise_rows3x3_s1__neon : w8a8_depthwise_rows3x3_s2__neon)(&r);
    return true;
}

void sliding(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const size_t in_row = static_cast<size_t>(args.in_w) * args.channels;
    const size_t per_output_row = in_row * args.window.stride_h;
    int32_t most = static_cast<int32_t>(kBlockBytes / per_output_row);
    most = most < 1 ? 1 : (most > kMostRows ? kMostRows : most);
    RowPointers rows[kMostRows];
    Stage stage;
    stage.set_clamp(args.stage, true);
    for (int64_t row = first; row < last; row += most) {
        const int32_t count = static_cast<int32_t>(last - row < most ? last - row : most);
        for (int32_t i = 0; i < count; ++i) {
            const int32_t out_y = static_cast<int32_t>((row + i) % args.out_h);
            const size_t image = static_cast<size_t>((row + i) / args.out_h);
            for (int32_t k = 0; k < 3; ++k) {
                const int32_t y = out_y * args.window.stride_h - args.window.pad_top + k;
                const bool inside = y >= 0 && y < args.in_h;
                rows[i].row[k] = inside ? static_cast<const int8_t*>(args.input) + (image * args.in_h + y) * in_row
                                        : static_cast<const int8_t*>(args.scratch);
                rows[i].step[k] = inside ? args.channels : 0;
            }
        }
        for (int32_t channel = 0; channel < args.channels; channel += kBlock) {
            // The last channels are computed twice where 8 do not divide them.
            const int32_t begin = channel + kBlock <= args.channels ? channel : args.channels - kBlock;
            stage.set_channels(args.stage, begin, kBlock);
            if (!slide(args, rows, count, row, begin, stage)) {
                depthwise_channels<int8_t, int8_t, false>(args, row, row + count, begin, kBlock);
            }
        }
    }
}

}  // namespace

void w8a8_depthwise_1x8__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (slides(args)) {
        sliding(args, first, last);
    } else if (!depthwise<int8_t, int8_t, false>(args, first, last)) {
        w8a8_depthwise__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
