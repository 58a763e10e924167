#include "pack/weight_packing.h"

#include <gtest/gtest.h>

#include <numeric>

#include "pack/weight_segment.h"

namespace tinamix::pack {
namespace {

std::vector<int> ramp_from_one(int count) {
    std::vector<int> values(static_cast<size_t>(count));
    std::iota(values.begin(), values.end(), 1);
    return values;
}

TEST(WeightPacking, PadsOutputsAndInputsWithZeros) {
    // 3 outputs of 1 tap by 3 inputs, blocks of 2 by 2.
    const FilterBank bank{1, 3, 1, 3, 2, 2};
    EXPECT_EQ(pack_filters<int>(bank, ramp_from_one(9)),
              (std::vector<int>{1, 2, 4, 5, 3, 0, 6, 0, 7, 8, 0, 0, 9, 0, 0, 0}));
}

TEST(WeightPacking, KeepsGroupsApart) {
    // 2 groups of 1 output, 2 taps, 1 input: nothing of one group lands in the other's block.
    const FilterBank bank{2, 2, 2, 1, 2, 1};
    EXPECT_EQ(pack_filters<int>(bank, ramp_from_one(4)), (std::vector<int>{1, 0, 2, 0, 3, 0, 4, 0}));
}

TEST(WeightPacking, DepthwiseIsTapByChannel) {
    const FilterBank bank{3, 3, 2, 1, 1, 1, true};
    EXPECT_EQ(pack_filters<int>(bank, ramp_from_one(6)), (std::vector<int>{1, 3, 5, 2, 4, 6}));
}

TEST(WeightSegment, AlignsSpansAndStoresEqualContentsOnce) {
    WeightSegment segment;
    const auto first = segment.add(std::vector<int8_t>{1, 2, 3});
    const auto second = segment.add(std::vector<int8_t>{4});
    const auto again = segment.add(std::vector<int8_t>{1, 2, 3});
    EXPECT_EQ(first.offset(), 0U);
    EXPECT_EQ(second.offset(), 64U);
    EXPECT_EQ(again.offset(), 0U);
    EXPECT_EQ(segment.bytes().size(), 65U);
}

}  // namespace
}  // namespace tinamix::pack
