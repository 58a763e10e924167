// From a picture file to the tensor a network wants: resize, crop or letterbox, channels, mean and deviation.
#include <algorithm>
#include <cmath>

#include "data/picture.h"
#include "data/placement.h"
#include "data/samples.h"
#include "diagnostics/error.h"

namespace tinamix::data {
namespace {

struct Geometry {
    int channels, height, width;
};

/// What `shape` asks of a picture under `layout`.
Geometry wanted_geometry(const std::string& path, const ir::Shape& shape, Layout layout) {
    if (shape.size() != 4)
        throw Error(path, "a picture cannot fill the shape " + ir::shape_text(shape),
                    "pictures need four dimensions, " + std::string(layout == Layout::kNchw ? "NxCxHxW" : "NxHxWxC"));
    const int64_t channels = layout == Layout::kNchw ? shape[1] : shape[3];
    const int64_t height = layout == Layout::kNchw ? shape[2] : shape[1];
    const int64_t width = layout == Layout::kNchw ? shape[3] : shape[2];
    if (shape[0] != 1)
        throw Error(path, "one picture cannot fill a batch of " + std::to_string(shape[0]),
                    "give .npy arrays, or import the model with a batch of 1");
    constexpr int64_t kLargest = 32768;
    if ((channels != 1 && channels != 3) || height < 1 || width < 1 || height > kLargest || width > kLargest)
        throw Error(path,
                    "a picture cannot fill the shape " + ir::shape_text(shape) + " as " +
                        (layout == Layout::kNchw ? "NxCxHxW" : "NxHxWxC"),
                    channels != 1 && channels != 3 ? "the channels must be 1 or 3; is the layout right?" : "");
    return {static_cast<int>(channels), static_cast<int>(height), static_cast<int>(width)};
}

void check_channels(const std::string& path, const Preprocessing& preprocessing, int channels) {
    const auto fits = [&](size_t count) { return count == 1 || count == static_cast<size_t>(channels); };
    if (!fits(preprocessing.mean.size()) || !fits(preprocessing.std.size()))
        throw Error(path, "mean and std need one value or " + std::to_string(channels) + ", there are " +
                              std::to_string(preprocessing.mean.size()) + " and " +
                              std::to_string(preprocessing.std.size()));
    for (const float deviation : preprocessing.std)
        if (!(std::fabs(deviation) > 0) || !std::isfinite(deviation))
            throw Error(path, "every std must be a finite number other than 0");
    for (const float mean : preprocessing.mean)
        if (!std::isfinite(mean)) throw Error(path, "every mean must be a finite number");
    if (preprocessing.pixel_format == PixelFormat::kGray && channels != 1)
        throw Error(path, "pixel format gray makes one channel, the model wants " + std::to_string(channels));
    if (preprocessing.pixel_format == PixelFormat::kBgr && channels != 3)
        throw Error(path, "pixel format bgr makes three channels, the model wants " + std::to_string(channels));
}

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

Picture shaped(const std::string& path, Picture picture, const Preprocessing& preprocessing, const Geometry& wanted) {
    if (preprocessing.resize_short && preprocessing.resize_to)
        throw Error(path, "resize is given both as a short side and as a size");
    if (preprocessing.letterbox_fill) {
        if (preprocessing.crop || preprocessing.resize_short)
            throw Error(path, "letterbox cannot be combined with crop or a short side");
        if (*preprocessing.letterbox_fill < 0 || *preprocessing.letterbox_fill > 255)
            throw Error(path,
                        "letterbox fill is " + std::to_string(*preprocessing.letterbox_fill) + ", outside 0 to 255");
    }
    const auto check_side = [&](int side, const char* what) {
        constexpr int kLargest = 32768;
        if (side < 1 || side > kLargest)
            throw Error(path, std::string(what) + " " + std::to_string(side) + " is outside 1 to 32768");
    };
    const auto resized_to_fit = [&](const Picture& from) {
        const Size size = size_after_resize({from.width, from.height}, {wanted.width, wanted.height}, preprocessing);
        return resized(from, size.width, size.height);
    };
    if (preprocessing.letterbox_fill) {
        const std::array<int, 2> box =
            preprocessing.resize_to.value_or(std::array<int, 2>{wanted.width, wanted.height});
        check_side(box[0], "resize to");
        check_side(box[1], "resize to");
        picture = resized_to_fit(picture);
        picture = framed(picture, box[0], box[1], static_cast<uint8_t>(*preprocessing.letterbox_fill));
    } else if (preprocessing.resize_to) {
        check_side((*preprocessing.resize_to)[0], "resize to");
        check_side((*preprocessing.resize_to)[1], "resize to");
        picture = resized_to_fit(picture);
    } else if (preprocessing.resize_short) {
        check_side(*preprocessing.resize_short, "resize of the short side to");
        picture = resized_to_fit(picture);
    }
    if (preprocessing.crop) {
        const int side = *preprocessing.crop;
        check_side(side, "crop");
        if (side > picture.width || side > picture.height)
            throw Error(path, "crop " + std::to_string(side) + " is larger than the picture of " +
                                  size_text(picture.width, picture.height));
        picture = cropped(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side);
    }
    if (picture.width != wanted.width || picture.height != wanted.height)
        throw Error(path,
                    "the picture is " + size_text(picture.width, picture.height) +
                        " after preprocessing, the model wants " + size_text(wanted.width, wanted.height),
                    "resize " + size_text(wanted.width, wanted.height) + ", or a short side and crop, or letterbox");
    return picture;
}

}  // namespace

ir::Tensor load_picture(const std::string& path, const ir::Shape& shape, const Preprocessing& preprocessing) {
    const Geometry wanted = wanted_geometry(path, shape, preprocessing.layout);
    check_channels(path, preprocessing, wanted.channels);
    Picture picture = shaped(path, read_picture(path), preprocessing, wanted);
    picture = wanted.channels == 1 ? to_gray(picture) : to_colour(picture);

    ir::Tensor tensor(ir::ElementType::kFloat32, shape);
    float* to = tensor.data<float>();
    const auto channels = static_cast<size_t>(wanted.channels);
    const size_t pixels = static_cast<size_t>(wanted.width) * static_cast<size_t>(wanted.height);
    for (size_t c = 0; c < channels; ++c) {
        // Of the 256 values a pixel can have, each is computed once.
        const float mean = preprocessing.mean[preprocessing.mean.size() == 1 ? 0 : c];
        const float deviation = preprocessing.std[preprocessing.std.size() == 1 ? 0 : c];
        std::array<float, 256> value;
        for (size_t i = 0; i < value.size(); ++i) value[i] = (static_cast<float>(i) - mean) / deviation;
        const size_t source = preprocessing.pixel_format == PixelFormat::kBgr ? channels - 1 - c : c;
        const uint8_t* from = picture.pixels.data() + source;
        if (preprocessing.layout == Layout::kNchw) {
            for (size_t i = 0; i < pixels; ++i) to[c * pixels + i] = value[from[i * channels]];
        } else {
            for (size_t i = 0; i < pixels; ++i) to[i * channels + c] = value[from[i * channels]];
        }
    }
    return tensor;
}

}  // namespace tinamix::data
