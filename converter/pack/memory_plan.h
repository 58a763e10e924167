// Arena offsets for tensors and scratch, computed once on the host (after arXiv 2001.03288: place large, long-lived
// blocks first; several orders are tried and the smallest arena wins).
#pragma once

#include <cstdint>
#include <vector>

namespace tinamix::pack {

/// Memory that must be intact while ops first_op..last_op run (both inclusive).
struct Block {
    uint64_t bytes = 0;
    int first_op = 0;
    int last_op = 0;
    uint64_t offset = 0;  ///< result: multiple of `alignment`
};

/// Places all blocks and returns the arena size in bytes (a multiple of `alignment`, without slack). Blocks that are
/// alive at the same time never overlap. Deterministic.
uint64_t plan_memory(std::vector<Block>& blocks, uint64_t alignment);

/// Largest sum of bytes alive at one op: no plan can be smaller.
uint64_t live_bytes_lower_bound(const std::vector<Block>& blocks);

}  // namespace tinamix::pack
