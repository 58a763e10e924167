// Resizing with a triangle filter, in the integer arithmetic that Pillow's BILINEAR has: networks are trained and
// judged on pictures that went through it, and a calibration should see the same pixels.
#include <algorithm>
#include <cmath>

#include "data/picture.h"

namespace tinamix::data {
namespace {

/// Weights are fixed-point numbers; 8 bits of pixel and 2 bits of sign and slack fit beside them into 32.
constexpr int kFractionBits = 22;

/// The source pixels that make one target pixel.
struct Window {
    int first = 0;
    std::vector<int32_t> weights;  ///< sum to 1 << kFractionBits, give or take the rounding of each
};

/// For every target pixel of a line. When shrinking, the triangle is as wide as the target pixels are apart; when
/// enlarging, as the source pixels. At the border only what exists takes part.
std::vector<Window> windows(int source, int target) {
    const double step = static_cast<double>(source) / target;
    const double reach = std::max(step, 1.0);
    std::vector<Window> result(static_cast<size_t>(target));
    std::vector<double> weights;
    for (int i = 0; i < target; ++i) {
        const double centre = (i + 0.5) * step;
        const int first = std::max(0, static_cast<int>(centre - reach + 0.5));
        const int end = std::min(source, static_cast<int>(centre + reach + 0.5));
        weights.clear();
        double sum = 0;
        for (int j = first; j < end; ++j) {
            weights.push_back(std::max(0.0, 1.0 - std::fabs((j - centre + 0.5) * (1.0 / reach))));
            sum += weights.back();
        }
        Window& window = result[static_cast<size_t>(i)];
        window.first = first;
        for (const double weight : weights)
            window.weights.push_back(static_cast<int32_t>(0.5 + weight / sum * (1 << kFractionBits)));
    }
    return result;
}

/// One target pixel of `channels` bytes; `stride`: bytes from one source pixel to the next.
void weigh(const uint8_t* from, size_t stride, const Window& window, size_t channels, uint8_t* to) {
    constexpr int32_t kHalf = 1 << (kFractionBits - 1);
    from += static_cast<size_t>(window.first) * stride;
    for (size_t c = 0; c < channels; ++c) {
        int32_t sum = kHalf;
        for (size_t k = 0; k < window.weights.size(); ++k) sum += window.weights[k] * from[k * stride + c];
        to[c] = static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
    }
}

}  // namespace

Picture resized(const Picture& picture, int width, int height) {
    const auto channels = static_cast<size_t>(picture.channels);
    const size_t new_row = static_cast<size_t>(width) * channels;
    Picture result = picture;
    if (width != picture.width) {
        const size_t old_row = static_cast<size_t>(picture.width) * channels;
        std::vector<uint8_t> pixels(new_row * static_cast<size_t>(picture.height));
        const std::vector<Window> columns = windows(picture.width, width);
        for (size_t y = 0; y < static_cast<size_t>(picture.height); ++y)
            for (size_t x = 0; x < columns.size(); ++x)
                weigh(&picture.pixels[y * old_row], channels, columns[x], channels,
                      &pixels[y * new_row + x * channels]);
        result.pixels = std::move(pixels);
        result.width = width;
    }
    if (height != picture.height) {
        std::vector<uint8_t> pixels(new_row * static_cast<size_t>(height));
        // Whole rows are weighed: a row is a pixel with very many channels.
        const std::vector<Window> rows = windows(picture.height, height);
        for (size_t y = 0; y < rows.size(); ++y)
            weigh(result.pixels.data(), new_row, rows[y], new_row, &pixels[y * new_row]);
        result.pixels = std::move(pixels);
        result.height = height;
    }
    return result;
}

}  // namespace tinamix::data
