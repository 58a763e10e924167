// Pictures as bytes: reading files, geometry, channels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tinamix::data {

struct Size {
    int width = 0, height = 0;
};

/// Rows from the top, pixels from the left, channels (1: gray; 3: red, green, blue) innermost.
struct Picture {
    int width = 0, height = 0, channels = 0;
    std::vector<uint8_t> pixels;  ///< [height][width][channels]
};

/// Reads JPEG, PNG, BMP or PNM (.pgm, .ppm; binary). Transparency is dropped, 16-bit samples are cut to 8. Throws Error
/// naming the file and the reason, also for a file that ends early.
Picture read_picture(const std::string& path);

/// Width and height, from the head of the file. Throws Error like read_picture.
Size picture_size(const std::string& path);

/// Whether the file name ends like a picture that read_picture knows.
bool has_picture_extension(const std::string& path);

/// Resizes with a triangle filter that widens when shrinking (antialias): the same bytes as Pillow's BILINEAR.
Picture resized(const Picture& picture, int width, int height);
/// Cuts out a rectangle, which must lie inside.
Picture cropped(const Picture& picture, int left, int top, int width, int height);
/// The picture in the middle of a larger one filled with `fill`.
Picture framed(const Picture& picture, int width, int height, uint8_t fill);
/// Gray by ITU-R BT.601 luma, rounded half up.
Picture to_gray(const Picture& picture);
/// Colour with three equal channels.
Picture to_colour(const Picture& picture);

}  // namespace tinamix::data
