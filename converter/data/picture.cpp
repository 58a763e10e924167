// Decoding through stb_image. Its decoders fill in zeros behind the end of a file, so the reads are watched to refuse
// pictures that are cut off.
#include "data/picture.h"

#define STBI_NO_STDIO
#include <stb/stb_image.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <string_view>

#include "diagnostics/error.h"
#include "formats/mapped_file.h"

namespace tinamix::data {
namespace {

/// stb_image fills its own buffer in steps of this size; such a read may meet the end without asking beyond it.
constexpr int kRefillBytes = 128;

struct Reader {
    std::string_view bytes;
    size_t position = 0;
    bool past_end = false;  ///< the decoder wanted more than there is

    static int read(void* user, char* to, int size) {
        auto& self = *static_cast<Reader*>(user);
        const size_t left = self.bytes.size() - self.position;
        const size_t given = std::min(left, static_cast<size_t>(size));
        std::memcpy(to, self.bytes.data() + self.position, given);
        self.position += given;
        if (given == 0 || (given < static_cast<size_t>(size) && size != kRefillBytes)) self.past_end = true;
        return static_cast<int>(given);
    }
    static void skip(void* user, int count) {
        auto& self = *static_cast<Reader*>(user);
        if (count < 0) {
            self.position -= std::min(self.position, static_cast<size_t>(-static_cast<int64_t>(count)));
            return;
        }
        const size_t left = self.bytes.size() - self.position;
        if (static_cast<size_t>(count) > left) self.past_end = true;
        self.position += std::min(left, static_cast<size_t>(count));
    }
    static int eof(void* user) {
        const auto& self = *static_cast<Reader*>(user);
        return self.position == self.bytes.size() ? 1 : 0;
    }
};

constexpr std::array<std::string_view, 7> kExtensions{".jpg", ".jpeg", ".png", ".bmp", ".pgm", ".ppm", ".pnm"};

/// Whether the file begins like one of the formats, to tell a damaged picture from something else.
bool begins_like_picture(std::string_view bytes) {
    return bytes.starts_with("\xff\xd8") || bytes.starts_with("\x89PNG") || bytes.starts_with("BM") ||
           bytes.starts_with("P5") || bytes.starts_with("P6");
}

}  // namespace

bool has_picture_extension(const std::string& path) {
    const size_t dot = path.rfind('.');
    if (dot == std::string::npos) return false;
    std::string extension = path.substr(dot);
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

Picture read_picture(const std::string& path) {
    const formats::MappedFile file(path);
    if (file.bytes().empty()) throw Error(path, "cannot read the picture: the file is empty");
    Reader reader{file.bytes()};
    const stbi_io_callbacks callbacks{Reader::read, Reader::skip, Reader::eof};
    int width = 0, height = 0, channels = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> decoded(
        stbi_load_from_callbacks(&callbacks, &reader, &width, &height, &channels, 0), stbi_image_free);
    if (!decoded && !begins_like_picture(file.bytes()))
        throw Error(path, "cannot read the picture: it is none of JPEG, PNG, BMP, PGM, PPM");
    if (reader.past_end) throw Error(path, "cannot read the picture: the file is cut off");
    if (!decoded) throw Error(path, std::string("cannot read the picture: ") + stbi_failure_reason());
    if (width < 1 || height < 1) throw Error(path, "cannot read the picture: it has no pixels");

    // Gray, gray + alpha, colour, colour + alpha.
    Picture picture{width, height, channels < 3 ? 1 : 3, {}};
    const size_t count = static_cast<size_t>(width) * static_cast<size_t>(height);
    const auto kept = static_cast<size_t>(picture.channels), all = static_cast<size_t>(channels);
    if (kept == all) {
        picture.pixels.assign(decoded.get(), decoded.get() + count * kept);
        return picture;
    }
    picture.pixels.resize(count * kept);
    for (size_t i = 0; i < count; ++i) std::memcpy(&picture.pixels[i * kept], decoded.get() + i * all, kept);
    return picture;
}

Size picture_size(const std::string& path) {
    const formats::MappedFile file(path);
    Reader reader{file.bytes()};
    const stbi_io_callbacks callbacks{Reader::read, Reader::skip, Reader::eof};
    int width = 0, height = 0, channels = 0;
    const bool known = stbi_info_from_callbacks(&callbacks, &reader, &width, &height, &channels) != 0;
    if (!known || width < 1 || height < 1) throw Error(path, "cannot read the size of the picture");
    return {width, height};
}

Picture cropped(const Picture& picture, int left, int top, int width, int height) {
    Picture result{width, height, picture.channels, {}};
    const auto row = static_cast<size_t>(width) * static_cast<size_t>(picture.channels);
    result.pixels.resize(row * static_cast<size_t>(height));
    for (int y = 0; y < height; ++y) {
        const size_t from =
            (static_cast<size_t>(top + y) * static_cast<size_t>(picture.width) + static_cast<size_t>(left)) *
            static_cast<size_t>(picture.channels);
        std::memcpy(&result.pixels[static_cast<size_t>(y) * row], &picture.pixels[from], row);
    }
    return result;
}

Picture framed(const Picture& picture, int width, int height, uint8_t fill) {
    Picture result{width, height, picture.channels, {}};
    const auto channels = static_cast<size_t>(picture.channels);
    result.pixels.assign(static_cast<size_t>(width) * static_cast<size_t>(height) * channels, fill);
    const int left = (width - picture.width) / 2, top = (height - picture.height) / 2;
    const size_t row = static_cast<size_t>(picture.width) * channels;
    for (int y = 0; y < picture.height; ++y) {
        const size_t to =
            (static_cast<size_t>(top + y) * static_cast<size_t>(width) + static_cast<size_t>(left)) * channels;
        std::memcpy(&result.pixels[to], &picture.pixels[static_cast<size_t>(y) * row], row);
    }
    return result;
}

Picture to_gray(const Picture& picture) {
    if (picture.channels == 1) return picture;
    // 0.299, 0.587, 0.114 in 16 bits; they add up to 65536, so white stays 255.
    constexpr uint32_t kRed = 19595, kGreen = 38470, kBlue = 7471, kHalf = 32768;
    Picture result{picture.width, picture.height, 1, {}};
    result.pixels.resize(picture.pixels.size() / 3);
    for (size_t i = 0; i < result.pixels.size(); ++i) {
        const uint8_t* pixel = &picture.pixels[3 * i];
        result.pixels[i] = static_cast<uint8_t>((pixel[0] * kRed + pixel[1] * kGreen + pixel[2] * kBlue + kHalf) >> 16);
    }
    return result;
}

Picture to_colour(const Picture& picture) {
    if (picture.channels == 3) return picture;
    Picture result{picture.width, picture.height, 3, {}};
    result.pixels.resize(picture.pixels.size() * 3);
    for (size_t i = 0; i < result.pixels.size(); ++i) result.pixels[i] = picture.pixels[i / 3];
    return result;
}

}  // namespace tinamix::data
