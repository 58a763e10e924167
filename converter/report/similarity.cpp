#include "report/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "diagnostics/error.h"

namespace tinamix::report {
namespace {

void check_sizes(std::span<const float> reference, std::span<const float> other, const std::string& where) {
    if (reference.size() != other.size())
        throw Error(where, "cannot compare " + std::to_string(reference.size()) + " elements with " +
                               std::to_string(other.size()));
}

[[noreturn]] void fail_not_finite(std::span<const float> reference, std::span<const float> other,
                                  const std::string& where) {
    for (size_t i = 0; i < reference.size(); ++i) {
        const bool in_reference = !std::isfinite(reference[i]);
        if (!in_reference && std::isfinite(other[i])) continue;
        throw Error(where, std::string("the ") + (in_reference ? "first" : "second") + " tensor has " +
                               (std::isnan(in_reference ? reference[i] : other[i]) ? "a NaN" : "an infinite value") +
                               " at element " + std::to_string(i));
    }
    throw Error(where, "a sum is not finite");
}

}  // namespace

Similarity similarity(std::span<const float> reference, std::span<const float> other, const std::string& where) {
    check_sizes(reference, other, where);
    double dot = 0, reference_square = 0, other_square = 0, error_square = 0, error_sum = 0, error_max = 0;
    for (size_t i = 0; i < reference.size(); ++i) {
        const double a = reference[i], b = other[i];
        const double error = std::fabs(a - b);
        dot += a * b;
        reference_square += a * a;
        other_square += b * b;
        error_square += error * error;
        error_sum += error;
        error_max = error > error_max ? error : error_max;
    }
    // Squares of floats do not overflow a double, so only NaN and Inf in the data make these sums not finite.
    if (!std::isfinite(reference_square) || !std::isfinite(other_square)) fail_not_finite(reference, other, where);

    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Similarity result;
    result.elements = reference.size();
    if (reference_square == 0 || other_square == 0) {
        result.cosine = reference_square == other_square ? 1 : 0;
    } else if (error_square == 0) {
        result.cosine = 1;
    } else {
        result.cosine = std::clamp(dot / (std::sqrt(reference_square) * std::sqrt(other_square)), -1.0, 1.0);
    }
    result.euclidean = std::sqrt(error_square);
    result.snr_db = error_square == 0       ? kInfinity
                    : reference_square == 0 ? -kInfinity
                                            : 10 * std::log10(reference_square / error_square);
    result.max_abs = error_max;
    const auto count = static_cast<double>(std::max<size_t>(reference.size(), 1));
    result.mean_abs = error_sum / count;
    result.mean_square = error_square / count;
    return result;
}

size_t best_class(std::span<const float> scores) {
    return static_cast<size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

size_t rank_of_class(std::span<const float> scores, size_t wanted) {
    const float score = scores[wanted];
    size_t better = 0;
    for (size_t i = 0; i < scores.size(); ++i)
        better += scores[i] > score || (scores[i] == score && i < wanted) ? 1 : 0;
    return better;
}

TopAgreement top_agreement(std::span<const float> reference, std::span<const float> other, size_t classes,
                           const std::string& where) {
    constexpr size_t kFive = 5;
    check_sizes(reference, other, where);
    if (classes == 0 || reference.size() % classes != 0)
        throw Error(where, std::to_string(reference.size()) + " scores are not rows of " + std::to_string(classes));
    for (size_t i = 0; i < reference.size(); ++i)
        if (std::isnan(reference[i]) || std::isnan(other[i])) fail_not_finite(reference, other, where);
    TopAgreement agreement;
    for (size_t row = 0; row < reference.size(); row += classes) {
        const size_t rank = rank_of_class(other.subspan(row, classes), best_class(reference.subspan(row, classes)));
        ++agreement.rows;
        agreement.top1 += rank == 0 ? 1 : 0;
        agreement.top5 += rank < kFive ? 1 : 0;
    }
    return agreement;
}

}  // namespace tinamix::report
