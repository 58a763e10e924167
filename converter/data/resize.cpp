// Resizing through stb_image_resize.
#include <stb/stb_image_resize.h>

#include <new>

#include "data/picture.h"

namespace tinamix::data {

Picture resized(const Picture& picture, int width, int height) {
    if (width == picture.width && height == picture.height) return picture;
    Picture result{width, height, picture.channels, {}};
    result.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) *
                         static_cast<size_t>(picture.channels));
    // Linear colour space: values are filtered as they are, as trainers do. It fails only for want of memory.
    const int done = stbir_resize_uint8_generic(
        picture.pixels.data(), picture.width, picture.height, 0, result.pixels.data(), width, height, 0,
        picture.channels, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE,
        STBIR_COLORSPACE_LINEAR, nullptr);
    if (done == 0) throw std::bad_alloc();
    return result;
}

}  // namespace tinamix::data
