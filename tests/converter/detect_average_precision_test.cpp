// Average precision against hand-made figures and against a plain computation that shares no code with it.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "detect/average_precision.h"
#include "detect/suppression.h"

namespace tinamix::detect {
namespace {

using Pictures = std::vector<std::vector<Detection>>;
using Truths = std::vector<std::vector<Truth>>;

/// Precision of one category at one threshold, without sorting curves: for each level of recall the best precision over
/// all cuts of the score that reach it. Scores must differ. No crowds.
double plain_precision(const Truths& truths, const Pictures& found, int64_t category, double threshold) {
    struct Verdict {
        double score;
        bool hit;
    };
    std::vector<Verdict> verdicts;
    int objects = 0;
    for (size_t p = 0; p < truths.size(); ++p) {
        std::vector<Truth> left;
        for (const Truth& truth : truths[p]) {
            if (truth.category == category) left.push_back(truth);
        }
        objects += static_cast<int>(left.size());
        std::vector<Detection> open;
        for (const Detection& d : found[p]) {
            if (d.category == category) open.push_back(d);
        }
        while (!open.empty()) {
            size_t best = 0;
            for (size_t i = 1; i < open.size(); ++i) {
                if (open[i].score > open[best].score) best = i;
            }
            size_t match = left.size();
            double overlap = threshold - 1e-12;
            for (size_t i = 0; i < left.size(); ++i) {
                const double x =
                    std::min(open[best].box.x1, left[i].box.x1) - std::max(open[best].box.x0, left[i].box.x0);
                const double y =
                    std::min(open[best].box.y1, left[i].box.y1) - std::max(open[best].box.y0, left[i].box.y0);
                const double common = std::max(0.0, x) * std::max(0.0, y);
                const double iou = common / (open[best].box.area() + left[i].box.area() - common);
                if (iou > overlap) {
                    overlap = iou;
                    match = i;
                }
            }
            verdicts.push_back({open[best].score, match < left.size()});
            if (match < left.size()) left.erase(left.begin() + static_cast<std::ptrdiff_t>(match));
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(best));
        }
    }
    double sum = 0;
    for (int level = 0; level <= 100; ++level) {
        double best = 0;
        for (const Verdict& cut : verdicts) {
            int hits = 0, all = 0;
            for (const Verdict& v : verdicts) {
                if (v.score < cut.score) continue;
                ++all;
                hits += v.hit ? 1 : 0;
            }
            if (static_cast<double>(hits) / objects >= level / 100.0)
                best = std::max(best, static_cast<double>(hits) / all);
        }
        sum += best;
    }
    return sum / 101;
}

Box square(double x, double y, double side) { return {x, y, x + side, y + side}; }

TEST(AveragePrecision, IsOneForPerfectDetections) {
    const Truths truths{{{square(0, 0, 10), 3, false}, {square(20, 0, 5), 1, false}}, {{square(1, 1, 4), 3, false}}};
    Pictures found(2);
    for (size_t p = 0; p < 2; ++p) {
        for (const Truth& truth : truths[p]) found[p].push_back({truth.box, truth.category, 0.5});
    }
    const AveragePrecision result = average_precision(truths, found);
    EXPECT_DOUBLE_EQ(result.ap, 1);
    EXPECT_DOUBLE_EQ(result.ap50, 1);
    EXPECT_EQ(result.categories, 2U);
    EXPECT_EQ(result.objects, 3U);
}

TEST(AveragePrecision, CountsOnlyThresholdsThatTheOverlapReaches) {
    // 10 x 10 against 8 x 10: overlap 0.8, which reaches 0.50 to 0.80: 7 of 10 thresholds.
    const AveragePrecision result = average_precision({{{{0, 0, 10, 10}, 0, false}}}, {{{{0, 0, 8, 10}, 0, 0.9}}});
    EXPECT_NEAR(result.ap, 0.7, 1e-12);
    EXPECT_DOUBLE_EQ(result.ap75, 1);
}

TEST(AveragePrecision, InterpolatesAt101LevelsOfRecall) {
    // Hit, miss, hit of 2 objects: precision 1 up to recall 0.5 (51 levels), then 2/3 (50 levels).
    const Truths truths{{{square(0, 0, 10), 0, false}, {square(50, 0, 10), 0, false}}};
    const Pictures found{{{square(0, 0, 10), 0, 0.9}, {square(90, 90, 10), 0, 0.8}, {square(50, 0, 10), 0, 0.7}}};
    EXPECT_NEAR(average_precision(truths, found).ap, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

TEST(AveragePrecision, ASecondDetectionOfAnObjectIsAMiss) {
    const Truths truths{{{square(0, 0, 10), 0, false}, {square(50, 0, 10), 0, false}}};
    const Pictures found{{{square(0, 0, 10), 0, 0.9}, {square(0, 0, 10), 0, 0.8}, {square(50, 0, 10), 0, 0.7}}};
    EXPECT_NEAR(average_precision(truths, found).ap, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

TEST(AveragePrecision, WhatIsFoundInACrowdCountsNeitherWay) {
    const Truths truths{{{square(0, 0, 10), 0, false}, {square(100, 0, 100), 0, true}}};
    // Two small boxes inside the crowd, one of them twice: without the crowd's rule they would be misses.
    const Pictures found{{{square(110, 10, 10), 0, 0.9}, {square(110, 10, 10), 0, 0.85}, {square(0, 0, 10), 0, 0.8}}};
    const AveragePrecision result = average_precision(truths, found);
    EXPECT_DOUBLE_EQ(result.ap, 1);
    EXPECT_EQ(result.objects, 1U);
}

TEST(AveragePrecision, TakesTheHundredBestDetectionsOfAPicture) {
    const Truths truths{{{square(0, 0, 10), 0, false}}};
    Pictures found(1);
    for (int i = 0; i < 100; ++i) found[0].push_back({square(500, 500, 10), 0, 0.9});
    found[0].push_back({square(0, 0, 10), 0, 0.1});
    EXPECT_DOUBLE_EQ(average_precision(truths, found).ap, 0);
}

TEST(AveragePrecision, EqualsAPlainComputationOnRandomBoxes) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> place(0, 60), side(5, 30), jitter(-4, 4), score(0, 1);
    for (int round = 0; round < 20; ++round) {
        Truths truths(4);
        Pictures found(4);
        for (size_t p = 0; p < truths.size(); ++p) {
            for (int i = 0; i < 6; ++i) {
                const Box box = square(place(random), place(random), side(random));
                truths[p].push_back({box, static_cast<int64_t>(random() % 2), false});
                for (int copies = 0; copies < 2; ++copies) {
                    const Box near{box.x0 + jitter(random), box.y0 + jitter(random), box.x1 + jitter(random),
                                   box.y1 + jitter(random)};
                    found[p].push_back({near, static_cast<int64_t>(random() % 2), score(random)});
                }
            }
        }
        double expected = 0;
        int categories = 0;
        for (int64_t category = 0; category < 2; ++category) {
            ++categories;
            for (int t = 0; t < 10; ++t) expected += plain_precision(truths, found, category, 0.5 + 0.05 * t) / 10;
        }
        EXPECT_NEAR(average_precision(truths, found).ap, expected / categories, 1e-9) << round;
    }
}

TEST(Suppression, KeepsTheBestOfOverlappingBoxesPerCategory) {
    const std::vector<Detection> kept = without_overlaps({{square(0, 0, 10), 0, 0.5},
                                                          {square(1, 0, 10), 0, 0.9},
                                                          {square(1, 0, 10), 1, 0.4},
                                                          {square(40, 0, 10), 0, 0.1}},
                                                         0.6, 100);
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[0].score, 0.9);
    EXPECT_EQ(kept[1].category, 1);
    EXPECT_EQ(kept[2].score, 0.1);
    EXPECT_EQ(without_overlaps(kept, 0.6, 2).size(), 2U);
}

}  // namespace
}  // namespace tinamix::detect
