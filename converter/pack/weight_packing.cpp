#include "pack/weight_packing.h"

namespace tinamix::pack {

namespace {

std::vector<int64_t> depthwise_order(const FilterBank& bank) {
    std::vector<int64_t> order;
    for (int tap = 0; tap < bank.taps; ++tap) {
        for (int channel = 0; channel < bank.out_channels; ++channel) {
            order.push_back(static_cast<int64_t>(channel) * bank.taps + tap);
        }
    }
    return order;
}

}  // namespace

std::vector<int64_t> packed_order(const FilterBank& bank) {
    if (bank.depthwise) return depthwise_order(bank);
    const int out_per_group = bank.out_channels / bank.groups;
    std::vector<int64_t> order;
    for (int group = 0; group < bank.groups; ++group) {
        for (int out_block = 0; out_block < out_per_group; out_block += bank.nr) {
            for (int tap = 0; tap < bank.taps; ++tap) {
                for (int in_block = 0; in_block < bank.in_channels_per_group; in_block += bank.kr) {
                    for (int n = out_block; n < out_block + bank.nr; ++n) {
                        for (int k = in_block; k < in_block + bank.kr; ++k) {
                            const bool padding = n >= out_per_group || k >= bank.in_channels_per_group;
                            const int64_t out = static_cast<int64_t>(group) * out_per_group + n;
                            order.push_back(padding ? -1 : (out * bank.taps + tap) * bank.in_channels_per_group + k);
                        }
                    }
                }
            }
        }
    }
    return order;
}

}  // namespace tinamix::pack
