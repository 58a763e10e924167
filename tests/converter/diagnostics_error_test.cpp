#include "diagnostics/error.h"

#include <gtest/gtest.h>

namespace tinamix {
namespace {

using Words = std::vector<std::string>;

TEST(Error, ReadsWhereWhatHint) {
    EXPECT_STREQ(Error("a.yaml:12", "unknown key `x`", "did you mean `y`?").what(),
                 "a.yaml:12: unknown key `x` (did you mean `y`?)");
    EXPECT_STREQ(Error("", "unknown key", "").what(), "unknown key");
    EXPECT_STREQ(Error("a.yaml", "is empty").what(), "a.yaml: is empty");
}

TEST(Nearest, FindsEachKindOfTypingError) {
    const Words keys{"calibration_type", "precision", "samples"};
    EXPECT_EQ(nearest("calibration_tpye", keys), Words{"calibration_type"});  // swapped
    EXPECT_EQ(nearest("precison", keys), Words{"precision"});                 // left out
    EXPECT_EQ(nearest("preecision", keys), Words{"precision"});               // doubled
    EXPECT_EQ(nearest("samplea", keys), Words{"samples"});                    // replaced
    EXPECT_EQ(nearest("SAMPLES", keys), Words{"samples"});                    // case
}

TEST(Nearest, CountsASwapAsOneError) {
    // One swap (distance 1) is nearer than two replacements.
    EXPECT_EQ(nearest("abdc", {"abxy", "abcd"}), Words{"abcd"});
}

TEST(Nearest, OrdersByDistanceThenByGivenOrder) {
    EXPECT_EQ(nearest("w8a6", {"w16a16", "w8a8", "w8a16", "f32"}), (Words{"w8a8", "w8a16"}));
    EXPECT_EQ(nearest("Conv_2", {"Conv_3", "Conv_1", "Conv_22"}, 2), (Words{"Conv_3", "Conv_1"}));
}

TEST(Nearest, FindsNamesThatContainTheWord) {
    EXPECT_EQ(nearest("cv3.conv", {"/model.9/cv3.conv/Conv", "/model.9/cv2/Conv"}), Words{"/model.9/cv3.conv/Conv"});
    EXPECT_EQ(nearest("a", {"banana"}), Words{});  // too short to mean anything
}

TEST(Nearest, IsEmptyWhenNothingIsNear) {
    EXPECT_EQ(nearest("letterbox", {"precision", "samples"}), Words{});
    EXPECT_EQ(nearest("", {"precision"}), Words{});
    EXPECT_EQ(nearest("x", {}), Words{});
}

TEST(Nearest, NamesAChoiceOnce) { EXPECT_EQ(nearest("kl", {"kl", "kl"}), Words{"kl"}); }

TEST(DidYouMean, ListsTheNearest) {
    EXPECT_EQ(did_you_mean("Conv_2", {"Conv_3", "Conv_1"}), "did you mean `Conv_3`, `Conv_1`?");
    EXPECT_EQ(did_you_mean("zzz", {"Conv_3"}), "");
}

}  // namespace
}  // namespace tinamix
