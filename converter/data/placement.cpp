#include "data/placement.h"

#include <algorithm>
#include <cmath>

namespace tinamix::data {
namespace {

int scaled(int length, double factor) { return std::max(1, static_cast<int>(std::lround(length * factor))); }

}  // namespace

Size size_after_resize(Size picture, Size input, const Preprocessing& preprocessing) {
    if (preprocessing.letterbox_fill) {
        const std::array<int, 2> box = preprocessing.resize_to.value_or(std::array<int, 2>{input.width, input.height});
        const double factor =
            std::min(static_cast<double>(box[0]) / picture.width, static_cast<double>(box[1]) / picture.height);
        return {std::min(box[0], scaled(picture.width, factor)), std::min(box[1], scaled(picture.height, factor))};
    }
    if (preprocessing.resize_to) return {(*preprocessing.resize_to)[0], (*preprocessing.resize_to)[1]};
    if (preprocessing.resize_short) {
        const double factor =
            static_cast<double>(*preprocessing.resize_short) / std::min(picture.width, picture.height);
        return {scaled(picture.width, factor), scaled(picture.height, factor)};
    }
    return picture;
}

Placement placement(Size picture, Size input, const Preprocessing& preprocessing) {
    const Size resized = size_after_resize(picture, input, preprocessing);
    Placement result;
    result.scale_x = static_cast<double>(resized.width) / picture.width;
    result.scale_y = static_cast<double>(resized.height) / picture.height;
    // A border shifts to the right, a crop to the left; both by whole pixels, rounded towards zero (data/picture.h).
    if (preprocessing.letterbox_fill) {
        result.left = (input.width - resized.width) / 2;
        result.top = (input.height - resized.height) / 2;
    } else if (preprocessing.crop) {
        result.left = -((resized.width - *preprocessing.crop) / 2);
        result.top = -((resized.height - *preprocessing.crop) / 2);
    }
    return result;
}

}  // namespace tinamix::data
