#include "search/mix_cost.h"

#include <algorithm>

namespace tinamix::search {

using quantize::Precision;

bool has_int16(Precision precision) { return precision == Precision::kW8A16 || precision == Precision::kW16A16; }

MixCost::MixCost(MixSimulator& simulator) {
    const Mix int8 = simulator.uniform(Precision::kW8A8), int16 = simulator.uniform(Precision::kW8A16);
    std::vector<Mix> mixes{int8};
    for (size_t g = 0; g < int8.size(); ++g) {
        for (const Precision precision : simulator.groups()[g].precisions) {
            mixes.push_back(int8);
            mixes.back()[g] = precision;
        }
    }
    const std::vector<std::pair<size_t, size_t>> pairs = simulator.neighbours();
    for (const auto& [a, b] : pairs) {
        mixes.push_back(int8);
        mixes.back()[a] = int16[a];
        mixes.back()[b] = int16[b];
    }
    const std::vector<Price> prices = simulator.price(mixes);
    int8_ms_ = prices.front().cost.ms;
    size_t next = 1;
    for (size_t g = 0; g < int8.size(); ++g) {
        std::map<Precision, double>& more = more_ms_.emplace_back();
        for (const Precision precision : simulator.groups()[g].precisions) {
            more[precision] = prices[next++].cost.ms - int8_ms_;
        }
    }
    for (const auto& [a, b] : pairs) {
        const double both = prices[next++].cost.ms - int8_ms_;
        neighbours_.push_back({a, b, std::max(0.0, more_ms(a, int16[a]) + more_ms(b, int16[b]) - both)});
    }
}

double MixCost::ms(const Mix& mix) const {
    double sum = int8_ms_;
    for (size_t g = 0; g < mix.size(); ++g) sum += more_ms(g, mix[g]);
    for (const Neighbours& pair : neighbours_) {
        if (has_int16(mix[pair.a]) && has_int16(mix[pair.b])) sum -= pair.saved_ms;
    }
    return sum;
}

}  // namespace tinamix::search
