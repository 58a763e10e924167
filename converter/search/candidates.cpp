#include "search/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/knapsack.h"
#include "search/minimum_cut.h"

namespace tinamix::search {

using quantize::Precision;

namespace {

/// Exchange rates that are tried.
constexpr int kRates = 96;

class CandidateMaker {
  public:
    CandidateMaker(const std::vector<Group>& groups, const GroupLosses& losses, const MixCost& cost)
        : groups_(groups), losses_(losses), cost_(cost) {}

    void add_knapsack(const Mix& center) {
        const double center_ms = cost_.ms(center);
        std::vector<std::vector<Choice>> items(groups_.size());
        std::vector<std::vector<Precision>> offered(groups_.size());
        for (size_t g = 0; g < groups_.size(); ++g) {
            Mix changed = center;
            for (size_t c = 0; c < groups_[g].precisions.size(); ++c) {
                if (!losses_[g][c]) continue;
                changed[g] = groups_[g].precisions[c];
                items[g].push_back({*losses_[g][c], cost_.ms(changed) - center_ms});
                offered[g].push_back(changed[g]);
            }
        }
        for (const FrontPoint& point : pareto_front(items)) {
            Mix mix;
            for (size_t g = 0; g < groups_.size(); ++g) mix.push_back(offered[g][point.choice[g]]);
            add(point.loss, std::move(mix));
        }
    }

    void add_cuts() {
        double least = std::numeric_limits<double>::infinity(), most = 0;
        for (size_t g = 0; g < groups_.size(); ++g) {
            const std::optional<double> int8 = loss(g, Precision::kW8A8);
            for (const Precision precision : groups_[g].precisions) {
                const double more = cost_.more_ms(g, precision);
                const std::optional<double> other = loss(g, precision);
                if (!int8 || !other || !has_int16(precision) || more <= 0 || *int8 <= *other) continue;
                least = std::min(least, (*int8 - *other) / more);
                most = std::max(most, (*int8 - *other) / more);
            }
        }
        if (most == 0) return;
        // Shared borders make groups cheaper than they are alone: beyond the highest rate nothing leaves w8a8.
        constexpr double kMargin = 8;
        const double ratio = std::log(most * kMargin / (least / kMargin));
        for (int i = 0; i < kRates; ++i) add_cut(least / kMargin * std::exp(ratio * i / (kRates - 1)));
    }

    std::vector<Candidate> front() {
        std::stable_sort(found_.begin(), found_.end(), [](const Candidate& a, const Candidate& b) {
            return a.ms != b.ms ? a.ms < b.ms : a.loss < b.loss;
        });
        std::vector<Candidate> front;
        for (Candidate& candidate : found_) {
            if (front.empty() || candidate.loss < front.back().loss) front.push_back(std::move(candidate));
        }
        return front;
    }

  private:
    std::optional<double> loss(size_t group, Precision precision) const {
        const std::vector<Precision>& precisions = groups_[group].precisions;
        const auto found = std::find(precisions.begin(), precisions.end(), precision);
        if (found == precisions.end()) return std::nullopt;
        return losses_[group][static_cast<size_t>(found - precisions.begin())];
    }

    void add(double loss, Mix mix) {
        const double ms = cost_.ms(mix);
        found_.push_back({loss, ms, std::move(mix)});
    }

    /// The best mix when a millisecond is worth `rate` of loss.
    void add_cut(double rate) {
        std::vector<double> narrow, wide;
        Mix widened;
        for (size_t g = 0; g < groups_.size(); ++g) {
            constexpr double kImpossible = 1e12;
            narrow.push_back(loss(g, Precision::kW8A8).value_or(kImpossible));
            wide.push_back(kImpossible);
            widened.push_back(Precision::kW16A16);
            for (const Precision precision : groups_[g].precisions) {
                const std::optional<double> of = loss(g, precision);
                if (!of || !has_int16(precision)) continue;
                const double sum = *of + rate * cost_.more_ms(g, precision);
                if (sum >= wide.back()) continue;
                wide.back() = sum;
                widened.back() = precision;
            }
        }
        std::vector<Pairing> pairings;
        for (const MixCost::Neighbours& pair : cost_.neighbours()) {
            if (pair.saved_ms > 0) pairings.push_back({pair.a, pair.b, rate * pair.saved_ms});
        }
        const std::vector<bool> labels = best_labels(narrow, wide, pairings);
        double sum = 0;
        Mix mix;
        for (size_t g = 0; g < groups_.size(); ++g) {
            mix.push_back(labels[g] ? widened[g] : Precision::kW8A8);
            sum += loss(g, mix.back()).value_or(0);
        }
        add(sum, std::move(mix));
    }

    const std::vector<Group>& groups_;
    const GroupLosses& losses_;
    const MixCost& cost_;
    std::vector<Candidate> found_;
};

}  // namespace

std::vector<Candidate> candidate_front(const std::vector<Group>& groups, const GroupLosses& losses, const MixCost& cost,
                                       const Mix& center) {
    CandidateMaker maker(groups, losses, cost);
    maker.add_knapsack(center);
    maker.add_cuts();
    return maker.front();
}

}  // namespace tinamix::search
