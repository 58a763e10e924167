// w8a8 convolution, 4 pixels by 8 output channels: the story is in w8a8_conv_tile_4x8__neon.S.
#include "kernels/kernel_table.h"
#include "kernels/neon32/gemm.h"

extern "C" void w8a8_conv_tile_4x8__neon(const tmx::kernels::GemmArgs* args);
extern "C" void w8a8_conv_tile_1x8__neon(const tmx::kernels::GemmArgs* args);

namespace tmx::kernels {
namespace {

void run_tile(const GemmArgs* g, const Stage&) {
    (g->pixels == 1 ? w8a8_conv_tile_1x8__neon : w8a8_conv_tile_4x8__neon)(g);
}

}  // namespace

void w8a8_conv_4x8__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!gemm<int8_t, int8_t, 2, 4>(args, first, last, Stage(args.stage, true), run_tile)) {
        w8a8_conv__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
