// w8a8 convolution, 4 pixels by 4 output channels by 16 input channels, plain NEON. The inner loop and its reasons:
// w8a8_tiles__neon.S; the loops around it: w8a8_tiles.h.
#include "kernels/kernel_table.h"
#include "kernels/neon/w8a8_tiles.h"

namespace tmx::kernels {
namespace {

extern "C" {
void tmx_w8a8_tiles_4__neon(const W8A8Tiles* tiles);
void tmx_w8a8_tiles_2__neon(const W8A8Tiles* tiles);
void tmx_w8a8_tiles_1__neon(const W8A8Tiles* tiles);
}

struct Tiles {
    static constexpr int kNr = 4, kKr = 16;
    static void tiles_4(const W8A8Tiles* tiles) { tmx_w8a8_tiles_4__neon(tiles); }
    static void tiles_2(const W8A8Tiles* tiles) { tmx_w8a8_tiles_2__neon(tiles); }
    static void tiles_1(const W8A8Tiles* tiles) { tmx_w8a8_tiles_1__neon(tiles); }
};

}  // namespace

void w8a8_conv_4x4c16__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!w8a8_conv<Tiles>(args, first, last)) w8a8_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
