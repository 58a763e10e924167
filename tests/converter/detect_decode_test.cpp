// From output tensors to boxes, from label files to boxes, and where a picture lies in the input.
#include <gtest/gtest.h>

#include "data/placement.h"
#include "detect/annotations.h"
#include "detect/decode.h"
#include "temporary_folder.h"

namespace tinamix::detect {
namespace {

DecodeSettings settings_of(const std::string& yaml) { return decode_from_yaml(formats::parse_yaml(yaml, "d.yaml")); }

void expect_box(const Box& box, double x0, double y0, double x1, double y1) {
    EXPECT_NEAR(box.x0, x0, 1e-5);
    EXPECT_NEAR(box.y0, y0, 1e-5);
    EXPECT_NEAR(box.x1, x1, 1e-5);
    EXPECT_NEAR(box.y1, y1, 1e-5);
}

TEST(Decode, OneOutputOfCentreSizeObjectnessAndScores) {
    // Two boxes of 4 + 1 + 2 columns; the second has too little objectness.
    const ir::Tensor output = ir::Tensor::from<float>({1, 8, 7}, [] {
        std::vector<float> values(56, 0.0F);
        const float box[] = {10, 20, 4, 8, 0.5F, 0.9F, 0.2F};
        std::copy(std::begin(box), std::end(box), values.begin());
        return values;
    }());
    const DecodeSettings settings = decode_by_structure({"output"}, {output.shape()});
    EXPECT_TRUE(settings.objectness);
    const std::vector<Detection> found = decode(settings, {"output"}, {output}, {64, 64});
    ASSERT_EQ(found.size(), 2U);
    expect_box(found[0].box, 8, 16, 12, 24);
    EXPECT_NEAR(found[0].score, 0.45, 1e-6);
    EXPECT_EQ(found[1].category, 1);
    EXPECT_NEAR(found[1].score, 0.1, 1e-6);
}

TEST(Decode, AnOutputByColumnsHasNoObjectness) {
    const ir::Shape shape{1, 6, 8};
    std::vector<float> values(48, 0.0F);
    const float column[] = {10, 20, 4, 8, 0.25F, 0.75F};
    for (size_t i = 0; i < 6; ++i) values[i * 8 + 3] = column[i];
    const DecodeSettings settings = decode_by_structure({"o"}, {shape});
    EXPECT_FALSE(settings.objectness);
    const std::vector<Detection> found = decode(settings, {"o"}, {ir::Tensor::from(shape, values)}, {64, 64});
    ASSERT_EQ(found.size(), 2U);
    expect_box(found[1].box, 8, 16, 12, 24);
    EXPECT_EQ(found[1].category, 1);
    EXPECT_NEAR(found[1].score, 0.75, 1e-6);
}

TEST(Decode, DistributionsOverDistancesOfAGrid) {
    // A grid of 2 x 2 cells of 8 pixels; 4 bins per side: all weight on one bin, or evenly on bins 1 and 2.
    const DecodeSettings settings =
        settings_of("boxes: distribution\nheads:\n  - {boxes: b, scores: s, stride: 8}\nscore_threshold: 0.3\n");
    std::vector<float> boxes(4 * 16, 0.0F), scores(4, 0.1F);
    scores[3] = 0.6F;  // cell (1, 1): centre 12, 12
    const int bins[] = {1, 0, 2, 3};
    for (size_t side = 0; side < 4; ++side) boxes[3 * 16 + side * 4 + static_cast<size_t>(bins[side])] = 50;
    boxes[3 * 16 + 2] = 50;  // left: bins 1 and 2 alike
    const std::vector<Detection> found = decode(
        settings, {"s", "b"}, {ir::Tensor::from({1, 4, 1}, scores), ir::Tensor::from({1, 4, 16}, boxes)}, {16, 16});
    ASSERT_EQ(found.size(), 1U);
    expect_box(found[0].box, 12 - 1.5 * 8, 12, 12 + 2 * 8, 12 + 3 * 8);
}

TEST(Decode, RelativeCornersWithBackgroundAndLogits) {
    const DecodeSettings settings = settings_of(
        "boxes: corners\nunits: relative\nbackground: true\nsigmoid: true\nscore_threshold: 0.4\n"
        "heads:\n  - {boxes: b, scores: s}\n");
    const std::vector<Detection> found = decode(
        settings, {"s", "b"},
        {ir::Tensor::from<float>({1, 5, 2}, {9, 0, 9, -9, 9, -9, 9, -9, 9, -9}),
         ir::Tensor::from<float>({1, 5, 4}, {0.25F, 0.5F, 0.75F, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})},
        {40, 20});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].category, 0);
    EXPECT_NEAR(found[0].score, 0.5, 1e-6);
    expect_box(found[0].box, 10, 10, 30, 20);
}

TEST(Decode, MistakesAreNamed) {
    EXPECT_ERROR(settings_of("boxes: centresize\nheads:\n  - output: o\n"), "centre_size");
    EXPECT_ERROR(settings_of("boxes: distances\nheads:\n  - {boxes: b, scores: s}\n"), "stride");
    EXPECT_ERROR(settings_of("boxes: corners\nhead:\n  - output: o\n"), "heads");
    const DecodeSettings settings = settings_of("boxes: corners\nheads:\n  - output: outptu\n");
    const ir::Tensor output(ir::ElementType::kFloat32, {1, 6, 5});
    EXPECT_ERROR(decode(settings, {"output"}, {output}, {8, 8}), "`output`");
    EXPECT_THROW(decode_by_structure({"a", "b"}, {{1, 8, 7}, {1, 8, 7}}), Error);
}

TEST(Placement, BoxesComeBackFromLetterboxResizeAndCrop) {
    data::Preprocessing letterbox;
    letterbox.letterbox_fill = 114;
    // 640 x 480 in 320 x 320: half the size, 40 rows of border above.
    const data::Placement in_box = data::placement({640, 480}, {320, 320}, letterbox);
    EXPECT_EQ(in_box.scale_x, 0.5);
    EXPECT_EQ(in_box.left, 0);
    EXPECT_EQ(in_box.top, 40);
    data::Preprocessing stretch;
    stretch.resize_to = {{320, 320}};
    const data::Placement stretched = data::placement({640, 480}, {320, 320}, stretch);
    EXPECT_DOUBLE_EQ(stretched.scale_y, 320.0 / 480);
    EXPECT_EQ(stretched.top, 0);
    data::Preprocessing crop;
    crop.resize_short = 256;
    crop.crop = 224;
    const data::Placement cropped = data::placement({512, 512}, {224, 224}, crop);
    EXPECT_EQ(cropped.scale_x, 0.5);
    EXPECT_EQ(cropped.left, -16);
}

class AnnotationFiles : public testing::Test {
  protected:
    void SetUp() override {
        folder.write("a.pgm", "P5 20 10 255\n" + std::string(200, 'x'));
        folder.write("b.pgm", "P5 20 10 255\n" + std::string(200, 'x'));
    }
    std::vector<std::string> pictures() const { return {folder.file("a.pgm"), folder.file("b.pgm")}; }
    test::TemporaryFolder folder;
};

TEST_F(AnnotationFiles, YoloLabelsBecomePixels) {
    folder.write("labels/a.txt", "2 0.5 0.5 0.25 0.4\n\n0 0.1 0.1 0.1 0.1\n");
    const Annotations annotations = read_annotations(folder.file("labels"), pictures());
    ASSERT_EQ(annotations.truths.size(), 2U);
    ASSERT_EQ(annotations.truths[0].size(), 2U);
    EXPECT_EQ(annotations.truths[0][0].category, 2);
    expect_box(annotations.truths[0][0].box, 7.5, 3, 12.5, 7);
    EXPECT_EQ(annotations.pictures_without, 1U);
    folder.write("labels/b.txt", "1 0.5 0.5 0.1\n");
    EXPECT_ERROR(read_annotations(folder.file("labels"), pictures()), "b.txt:1");
}

TEST_F(AnnotationFiles, CocoInstancesWithCrowds) {
    folder.write("instances.json",
                 R"({"categories": [{"id": 90}, {"id": 7}], "images": [{"id": 5, "file_name": "x/a.pgm"}],
              "annotations": [{"image_id": 5, "category_id": 90, "bbox": [1, 2, 3, 4], "iscrowd": 1},
                              {"image_id": 5, "category_id": 7, "bbox": [0, 0, 1, 1]}]})");
    const Annotations annotations = read_annotations(folder.file("instances.json"), pictures());
    ASSERT_EQ(annotations.truths[0].size(), 2U);
    EXPECT_EQ(annotations.truths[0][0].category, 1);
    EXPECT_TRUE(annotations.truths[0][0].crowd);
    expect_box(annotations.truths[0][0].box, 1, 2, 4, 6);
    EXPECT_EQ(annotations.truths[0][1].category, 0);
    folder.write("broken.json", "{\"images\": 3}");
    EXPECT_THROW(read_annotations(folder.file("broken.json"), pictures()), Error);
    EXPECT_THROW(read_annotations(folder.file("nothing.json"), pictures()), Error);
}

}  // namespace
}  // namespace tinamix::detect
