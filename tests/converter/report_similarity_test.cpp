#include "report/similarity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "temporary_folder.h"

namespace tinamix::report {
namespace {

using Floats = std::vector<float>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Similarity, ComputesEveryFigure) {
    const Similarity result = similarity(Floats{3, 4}, Floats{3, 3}, "x");
    EXPECT_EQ(result.elements, 2U);
    EXPECT_DOUBLE_EQ(result.cosine, (9.0 + 12.0) / (5.0 * std::sqrt(18.0)));
    EXPECT_DOUBLE_EQ(result.euclidean, 1);
    EXPECT_DOUBLE_EQ(result.snr_db, 10 * std::log10(25.0));
    EXPECT_DOUBLE_EQ(result.max_abs, 1);
    EXPECT_DOUBLE_EQ(result.mean_abs, 0.5);
}

TEST(Similarity, OfEqualTensorsIsPerfect) {
    const Floats values{0.1F, -0.7F, 1e-20F, 3e30F};
    const Similarity result = similarity(values, values, "x");
    EXPECT_EQ(result.cosine, 1);
    EXPECT_EQ(result.euclidean, 0);
    EXPECT_EQ(result.snr_db, kInfinity);
}

TEST(Similarity, IsDefinedForZeros) {
    EXPECT_EQ(similarity(Floats{0, 0}, Floats{0, 0}, "x").cosine, 1);
    EXPECT_EQ(similarity(Floats{0, 0}, Floats{0, 0}, "x").snr_db, kInfinity);
    EXPECT_EQ(similarity(Floats{0, 0}, Floats{0, 1}, "x").cosine, 0);
    EXPECT_EQ(similarity(Floats{0, 0}, Floats{0, 1}, "x").snr_db, -kInfinity);
    EXPECT_EQ(similarity(Floats{0, 1}, Floats{0, 0}, "x").cosine, 0);
    EXPECT_EQ(similarity(Floats{0, 1}, Floats{0, 0}, "x").snr_db, 0);
    EXPECT_EQ(similarity(Floats{}, Floats{}, "x").cosine, 1);
}

TEST(Similarity, HoldsTheWholeFloatRange) {
    const Similarity large = similarity(Floats{3e38F, -3e38F}, Floats{-3e38F, 3e38F}, "x");
    EXPECT_DOUBLE_EQ(large.cosine, -1);
    const Similarity small = similarity(Floats{1e-45F}, Floats{2e-45F}, "x");
    EXPECT_DOUBLE_EQ(small.cosine, 1);
}

TEST(Similarity, RefusesNaNInfAndOtherSizes) {
    EXPECT_ERROR(similarity(Floats{1, NAN}, Floats{1, 2}, "conv1"), "conv1: the first tensor has a NaN at element 1");
    EXPECT_ERROR(similarity(Floats{1, 2}, Floats{-INFINITY, NAN}, "conv1"),
                 "the second tensor has an infinite value at element 0");
    EXPECT_ERROR(similarity(Floats{1, 2}, Floats{1}, "conv1"), "conv1: cannot compare 2 elements with 1");
}

TEST(TopAgreement, CountsRows) {
    const Floats reference{9, 1, 2, 3, 4, 5, 0,  //
                           0, 1, 2, 3, 4, 5, 9,  //
                           0, 9, 2, 3, 4, 5, 6};
    const Floats other{9, 1, 2, 3, 4, 5, 0,   // the same
                       9, 1, 2, 3, 4, 0, 2,   // best one is fourth or fifth
                       7, 0, 2, 3, 4, 5, 6};  // best one is last
    const TopAgreement agreement = top_agreement(reference, other, 7, "x");
    EXPECT_EQ(agreement.rows, 3U);
    EXPECT_EQ(agreement.top1, 1U);
    EXPECT_EQ(agreement.top5, 2U);
}

TEST(TopAgreement, BreaksTiesTowardsTheSmallerIndex) {
    EXPECT_EQ(best_class(Floats{1, 3, 3}), 1U);
    EXPECT_EQ(rank_of_class(Floats{3, 3, 3}, 0), 0U);
    EXPECT_EQ(rank_of_class(Floats{3, 3, 3}, 2), 2U);
    EXPECT_EQ(top_agreement(Floats{1, 1}, Floats{1, 1}, 2, "x").top1, 1U);
}

TEST(TopAgreement, RefusesBrokenRowsAndNaN) {
    EXPECT_ERROR(top_agreement(Floats{1, 2, 3}, Floats{1, 2, 3}, 2, "x"), "3 scores are not rows of 2");
    EXPECT_ERROR(top_agreement(Floats{1, 2}, Floats{1, NAN}, 2, "x"), "the second tensor has a NaN");
}

}  // namespace
}  // namespace tinamix::report
