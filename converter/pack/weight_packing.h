// Convolution weights in the blocked order that kernels read (schema/tinamix.fbs, PackedWeights).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinamix::pack {

/// Filter bank as [out_channels][taps][in_channels / groups], and the block sizes to pack for (1, 1: not chosen yet).
struct FilterBank {
    int groups, out_channels, taps, in_channels_per_group;
    int nr, kr;
    /// One filter per channel (in_channels_per_group 1, nr = kr = 1): packed as [tap][channel] instead.
    bool depthwise = false;
};

/// Index of every packed element in the filter bank, -1 where the packing pads with zero. Order:
/// [group][out block][tap][in block][nr][kr], or [tap][channel] for a depthwise bank.
std::vector<int64_t> packed_order(const FilterBank& bank);

/// Gathers `values` into packed order as elements of type To.
template <typename To, typename From>
std::vector<To> pack_filters(const FilterBank& bank, const std::vector<From>& values) {
    std::vector<To> packed;
    const std::vector<int64_t> order = packed_order(bank);
    packed.reserve(order.size());
    for (int64_t index : order) {
        packed.push_back(index < 0 ? To{0} : static_cast<To>(values[static_cast<size_t>(index)]));
    }
    return packed;
}

}  // namespace tinamix::pack
