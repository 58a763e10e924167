#include "search/knapsack.h"

#include <algorithm>
#include <cstdint>

namespace tinamix::search {

namespace {

/// A sum over the first items, and how it came about.
struct Sum {
    double loss, cost;
    uint32_t before, choice;
};

/// Sorted by cost, losses falling.
void drop_dominated(std::vector<Sum>& sums) {
    std::stable_sort(sums.begin(), sums.end(),
                     [](const Sum& a, const Sum& b) { return a.cost != b.cost ? a.cost < b.cost : a.loss < b.loss; });
    size_t kept = 0;
    for (const Sum& sum : sums) {
        if (kept == 0 || sum.loss < sums[kept - 1].loss) sums[kept++] = sum;
    }
    sums.resize(kept);
}

/// At most one sum of each of `most` intervals of cost: the last, which has the least loss. The cheapest stays.
void thin(std::vector<Sum>& sums, size_t most) {
    if (sums.size() <= most) return;
    const double low = sums.front().cost, width = (sums.back().cost - low) / static_cast<double>(most - 1);
    const auto interval = [&](const Sum& sum) { return static_cast<int64_t>((sum.cost - low) / width); };
    size_t kept = 1;
    for (size_t i = 1; i < sums.size(); ++i) {
        if (i + 1 < sums.size() && interval(sums[i]) == interval(sums[i + 1])) continue;
        sums[kept++] = sums[i];
    }
    sums.resize(kept);
}

}  // namespace

std::vector<FrontPoint> pareto_front(const std::vector<std::vector<Choice>>& items, size_t most_points) {
    std::vector<std::vector<Sum>> fronts{{{0, 0, 0, 0}}};
    for (const std::vector<Choice>& choices : items) {
        std::vector<Sum> sums;
        const std::vector<Sum>& before = fronts.back();
        for (size_t c = 0; c < choices.size(); ++c) {
            for (size_t b = 0; b < before.size(); ++b) {
                sums.push_back({before[b].loss + choices[c].loss, before[b].cost + choices[c].cost,
                                static_cast<uint32_t>(b), static_cast<uint32_t>(c)});
            }
        }
        drop_dominated(sums);
        thin(sums, std::max<size_t>(most_points, 2));
        fronts.push_back(std::move(sums));
    }
    std::vector<FrontPoint> result;
    for (size_t i = 0; i < fronts.back().size(); ++i) {
        FrontPoint point{fronts.back()[i].loss, fronts.back()[i].cost, std::vector<size_t>(items.size())};
        size_t at = i;
        for (size_t item = items.size(); item-- > 0;) {
            point.choice[item] = fronts[item + 1][at].choice;
            at = fronts[item + 1][at].before;
        }
        result.push_back(std::move(point));
    }
    return result;
}

}  // namespace tinamix::search
