#include "data/picture.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "data/samples.h"
#include "formats/npy.h"
#include "temporary_folder.h"
#include "zip_builder.h"

namespace tinamix::data {
namespace {

using test::TemporaryFolder;
using Bytes = std::vector<uint8_t>;

std::string ppm(int width, int height, const Bytes& pixels) {
    return (pixels.size() == 3 * static_cast<size_t>(width) * static_cast<size_t>(height) ? "P6 " : "P5 ") +
           std::to_string(width) + " " + std::to_string(height) + " 255\n" + std::string(pixels.begin(), pixels.end());
}

std::string big_endian(uint32_t value) {
    std::string bytes = test::number(value, 4);
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

std::string png_chunk(const std::string& type, const std::string& data) {
    const std::string body = type + data;
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(static_cast<uint32_t>(data.size())) + body + big_endian(static_cast<uint32_t>(crc));
}

/// An unfiltered PNG of 8 bits; colour types 0: gray, 2: colour, 4: gray + alpha, 6: colour + alpha.
std::string png(int width, int height, int colour_type, const Bytes& pixels) {
    std::string rows;
    const size_t row = pixels.size() / static_cast<size_t>(height);
    for (int y = 0; y < height; ++y)
        rows += '\0' + std::string(pixels.begin() + y * static_cast<long>(row),
                                   pixels.begin() + (y + 1) * static_cast<long>(row));
    std::string packed(compressBound(rows.size()), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
    packed.resize(size);
    return "\x89PNG\r\n\x1a\n" +
           png_chunk("IHDR", big_endian(static_cast<uint32_t>(width)) + big_endian(static_cast<uint32_t>(height)) +
                                 '\x08' + static_cast<char>(colour_type) + std::string(3, '\0')) +
           png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

/// 24 bits, rows from the bottom, padded to 4 bytes.
std::string bmp(int width, int height, const Bytes& rgb) {
    std::string rows;
    for (int y = height; y-- > 0;) {
        for (int x = 0; x < width; ++x)
            for (int c = 3; c-- > 0;)
                rows += static_cast<char>(rgb[3 * static_cast<size_t>(y * width + x) + static_cast<size_t>(c)]);
        rows.append(static_cast<size_t>((4 - width * 3 % 4) % 4), '\0');
    }
    using test::number;
    return "BM" + number(54 + rows.size(), 4) + number(0, 4) + number(54, 4) + number(40, 4) +
           number(static_cast<uint64_t>(width), 4) + number(static_cast<uint64_t>(height), 4) + number(1, 2) +
           number(24, 2) + number(0, 4) + number(rows.size(), 4) + number(2835, 4) + number(2835, 4) + number(0, 8) +
           rows;
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

/// A gray JPEG of 8x8 pixels, min(255, 20 x + 12 y), quality 90.
const std::string kJpeg = from_hex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b"
    "0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc0000b080008000801011100ffc4001400010000000000"
    "00"
    "00000000000000000006ffc4001a100000070000000000000000000000000000070824344151ffda0008010100003f00289249284df287ffd"
    "9");

const Bytes kRgb{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90};  // 3x2

Picture read(const std::string& name, const std::string& content) {
    const TemporaryFolder folder;
    return read_picture(folder.write(name, content));
}

TEST(Picture, ReadsPnmPngAndBmp) {
    for (const Picture& picture :
         {read("a.ppm", ppm(3, 2, kRgb)), read("a.png", png(3, 2, 2, kRgb)), read("a.bmp", bmp(3, 2, kRgb))}) {
        EXPECT_EQ(picture.width, 3);
        EXPECT_EQ(picture.height, 2);
        EXPECT_EQ(picture.channels, 3);
        EXPECT_EQ(picture.pixels, kRgb);
    }
    const Bytes gray{1, 2, 3, 250, 5, 6};
    for (const Picture& picture : {read("a.pgm", ppm(3, 2, gray)), read("a.png", png(3, 2, 0, gray))}) {
        EXPECT_EQ(picture.channels, 1);
        EXPECT_EQ(picture.pixels, gray);
    }
}

TEST(Picture, ReadsJpeg) {
    const Picture picture = read("a.jpg", kJpeg);
    ASSERT_EQ(picture.width, 8);
    ASSERT_EQ(picture.height, 8);
    ASSERT_EQ(picture.channels, 1);
    for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x) EXPECT_NEAR(picture.pixels[static_cast<size_t>(8 * y + x)], 20 * x + 12 * y, 3);
}

TEST(Picture, DropsTransparency) {
    EXPECT_EQ(read("a.png", png(1, 2, 6, {1, 2, 3, 0, 4, 5, 6, 128})).pixels, (Bytes{1, 2, 3, 4, 5, 6}));
    const Picture gray = read("a.png", png(1, 2, 4, {7, 0, 8, 255}));
    EXPECT_EQ(gray.channels, 1);
    EXPECT_EQ(gray.pixels, (Bytes{7, 8}));
}

TEST(Picture, RefusesEveryTruncation) {
    const TemporaryFolder folder;
    // The checksum after the last chunk of a PNG is not read.
    const std::vector<std::tuple<std::string, std::string, size_t>> files{
        {"a.jpg", kJpeg, 0},
        {"a.ppm", ppm(3, 2, kRgb), 0},
        {"a.pgm", ppm(3, 6, kRgb).replace(1, 1, "5"), 0},
        {"a.png", png(3, 2, 2, kRgb), 4}};
    for (const auto& [name, content, slack] : files) {
        for (size_t size = 0; size + slack < content.size(); ++size) {
            const std::string path = folder.write(name, content.substr(0, size));
            EXPECT_ERROR(read_picture(path), path + ": cannot read the picture: ") << size;
        }
    }
    const std::string whole = bmp(2, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    for (size_t size = 0; size + 2 < whole.size(); ++size)  // two bytes of padding at the end
        EXPECT_THROW(read_picture(folder.write("a.bmp", whole.substr(0, size))), Error) << size;
}

TEST(Picture, NamesTheFileAndTheReason) {
    const TemporaryFolder folder;
    EXPECT_ERROR(read_picture(folder.write("text.jpg", "hello, this is no picture")),
                 "text.jpg: cannot read the picture: it is none of JPEG, PNG, BMP, PGM, PPM");
    EXPECT_ERROR(read_picture(folder.write("empty.png", "")), "empty.png: cannot read the picture: the file is empty");
    EXPECT_ERROR(read_picture(folder.write("gif.png", "GIF89a..........")), "it is none of");
    EXPECT_ERROR(read_picture(folder.write("cut.jpg", kJpeg.substr(0, 160))), "the file is cut off");
    EXPECT_ERROR(read_picture(folder.file("none.png")), "none.png: cannot open: No such file or directory");
    std::string damaged = png(3, 2, 2, kRgb);
    damaged[16] = '\x7f';  // width of two thousand million
    EXPECT_ERROR(read_picture(folder.write("huge.png", damaged)),
                 "huge.png: cannot read the picture: Very large image");
}

TEST(Picture, SurvivesFlippedBits) {
    const TemporaryFolder folder;
    for (const std::string& content : {kJpeg, png(3, 2, 2, kRgb), bmp(3, 2, kRgb), ppm(3, 2, kRgb)}) {
        for (size_t i = 0; i < content.size(); ++i) {
            std::string damaged = content;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
            try {
                const Picture picture = read_picture(folder.write("x", damaged));
                EXPECT_EQ(picture.pixels.size(), static_cast<size_t>(picture.width) *
                                                     static_cast<size_t>(picture.height) *
                                                     static_cast<size_t>(picture.channels));
            } catch (const Error&) {
            }
        }
    }
}

TEST(Picture, KnowsExtensions) {
    EXPECT_TRUE(has_picture_extension("a/b.JPG"));
    EXPECT_TRUE(has_picture_extension("b.jpeg"));
    EXPECT_FALSE(has_picture_extension("b.npy"));
    EXPECT_FALSE(has_picture_extension("jpg"));
}

/// (37 x + 91 y + 53 c) mod 256, 7x5.
Picture pattern() {
    Picture picture{7, 5, 3, {}};
    for (int y = 0; y < 5; ++y)
        for (int x = 0; x < 7; ++x)
            for (int c = 0; c < 3; ++c) picture.pixels.push_back(static_cast<uint8_t>(37 * x + 91 * y + 53 * c));
    return picture;
}

// Expected bytes: Pillow 9.4, Image.resize(size, BILINEAR).
TEST(Resize, IsBytewisePillowBilinear) {
    EXPECT_EQ(resized(pattern(), 3, 4).pixels,
              (Bytes{55, 108, 147, 130, 168, 168, 163, 134, 104, 138, 145, 128, 131, 142, 99,  95, 116, 169,
                     95, 102, 117, 96,  143, 152, 169, 169, 126, 117, 170, 182, 140, 114, 103, 83, 114, 125}));
    EXPECT_EQ(
        resized(pattern(), 9, 3).pixels,
        (Bytes{39,  92,  145, 64,  117, 170, 92,  145, 150, 121, 174, 117, 150, 203, 146, 179, 147, 175, 147, 151, 123,
               126, 131, 86,  151, 58,  111, 125, 178, 89,  150, 108, 114, 115, 89,  117, 65,  118, 114, 94,  147, 143,
               123, 132, 128, 120, 148, 144, 123, 157, 172, 148, 144, 197, 69,  122, 175, 94,  147, 200, 122, 175, 163,
               151, 171, 111, 180, 87,  140, 95,  116, 83,  92,  145, 88,  120, 136, 116, 145, 88,  141}));
    EXPECT_EQ(resized(pattern(), 7, 2).pixels,
              (Bytes{79,  132, 127, 116, 111, 164, 95,  148, 96,  132, 185, 133, 169, 117,
                     159, 101, 154, 114, 138, 98,  151, 87,  140, 135, 124, 119, 172, 103,
                     156, 116, 140, 111, 153, 95,  137, 85,  121, 174, 122, 158, 106, 159}));
    EXPECT_EQ(resized(pattern(), 1, 1).pixels, (Bytes{118, 135, 134}));
    EXPECT_EQ(resized(pattern(), 7, 5).pixels, pattern().pixels);
}

TEST(Resize, KeepsAConstantPictureConstant) {
    for (const uint8_t value : {0, 1, 127, 255}) {
        const Picture flat{13, 7, 1, Bytes(13 * 7, value)};
        for (const auto& [width, height] : {std::pair{1, 1}, {5, 3}, {13, 20}, {200, 100}})
            EXPECT_EQ(resized(flat, width, height).pixels, Bytes(static_cast<size_t>(width * height), value));
    }
}

TEST(Picture, CropsFramesAndConverts) {
    const Picture picture{3, 2, 3, kRgb};
    EXPECT_EQ(cropped(picture, 1, 1, 2, 1).pixels, (Bytes{40, 50, 60, 70, 80, 90}));
    const Picture framed_picture = framed({1, 1, 1, {9}}, 4, 3, 7);  // (4 - 1) / 2 = 1 to the left
    EXPECT_EQ(framed_picture.pixels, (Bytes{7, 7, 7, 7, 7, 9, 7, 7, 7, 7, 7, 7}));
    EXPECT_EQ(to_gray(picture).pixels, (Bytes{76, 150, 29, 18, 48, 78}));  // 0.299 r + 0.587 g + 0.114 b
    EXPECT_EQ(to_gray({1, 1, 3, {255, 255, 255}}).pixels, Bytes{255});
    EXPECT_EQ(to_colour({2, 1, 1, {5, 6}}).pixels, (Bytes{5, 5, 5, 6, 6, 6}));
}

std::vector<float> load(const std::string& content, const ir::Shape& shape, const Preprocessing& preprocessing) {
    const TemporaryFolder folder;
    return load_picture(folder.write("x.ppm", content), shape, preprocessing).to_floats();
}

TEST(LoadPicture, AppliesChannelOrderMeanStdAndLayout) {
    const std::string one = ppm(2, 1, {10, 20, 30, 40, 50, 60});
    Preprocessing preprocessing;
    EXPECT_EQ(load(one, {1, 3, 1, 2}, preprocessing), (std::vector<float>{10, 40, 20, 50, 30, 60}));
    preprocessing.mean = {1, 2, 3};
    preprocessing.std = {2};
    EXPECT_EQ(load(one, {1, 3, 1, 2}, preprocessing), (std::vector<float>{4.5F, 19.5F, 9, 24, 13.5F, 28.5F}));
    preprocessing.pixel_format = PixelFormat::kBgr;  // mean belongs to the channels of the tensor
    EXPECT_EQ(load(one, {1, 3, 1, 2}, preprocessing), (std::vector<float>{14.5F, 29.5F, 9, 24, 3.5F, 18.5F}));
    preprocessing.layout = Layout::kNhwc;
    EXPECT_EQ(load(one, {1, 1, 2, 3}, preprocessing), (std::vector<float>{14.5F, 9, 3.5F, 29.5F, 24, 18.5F}));
}

TEST(LoadPicture, DividesInFloat) {
    Preprocessing preprocessing;
    preprocessing.mean = {123.675F};
    preprocessing.std = {58.395F};
    EXPECT_EQ(load(ppm(1, 1, {200}), {1, 1, 1, 1}, preprocessing)[0], (200.0F - 123.675F) / 58.395F);
}

TEST(LoadPicture, ConvertsBetweenGrayAndColour) {
    EXPECT_EQ(load(ppm(1, 1, {255, 0, 0}), {1, 1, 1, 1}, {}), std::vector<float>{76});
    EXPECT_EQ(load(ppm(1, 1, {9}), {1, 3, 1, 1}, {}), (std::vector<float>{9, 9, 9}));
}

TEST(LoadPicture, ResizesTheShortSideAndCropsTheCentre) {
    // 4x2, columns 0 1 2 3 -> crop 2 takes the middle columns.
    const std::string wide = ppm(4, 2, {0, 1, 2, 3, 10, 11, 12, 13});
    Preprocessing preprocessing;
    preprocessing.crop = 2;
    EXPECT_EQ(load(wide, {1, 1, 2, 2}, preprocessing), (std::vector<float>{1, 2, 11, 12}));
    preprocessing.resize_short = 4;  // 8x4
    preprocessing.crop = 4;
    EXPECT_EQ(load(wide, {1, 1, 4, 4}, preprocessing).size(), 16U);
    preprocessing.crop.reset();
    EXPECT_EQ(load(wide, {1, 1, 4, 8}, preprocessing).size(), 32U);
}

TEST(LoadPicture, LetterboxesToTheInputOrTheGivenSize) {
    const std::string wide = ppm(4, 2, Bytes(8, 50));
    Preprocessing preprocessing;
    preprocessing.letterbox_fill = 114;
    const std::vector<float> square = load(wide, {1, 1, 4, 4}, preprocessing);  // one row above, one below
    EXPECT_EQ(square, (std::vector<float>{114, 114, 114, 114, 50, 50, 50, 50, 50, 50, 50, 50, 114, 114, 114, 114}));
    preprocessing.resize_to = {{2, 2}};
    EXPECT_EQ(load(wide, {1, 1, 2, 2}, preprocessing), (std::vector<float>{50, 50, 114, 114}));
}

TEST(LoadPicture, RefusesWhatDoesNotFit) {
    const std::string wide = ppm(4, 2, Bytes(8, 50));
    const auto load_with = [&](auto&& change, const ir::Shape& shape = {1, 1, 2, 4}) {
        Preprocessing preprocessing;
        change(preprocessing);
        return test::error_of([&] { load(wide, shape, preprocessing); });
    };
    const auto contains = [](const std::string& text, const std::string& part) {
        EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, text);
    };
    const auto nothing = [](Preprocessing&) {};
    contains(load_with(nothing), "(no error)");
    contains(load_with(nothing, {1, 1, 2, 3}), "x.ppm: the picture is 4x2 after preprocessing, the model wants 3x2");
    contains(load_with(nothing, {2, 1, 2, 4}), "one picture cannot fill a batch of 2");
    contains(load_with(nothing, {1, 8}), "cannot fill the shape 1x8");
    contains(load_with(nothing, {1, 2, 4, 1}), "is the layout right?");
    contains(load_with([](Preprocessing& p) { p.crop = 3; }), "crop 3 is larger than the picture of 4x2");
    contains(load_with([](Preprocessing& p) { p.crop = 0; }), "crop 0 is outside");
    contains(load_with([](Preprocessing& p) { p.resize_short = -1; }), "outside 1 to 32768");
    contains(load_with([](Preprocessing& p) { p.resize_to = {{4, 2}}, p.resize_short = 2; }), "both");
    contains(load_with([](Preprocessing& p) { p.letterbox_fill = 256; }), "letterbox fill is 256");
    contains(load_with([](Preprocessing& p) { p.letterbox_fill = 1, p.crop = 2; }), "letterbox cannot be combined");
    contains(load_with([](Preprocessing& p) { p.mean = {1, 2, 3}; }), "mean and std need one value or 1");
    contains(load_with([](Preprocessing& p) { p.std = {0}; }), "every std must be");
    contains(load_with([](Preprocessing& p) { p.mean = {NAN}; }), "every mean must be");
    contains(load_with([](Preprocessing& p) { p.pixel_format = PixelFormat::kBgr; }), "bgr makes three channels");
    contains(load_with([](Preprocessing& p) { p.pixel_format = PixelFormat::kGray; }, {1, 3, 2, 4}),
             "gray makes one channel");
}

TEST(LoadPicture, MatchesTheGoldenInputOfARealNetwork) {
    const std::string data = test::real_data();
    const std::string golden = data + "/golden/mobilenetv2/0/in_0.npy";
    if (data.empty() || !std::filesystem::exists(golden)) GTEST_SKIP() << "TINAMIX_DATA has no golden inputs";
    Preprocessing preprocessing;
    preprocessing.resize_short = 256;
    preprocessing.crop = 224;
    preprocessing.mean = {123.675F, 116.28F, 103.53F};
    preprocessing.std = {58.395F, 57.12F, 57.375F};
    const std::vector<float> expected = formats::read_npy(golden).to_floats();
    const std::vector<float> actual =
        load_picture(data + "/images/imagenet500/0000_n01440764.jpg", {1, 3, 224, 224}, preprocessing).to_floats();
    ASSERT_EQ(actual.size(), expected.size());
    // JPEG decoders may differ by a step or two of 255 in a pixel; on average they agree to a tenth of a step.
    double sum = 0;
    for (size_t i = 0; i < actual.size(); ++i) {
        EXPECT_NEAR(actual[i], expected[i], 3.5F / 57.12F) << i;
        sum += std::abs(actual[i] - expected[i]);
    }
    EXPECT_LT(sum / static_cast<double>(actual.size()), 0.1 / 57.12);
}

}  // namespace
}  // namespace tinamix::data
