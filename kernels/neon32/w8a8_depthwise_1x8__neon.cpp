// w8a8 depthwise convolution over 8 channels. 3x3 windows with stride 1 or 2 slide in assembly
// (w8a8_depthwise_rows3x3__neon.S); other windows take the pointer tables of depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/neon32/depthwise.h"
#include "kernels/neon32/sliding_rows.h"

extern "C" void w8a8_depthwise_rows3x3_s1__neon(tmx::kernels::DepthwiseRows* rows);
extern "C" void w8a8_depthwise_rows3x3_s2__neon(tmx::kernels::DepthwiseRows* rows);

namespace tmx::kernels {
namespace {

/// The constants in the order in which the assembly loads them.
struct SlidingStage {
    int32_t bias[kBlock], multiplier[kBlock], post_shift[kBlock];
    int16_t zero_point[kBlock];
    int8_t clamp_min[kBlock], clamp_max[kBlock];
};

void slide_rows(const DepthwiseArgs& args, int64_t first, int64_t last) {
    Stage stage;
    stage.set_clamp(args.stage, true);
    slide<int8_t, kBlock>(args, first, last, [&](DepthwiseRows* rows, int64_t row, int32_t channel) {
        stage.set_channels(args.stage, channel, kBlock);
        if (stage.any_pre_shift != 0) {  // which the assembly leaves out
            depthwise_channels<int8_t, int8_t, false>(args, row, row + rows->row_count, channel, kBlock);
            return;
        }
        alignas(16) SlidingStage constants;
        memcpy(&constants, &stage, offsetof(SlidingStage, clamp_min));
        memcpy(constants.clamp_min, stage.clamp_min, sizeof(constants.clamp_min));
        memcpy(constants.clamp_max, stage.clamp_max, sizeof(constants.clamp_max));
        rows->weights = static_cast<const int8_t*>(args.weights) + channel;
        rows->stage = &constants;
        (args.window.stride_w == 1 ? w8a8_depthwise_rows3x3_s1__neon : w8a8_depthwise_rows3x3_s2__neon)(rows);
    });
}

}  // namespace

void w8a8_depthwise_1x8__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (slides(args, kBlock)) {
        slide_rows(args, first, last);
    } else if (!depthwise<int8_t, int8_t, false>(args, first, last)) {
        w8a8_depthwise__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
