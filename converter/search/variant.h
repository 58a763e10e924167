// One network in one mix of precisions, lowered to the tables of a model file, with what it takes to know which of its
// ops compute the same as those of another mix.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cost/op_work.h"
#include "ir/graph.h"
#include "pack/pack.h"
#include "pack/packed_layers.h"
#include "pack/weight_segment.h"
#include "quantize/plan.h"

namespace tinamix::search {

/// Two ops, of whatever variants of one network over one weight segment, with the same identity compute the same bits
/// on the same sample: it is a digest of the op's options (equal constants have equal spans), of the form of its
/// operands and results, and of the identities of what makes its operands.
using Identity = uint64_t;

struct Variant {
    struct Op {
        Identity identity = 0;
        std::vector<int32_t> inputs, outputs;  ///< owners of the memory; constants are left out
        int64_t work = 0;                      ///< rough number of steps, to spread variants over threads
    };
    /// Memory of its own: not a constant and no alias.
    struct Owner {
        Identity identity = 0;  ///< of its contents; 0: not an owner
        int32_t op = -1;        ///< that writes it; -1: input of the model
    };
    std::vector<uint8_t, ir::VectorMemory<uint8_t>> graph;  ///< FlatBuffer
    uint64_t arena_bytes = 0, weights_bytes = 0;
    std::vector<Op> ops;
    std::vector<cost::OpWork> works;       ///< per op
    std::vector<Owner> owners;             ///< per tensor
    std::vector<int32_t> owner_of;         ///< per tensor
    std::vector<std::string> names;        ///< per tensor
    std::vector<int32_t> inputs, outputs;  ///< tensors

    /// Tensor of that name, or -1.
    int32_t find(const std::string& name) const;
};

/// Throws Error as pack() does. `weights` holds the constants of all variants that are to be compared, `layers` the
/// filters among them.
Variant make_variant(const ir::Graph& graph, const quantize::Plan& plan, const pack::Target& target,
                     pack::WeightSegment& weights, pack::PackedLayers& layers);

}  // namespace tinamix::search
