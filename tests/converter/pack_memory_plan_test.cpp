#include "pack/memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace tinamix::pack {
namespace {

void expect_valid(const std::vector<Block>& blocks, uint64_t arena) {
    for (size_t i = 0; i < blocks.size(); ++i) {
        EXPECT_EQ(blocks[i].offset % 64, 0U);
        EXPECT_LE(blocks[i].offset + blocks[i].bytes, arena);
        for (size_t j = 0; j < i; ++j) {
            const bool together = blocks[i].first_op <= blocks[j].last_op && blocks[j].first_op <= blocks[i].last_op;
            const bool apart = blocks[i].offset + blocks[i].bytes <= blocks[j].offset ||
                               blocks[j].offset + blocks[j].bytes <= blocks[i].offset;
            EXPECT_TRUE(!together || apart) << i << " and " << j;
        }
    }
}

TEST(MemoryPlan, ChainNeedsItsLargestPair) {
    std::vector<Block> blocks{{640, 0, 1, 0}, {1280, 1, 2, 0}, {320, 2, 3, 0}, {1280, 3, 4, 0}};
    EXPECT_EQ(plan_memory(blocks, 64), 1920U);
    EXPECT_EQ(live_bytes_lower_bound(blocks), 1920U);
    expect_valid(blocks, 1920);
}

TEST(MemoryPlan, NothingNeedsNothing) {
    std::vector<Block> blocks;
    EXPECT_EQ(plan_memory(blocks, 64), 0U);
}

TEST(MemoryPlan, RandomLivesNeverOverlapAndStayNearTheBound) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<Block> blocks;
        const int count = 1 + static_cast<int>(random() % 60);
        for (int i = 0; i < count; ++i) {
            const int first = static_cast<int>(random() % 50);
            blocks.push_back({64 * (1 + random() % 4000), first, first + static_cast<int>(random() % 6), 0});
        }
        const uint64_t arena = plan_memory(blocks, 64);
        expect_valid(blocks, arena);
        EXPECT_GE(arena, live_bytes_lower_bound(blocks));
        EXPECT_LE(static_cast<double>(arena), 1.25 * static_cast<double>(live_bytes_lower_bound(blocks)));
    }
}

}  // namespace
}  // namespace tinamix::pack
