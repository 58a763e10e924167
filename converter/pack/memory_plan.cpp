#include "pack/memory_plan.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace tinamix::pack {

namespace {

bool alive_together(const Block& a, const Block& b) { return a.first_op <= b.last_op && b.first_op <= a.last_op; }

uint64_t round_up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

/// Places blocks in the given order, each at the lowest offset (or in the tightest gap) that is free during its life.
uint64_t place(std::vector<Block>& blocks, const std::vector<size_t>& order, uint64_t alignment, bool tightest_gap) {
    std::vector<size_t> placed;  // by offset
    uint64_t arena = 0;
    for (size_t current : order) {
        Block& block = blocks[current];
        uint64_t gap_begin = 0, best = UINT64_MAX, best_gap = UINT64_MAX;
        for (size_t other : placed) {
            const Block& neighbour = blocks[other];
            if (!alive_together(block, neighbour)) continue;
            if (neighbour.offset >= gap_begin + block.bytes) {
                const uint64_t gap = neighbour.offset - gap_begin;
                if (best == UINT64_MAX || (tightest_gap && gap < best_gap)) {
                    best = gap_begin;
                    best_gap = gap;
                }
            }
            gap_begin = std::max(gap_begin, round_up(neighbour.offset + neighbour.bytes, alignment));
        }
        block.offset = best == UINT64_MAX ? gap_begin : best;
        arena = std::max(arena, block.offset + block.bytes);
        const auto position = std::upper_bound(placed.begin(), placed.end(), current,
                                               [&](size_t a, size_t b) { return blocks[a].offset < blocks[b].offset; });
        placed.insert(position, current);
    }
    return round_up(arena, alignment);
}

/// How often each order is corrected by promote_highest().
constexpr int kImprovementRounds = 32;

/// Moves the block that ends highest to the front of the order: it is what makes the arena large, so next time it
/// chooses first.
void promote_highest(const std::vector<Block>& blocks, std::vector<size_t>& order) {
    const auto highest = std::max_element(order.begin(), order.end(), [&](size_t a, size_t b) {
        return blocks[a].offset + blocks[a].bytes < blocks[b].offset + blocks[b].bytes;
    });
    std::rotate(order.begin(), highest, highest + 1);
}

}  // namespace

uint64_t plan_memory(std::vector<Block>& blocks, uint64_t alignment) {
    using Before = std::function<bool(const Block&, const Block&)>;
    const auto life = [](const Block& b) { return b.last_op - b.first_op; };
    const Before orders[] = {
        [](const Block& a, const Block& b) { return a.bytes > b.bytes; },
        [](const Block& a, const Block& b) { return a.first_op < b.first_op; },
        [](const Block& a, const Block& b) { return a.last_op > b.last_op; },
        [life](const Block& a, const Block& b) { return life(a) > life(b); },
        [life](const Block& a, const Block& b) {
            return static_cast<double>(a.bytes) * (life(a) + 1) > static_cast<double>(b.bytes) * (life(b) + 1);
        },
    };
    if (blocks.empty()) return 0;
    const uint64_t bound = live_bytes_lower_bound(blocks);
    std::vector<Block> best;
    uint64_t best_arena = UINT64_MAX;
    for (const Before& before : orders) {
        std::vector<size_t> order(blocks.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return before(blocks[a], blocks[b]); });
        for (bool tightest_gap : {false, true}) {
            std::vector<size_t> improved = order;
            for (int round = 0; round < kImprovementRounds; ++round) {
                const uint64_t arena = place(blocks, improved, alignment, tightest_gap);
                if (arena < best_arena) {
                    best_arena = arena;
                    best = blocks;
                }
                if (best_arena <= round_up(bound, alignment)) break;
                promote_highest(blocks, improved);
            }
        }
    }
    blocks = std::move(best);
    return best_arena;
}

uint64_t live_bytes_lower_bound(const std::vector<Block>& blocks) {
    uint64_t largest = 0;
    for (const Block& at : blocks) {
        uint64_t sum = 0;
        for (const Block& block : blocks) {
            if (block.first_op <= at.first_op && at.first_op <= block.last_op) sum += block.bytes;
        }
        largest = std::max(largest, sum);
    }
    return largest;
}

}  // namespace tinamix::pack
