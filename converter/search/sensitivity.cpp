#include "search/sensitivity.h"

#include <algorithm>
#include <numeric>

namespace tinamix::search {

using quantize::Precision;

double Sensitivity::share(size_t group) const {
    const GroupSensitivity& of = groups[group];
    const auto alone = of.alone.find(Precision::kW8A8), relieved = of.relieved.find(Precision::kW16A16);
    double sum = 0;
    for (size_t k = 0; k < int8.losses.ranked.size(); ++k) {
        if (int8.losses.ranked[k] <= 0) continue;
        const double adds = alone == of.alone.end() ? 0 : alone->second.losses.ranked[k] - int16.losses.ranked[k];
        const double goes =
            relieved == of.relieved.end() ? 0 : int8.losses.ranked[k] - relieved->second.losses.ranked[k];
        sum += 0.5 * (adds + goes) / int8.losses.ranked[k];
    }
    return sum / static_cast<double>(int8.losses.ranked.size());
}

std::vector<size_t> Sensitivity::ranking() const {
    std::vector<size_t> order(groups.size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<double> shares;
    for (const size_t group : order) shares.push_back(share(group));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return shares[a] > shares[b]; });
    return order;
}

Sensitivity measure_sensitivity(MixSimulator& simulator, size_t samples, const Progress& progress) {
    const Mix int8 = simulator.uniform(Precision::kW8A8), int16 = simulator.uniform(Precision::kW16A16);
    struct Asked {
        size_t group;
        Precision precision;
        bool alone;
    };
    std::vector<Asked> asked;
    std::vector<Mix> mixes{int8, int16};
    for (size_t g = 0; g < simulator.groups().size(); ++g) {
        const std::vector<Precision>& legal = simulator.groups()[g].precisions;
        for (const Precision precision : legal) {
            for (const bool alone : {true, false}) {
                if (precision == Precision::kF32 || precision == (alone ? Precision::kW16A16 : Precision::kW8A8)) {
                    continue;
                }
                asked.push_back({g, precision, alone});
                mixes.push_back(alone ? int16 : int8);
                mixes.back()[g] = precision;
            }
        }
    }
    std::vector<Measurement> measured =
        simulator.measure({int8, int16}, mixes, samples, "measuring sensitivity", progress);
    Sensitivity result{std::move(measured[0]), std::move(measured[1]), {}};
    result.groups.resize(simulator.groups().size());
    for (size_t i = 0; i < asked.size(); ++i) {
        GroupSensitivity& of = result.groups[asked[i].group];
        (asked[i].alone ? of.alone : of.relieved)[asked[i].precision] = std::move(measured[i + 2]);
    }
    return result;
}

}  // namespace tinamix::search
