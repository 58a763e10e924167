#include "search/mixed_precision.h"

#include <algorithm>
#include <cmath>

#include "search/candidates.h"

namespace tinamix::search {

using quantize::Precision;

namespace {

/// Points of a front that are simulated at a time, and how often the bracket around the target is narrowed.
constexpr size_t kPointsAtATime = 12;
constexpr int kBracketRounds = 3;
/// Samples that single changes are compared on. Both sides of a comparison see the same ones, so few are enough.
constexpr size_t kComparedSamples = 12;
/// Rounds of step 4, and what a round must save to be worth another.
constexpr int kMostRefinements = 3;
constexpr double kWorthwhileSaving = 0.002;

class Searcher {
  public:
    Searcher(MixSimulator& simulator, const SearchGoal& goal, const Progress& progress)
        : simulator_(simulator), goal_(goal), progress_(progress) {}

    SearchResult run() {
        result_.sensitivity = measure_sensitivity(simulator_, std::min(samples(), kComparedSamples), progress_);
        for (const GroupSensitivity& group : result_.sensitivity.groups) {
            result_.simulated += group.alone.size() + group.relieved.size();
        }
        const Mix int8 = simulator_.uniform(Precision::kW8A8), int16 = simulator_.uniform(Precision::kW16A16);
        simulate({int8, simulator_.uniform(Precision::kW8A16), int16});
        result_.int8 = known(int8);
        result_.int16 = known(int16);
        find_scale();
        if (result_.int8.excess > 1) {
            cost_.emplace(simulator_);
            follow(candidates(first_estimate(), int8));
            refine();
            if (!best().reached) try_float();
        }
        const Best chosen = best();
        result_.chosen = measured_[chosen.index];
        result_.reached = chosen.reached;
        result_.within_limits = chosen.within_limits;
        result_.front = front();
        result_.measured = std::move(measured_);
        return std::move(result_);
    }

  private:
    size_t samples() const { return simulator_.reference().samples(); }
    size_t group_count() const { return simulator_.groups().size(); }
    double allowed() const { return std::max(1 - goal_.target_cosine, 1e-9); }

    const std::vector<Precision>& choices(size_t group) const { return simulator_.groups()[group].precisions; }

    double excess(const Measurement& measured) const {
        double most = 0;
        for (const double loss : measured.losses.judged) most = std::max(most, loss / allowed());
        return most;
    }

    bool within_limits(const Price& price) const {
        return (!goal_.most_ms || price.cost.ms <= *goal_.most_ms) &&
               (!goal_.most_weight_bytes || price.weight_bytes <= *goal_.most_weight_bytes) &&
               (!goal_.most_arena_bytes || price.arena_bytes <= *goal_.most_arena_bytes);
    }

    const MeasuredMix& known(const Mix& mix) const { return measured_[index_.at(mix)]; }

    void simulate(const std::vector<Mix>& mixes, const std::vector<Mix>& bases = {}) {
        std::vector<Mix> fresh;
        for (const Mix& mix : mixes) {
            if (index_.try_emplace(mix, measured_.size() + fresh.size()).second) fresh.push_back(mix);
        }
        const std::vector<Measurement> found =
            simulator_.measure(bases, fresh, samples(), "simulating mixes", progress_);
        for (size_t i = 0; i < fresh.size(); ++i) measured_.push_back({fresh[i], found[i], excess(found[i])});
        result_.simulated += fresh.size();
    }

    /// Relates what is ranked to what is judged: they differ where a Softmax lies between.
    void find_scale() {
        const ReferenceOutputs::Losses& int8 = result_.int8.measured.losses;
        for (size_t k = 0; k < int8.judged.size(); ++k) {
            ratio_.push_back(int8.ranked[k] > 0 ? int8.judged[k] / int8.ranked[k] : 1);
            // An output that int8 already serves well has no say.
            weight_.push_back((int8.judged[k] > allowed() / 4 ? 1 : 1.0 / 16) / allowed());
        }
    }

    /// Losses as one number, in units of what the target allows. What is ranked tells small differences; what is judged
    /// knows about a Softmax behind it.
    double weighted(const ReferenceOutputs::Losses& losses) const {
        double sum = 0;
        for (size_t k = 0; k < weight_.size(); ++k) {
            sum += weight_[k] * 0.5 * (losses.judged[k] + ratio_[k] * losses.ranked[k]);
        }
        return sum;
    }

    GroupLosses first_estimate() const {
        const Sensitivity& of = result_.sensitivity;
        const double int8 = weighted(of.int8.losses), int16 = weighted(of.int16.losses);
        GroupLosses losses(group_count());
        for (size_t g = 0; g < group_count(); ++g) {
            const GroupSensitivity& group = of.groups[g];
            const auto relief = [&](Precision precision) {
                const auto found = group.relieved.find(precision);
                return found == group.relieved.end() ? 0 : int8 - weighted(found->second.losses);
            };
            const auto added = [&](Precision precision) {
                const auto found = group.alone.find(precision);
                return found == group.alone.end() ? 0 : weighted(found->second.losses) - int16;
            };
            for (const Precision precision : choices(g)) {
                double loss = 0;
                if (precision == Precision::kW8A8) {
                    loss = 0.5 * (added(precision) + relief(Precision::kW16A16));
                } else if (precision == Precision::kW8A16) {
                    loss = 0.5 * (added(precision) + relief(Precision::kW16A16) - relief(precision));
                }
                losses[g].push_back(precision == Precision::kF32 ? std::nullopt : std::optional(std::max(loss, 0.0)));
            }
        }
        return losses;
    }

    std::vector<Candidate> candidates(const GroupLosses& losses, const Mix& center) const {
        return candidate_front(simulator_.groups(), losses, *cost_, center);
    }

    /// Simulates points along a front, evenly first, then where the target is reached or a limit exceeded.
    void follow(const std::vector<Candidate>& points) {
        size_t low = 0, high = points.size() - 1;
        for (int round = 0; round < kBracketRounds; ++round) {
            std::vector<size_t> chosen;
            const size_t count = std::min(kPointsAtATime, high - low + 1);
            for (size_t i = 0; i < count; ++i) {
                chosen.push_back(count == 1 ? low : low + (high - low) * i / (count - 1));
            }
            std::vector<Mix> mixes;
            for (const size_t point : chosen) mixes.push_back(points[point].mix);
            simulate(mixes, {});
            size_t reached = chosen.size();
            for (size_t i = chosen.size(); i-- > 0;) {
                const MeasuredMix& found = known(mixes[i]);
                if (found.excess <= 1 || !within_limits(found.measured.price)) reached = i;
            }
            if (reached == chosen.size() || reached == 0) return;
            low = chosen[reached - 1];
            high = chosen[reached];
            if (high - low < 2) return;
        }
    }

    /// Step 4.
    void refine() {
        for (int round = 0; round < kMostRefinements; ++round) {
            const Best before = best();
            const double ms = measured_[before.index].measured.price.cost.ms, far = measured_[before.index].excess;
            const Mix center = measured_[before.index].mix;
            follow(candidates(estimate_around(center, {}), center));
            const Best after = best();
            const MeasuredMix& now = measured_[after.index];
            const bool saves = now.measured.price.cost.ms < ms * (1 - kWorthwhileSaving);
            if (after.reached == before.reached && (after.reached ? !saves : now.excess > far * 0.98)) return;
        }
    }

    /// Losses of every change of one group from `mix`, measured. Choices in `extra` are offered too.
    GroupLosses estimate_around(const Mix& mix, const std::vector<Precision>& extra) {
        std::vector<Mix> mixes;
        const auto offered = [&](size_t group, Precision precision) {
            return precision == mix[group] || precision != Precision::kF32 ||
                   std::find(extra.begin(), extra.end(), precision) != extra.end();
        };
        for (size_t g = 0; g < group_count(); ++g) {
            for (const Precision precision : choices(g)) {
                if (precision == mix[g] || !offered(g, precision)) continue;
                mixes.push_back(mix);
                mixes.back()[g] = precision;
            }
        }
        mixes.push_back(mix);
        const std::vector<Measurement> measured =
            simulator_.measure({mix}, mixes, std::min(samples(), kComparedSamples), "simulating changes", progress_);
        result_.simulated += mixes.size();
        const double center = weighted(measured.back().losses);
        GroupLosses losses(group_count());
        size_t next = 0;
        for (size_t g = 0; g < group_count(); ++g) {
            double least = 0;
            for (const Precision precision : choices(g)) {
                losses[g].push_back(std::nullopt);
                if (!offered(g, precision)) continue;
                losses[g].back() = precision == mix[g] ? 0 : weighted(measured[next++].losses) - center;
                least = std::min(least, *losses[g].back());
            }
            for (std::optional<double>& loss : losses[g]) {
                if (loss) *loss -= least;
            }
        }
        return losses;
    }

    /// Where integers do not reach the target: float32 for single groups.
    void try_float() {
        const Best before = best();
        const Mix center = measured_[before.index].mix;
        follow(candidates(estimate_around(center, {Precision::kF32}), center));
    }

    struct Best {
        size_t index;
        bool reached, within_limits;
    };
    /// Within the limits first, then reaching the target, then cheap; or else close to the target.
    Best best() const {
        Best best{0, false, false};
        bool first = true;
        for (size_t i = 0; i < measured_.size(); ++i) {
            const MeasuredMix& mix = measured_[i];
            const bool fits = within_limits(mix.measured.price), reached = mix.excess <= 1;
            const MeasuredMix& other = measured_[best.index];
            bool better = first;
            if (!first && fits != best.within_limits) {
                better = fits;
            } else if (!first && reached != best.reached) {
                better = reached;
            } else if (!first) {
                const double ms = mix.measured.price.cost.ms, other_ms = other.measured.price.cost.ms;
                better = reached ? ms < other_ms || (ms == other_ms && mix.excess < other.excess)
                                 : mix.excess < other.excess || (mix.excess == other.excess && ms < other_ms);
            }
            first = false;
            if (better) best = {i, reached, fits};
        }
        return best;
    }

    std::vector<MeasuredMix> front() const {
        std::vector<MeasuredMix> sorted = measured_;
        std::stable_sort(sorted.begin(), sorted.end(), [](const MeasuredMix& a, const MeasuredMix& b) {
            const double a_ms = a.measured.price.cost.ms, b_ms = b.measured.price.cost.ms;
            return a_ms != b_ms ? a_ms < b_ms : a.excess < b.excess;
        });
        std::vector<MeasuredMix> front;
        for (const MeasuredMix& mix : sorted) {
            if (front.empty() || mix.excess < front.back().excess) front.push_back(mix);
        }
        return front;
    }

    MixSimulator& simulator_;
    const SearchGoal& goal_;
    const Progress& progress_;
    SearchResult result_;
    std::optional<MixCost> cost_;
    std::vector<double> weight_, ratio_;  ///< per output group
    std::vector<MeasuredMix> measured_;
    std::map<Mix, size_t> index_;
};

}  // namespace

SearchResult search_mix(MixSimulator& simulator, const SearchGoal& goal, const Progress& progress) {
    return Searcher(simulator, goal, progress).run();
}

}  // namespace tinamix::search
