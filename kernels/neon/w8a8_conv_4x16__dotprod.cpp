// w8a8 convolution, 4 pixels by 16 output channels, int8 dot product. The inner loop and its reasons:
// w8a8_tiles__dotprod.S; the loops around it: w8a8_tiles.h.
#include "kernels/kernel_table.h"
#include "kernels/neon/w8a8_tiles.h"

namespace tmx::kernels {
namespace {

extern "C" {
void tmx_w8a8_tiles_4__dotprod(const W8A8Tiles* tiles);
void tmx_w8a8_tiles_2__dotprod(const W8A8Tiles* tiles);
void tmx_w8a8_tiles_1__dotprod(const W8A8Tiles* tiles);
}

struct Tiles {
    static constexpr int kNr = 16, kKr = 4;
    static void tiles_4(const W8A8Tiles* tiles) { tmx_w8a8_tiles_4__dotprod(tiles); }
    static void tiles_2(const W8A8Tiles* tiles) { tmx_w8a8_tiles_2__dotprod(tiles); }
    static void tiles_1(const W8A8Tiles* tiles) { tmx_w8a8_tiles_1__dotprod(tiles); }
};

}  // namespace

void w8a8_conv_4x16__dotprod(const ConvArgs& args, int64_t first, int64_t last) {
    if (!w8a8_conv<Tiles>(args, first, last)) w8a8_conv_4x4c16__neon(args, first, last);
}

}  // namespace tmx::kernels
