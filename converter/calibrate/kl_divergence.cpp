// KL divergence: clip where the 8-bit distribution of magnitudes says the most about the real one. Clipping moves the
// tail to the threshold, not clipping makes the levels coarse; the relative entropy weighs both (S. Migacz, "8-bit
// Inference with TensorRT", GTC 2017).
#include <algorithm>
#include <cmath>

#include "calibrate/histogram.h"
#include "calibrate/kl_divergence.h"
#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

/// An 8-bit code spends its 256 values on both signs, or on one where the tensor has only one (after ReLU).
constexpr size_t kLevelsOfTwoSigns = 128;
constexpr size_t kLevelsOfOneSign = 256;
/// Stands for the probability of a bin that the quantized distribution calls impossible.
constexpr double kImpossible = 1e-30;

double x_log_x(double x) { return x > 0 ? x * std::log(x) : 0; }

/// Sums over bins [0, i) for every i.
struct Prefix {
    explicit Prefix(const std::vector<uint64_t>& bins)
        : count(bins.size() + 1), occupied(bins.size() + 1), information(bins.size() + 1) {
        for (size_t i = 0; i < bins.size(); ++i) {
            count[i + 1] = count[i] + bins[i];
            occupied[i + 1] = occupied[i] + (bins[i] > 0 ? 1 : 0);
            information[i + 1] = information[i] + x_log_x(static_cast<double>(bins[i]));
        }
    }
    std::vector<uint64_t> count;
    std::vector<uint32_t> occupied;
    std::vector<double> information;
};

/// KL(P || Q) in nats for the first `kept` bins: P has the tail folded into its last bin, Q spreads each of
/// `levels` equal groups of the first `kept` bins evenly over the group's non-empty bins.
double divergence(const std::vector<uint64_t>& bins, const Prefix& prefix, size_t kept, size_t levels) {
    const auto total = static_cast<double>(prefix.count.back());
    const auto inside = static_cast<double>(prefix.count[kept]);
    const double tail = total - inside;
    if (inside == 0) return INFINITY;
    const auto last = static_cast<double>(bins[kept - 1]);
    // sum P log P, with P = count / total.
    const double p_log_p =
        (prefix.information[kept] - x_log_x(last) + x_log_x(last + tail)) / total - std::log(total);
    // sum P log Q: Q is constant within a group, so a group costs one logarithm.
    double p_log_q = 0;
    for (size_t level = 0; level < levels; ++level) {
        const size_t begin = level * kept / levels, end = (level + 1) * kept / levels;
        const auto group = static_cast<double>(prefix.count[end] - prefix.count[begin]);
        const bool has_tail = end == kept && tail > 0;
        if (group == 0) {
            if (has_tail) p_log_q += tail * std::log(kImpossible);
            continue;
        }
        const double q = group / (prefix.occupied[end] - prefix.occupied[begin]) / inside;
        p_log_q += group * std::log(q);
        if (has_tail) p_log_q += tail * std::log(last > 0 ? q : kImpossible);
    }
    return p_log_p - p_log_q / total;
}

class KlObserver : public Observer {
  public:
    explicit KlObserver(int bins) : histogram_(bins) {}

    void observe(const float* values, size_t count, const Extremes& extremes) override {
        seen_->observe(values, count, extremes);
        histogram_.add(values, count, std::max(std::fabs(extremes.min), std::fabs(extremes.max)));
    }
    void merge(const Observer& other) override {
        const auto& from = static_cast<const KlObserver&>(other);
        seen_->merge(*from.seen_);
        histogram_.merge(from.histogram_);
    }
    Range range() const override {
        Range range = seen_->range();
        const bool one_sign = range.observed_min >= 0 || range.observed_max <= 0;
        const float threshold = kl_threshold(histogram_, one_sign ? kLevelsOfOneSign : kLevelsOfTwoSigns);
        range.min = std::clamp(range.observed_min, -threshold, threshold);
        range.max = std::clamp(range.observed_max, -threshold, threshold);
        return range;
    }

  private:
    std::unique_ptr<Observer> seen_ = make_min_max_observer();
    MagnitudeHistogram histogram_;
};

}  // namespace

float kl_threshold(const MagnitudeHistogram& histogram, size_t levels) {
    const std::vector<uint64_t> bins = histogram.used_bins();
    if (bins.size() <= levels) return histogram.largest();
    const Prefix prefix(bins);
    // Every threshold that is a whole number of steps, and the largest magnitude.
    constexpr size_t kStep = 4;
    size_t best = bins.size();
    double least = divergence(bins, prefix, best, levels);
    for (size_t kept = bins.size() - 1; kept >= levels; --kept) {
        if (kept % kStep != 0) continue;
        const double candidate = divergence(bins, prefix, kept, levels);
        if (candidate < least) {  // of equals the widest wins
            least = candidate;
            best = kept;
        }
    }
    if (best == bins.size()) return histogram.largest();
    return static_cast<float>(static_cast<double>(best) * histogram.bin_width());
}

std::unique_ptr<Observer> make_kl_observer(int histogram_bins) { return std::make_unique<KlObserver>(histogram_bins); }

}  // namespace tinamix::calibrate
