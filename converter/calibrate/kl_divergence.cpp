// KL divergence: clip where the 8-bit distribution of magnitudes says the most about the real one. Clipping moves the
// tail to the threshold, not clipping makes the levels coarse; the relative entropy weighs both (S. Migacz, "8-bit
// Inference with TensorRT", GTC 2017).
#include <algorithm>
#include <cmath>

#include "calibrate/histogram.h"
#include "calibrate/kl_divergence.h"

namespace tinamix::calibrate {
namespace {

constexpr double kCodes = 256;
constexpr size_t kFewestBins = 128;  // of a candidate: where both signs are alike, the levels of one of them

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

/// KL(P || Q) in nats for the first `kept` bins: Q spreads each of `levels` equal groups of them evenly over the
/// group's non-empty bins; P is the bins themselves, with the tail folded into the last one. What the last bin holds
/// besides the tail is taken as the mean of its group: its own count is noise that would decide between neighbouring
/// thresholds.
double divergence(const Prefix& prefix, size_t kept, size_t levels) {
    const auto total = static_cast<double>(prefix.count.back());
    const auto inside = static_cast<double>(prefix.count[kept]);
    const double tail = total - inside;
    if (inside == 0) return INFINITY;
    // sum P log P - sum P log Q, both times total. Q is constant within a group, so a group costs one logarithm.
    double p_log_p = prefix.information[kept], p_log_q = 0, mean = 0;
    for (size_t level = 0; level < levels; ++level) {
        const size_t begin = level * kept / levels, end = (level + 1) * kept / levels;
        const auto group = static_cast<double>(prefix.count[end] - prefix.count[begin]);
        mean = 0;
        if (group == 0) continue;
        mean = group / (prefix.occupied[end] - prefix.occupied[begin]);
        p_log_q += group * std::log(mean / inside);
    }
    p_log_p += x_log_x(mean + tail) - x_log_x(mean);
    p_log_q += tail > 0 ? tail * std::log(mean > 0 ? mean / inside : kImpossible) : 0;
    return (p_log_p - p_log_q) / total - std::log(total);
}

/// How many of the 256 codes the magnitudes up to `threshold` share when [min, max] is clipped to it: all of them for
/// one sign (after ReLU), half of them for two equal signs, nearly all for a short negative side (SiLU).
size_t levels_up_to(double threshold, double min, double max) {
    const double covered = std::clamp(-min, 0.0, threshold) + std::clamp(max, 0.0, threshold);
    return static_cast<size_t>(std::lround(kCodes * threshold / std::max(covered, threshold)));
}

/// Histogram of magnitudes as TPU-MLIR bins them: `bins` bins, bin i around i * width, the last around the largest.
std::vector<uint64_t> rounded_bins(const Histogram& histogram, size_t bins, double width) {
    std::vector<uint64_t> counts(bins);
    const std::vector<uint64_t> fine = histogram.magnitudes();
    for (size_t i = 0; i < fine.size(); ++i) {
        const double magnitude = (static_cast<double>(i) + 0.5) * histogram.bin_width();
        counts[std::min(bins - 1, static_cast<size_t>(magnitude / width + 0.5))] += fine[i];
    }
    return counts;
}

}  // namespace

float kl_threshold(const Histogram& histogram, float min, float max) {
    const std::vector<uint64_t> bins = histogram.magnitudes();
    if (bins.size() <= kFewestBins) return histogram.largest();
    const Prefix prefix(bins);
    const auto loss = [&](size_t kept) {
        const double threshold = static_cast<double>(kept) * histogram.bin_width();
        return divergence(prefix, kept, std::min(kept, levels_up_to(threshold, min, max)));
    };
    // Every threshold that is a whole number of steps, and the largest magnitude.
    constexpr size_t kStep = 4;
    size_t best = bins.size();
    double least = loss(best);
    for (size_t kept = bins.size() - 1; kept >= kFewestBins; --kept) {
        if (kept % kStep != 0) continue;
        const double candidate = loss(kept);
        if (candidate < least) {  // of equals the widest wins
            least = candidate;
            best = kept;
        }
    }
    if (best == bins.size()) return histogram.largest();
    return static_cast<float>(static_cast<double>(best) * histogram.bin_width());
}

float kl_threshold_tpu_mlir(const Histogram& histogram, size_t bins) {
    if (histogram.largest() == 0) return 0;
    const double width = static_cast<double>(histogram.largest()) / static_cast<double>(bins - 1);
    const std::vector<uint64_t> counts = rounded_bins(histogram, bins, width);
    const Prefix prefix(counts);
    size_t best = bins;
    double least = INFINITY;
    for (size_t kept = kFewestBins; kept <= bins; kept += kFewestBins) {
        const double loss = divergence(prefix, kept, kFewestBins);
        if (!(loss < least)) continue;
        least = loss;
        best = kept;
    }
    return std::min(static_cast<float>(width * static_cast<double>(best)), histogram.largest());
}

Range clipped_to(float threshold, const Range& seen) {
    Range range = seen;
    range.min = std::clamp(seen.observed_min, -threshold, threshold);
    range.max = std::clamp(seen.observed_max, -threshold, threshold);
    return range;
}

}  // namespace tinamix::calibrate
