// How close two tensors are.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tinamix::report {

struct Similarity {
    size_t elements = 0;
    double cosine = 1;     ///< 1 if both are all zero, 0 if only one is
    double euclidean = 0;  ///< |reference - other|
    /// 10 log10(sum reference^2 / sum (reference - other)^2) in dB: +infinity for equal tensors, -infinity when only
    /// the reference is all zero.
    double snr_db = 0;
    double max_abs = 0;      ///< largest |reference - other|
    double mean_abs = 0;     ///< mean |reference - other|
    double mean_square = 0;  ///< mean (reference - other)^2
};

/// One pass, all sums in double. `where` names the tensor in errors: different sizes, NaN or Inf in either.
Similarity similarity(std::span<const float> reference, std::span<const float> other, const std::string& where);

/// Agreement of score vectors: rows of `classes` scores.
struct TopAgreement {
    size_t rows = 0;
    size_t top1 = 0;  ///< rows whose best class is the same
    size_t top5 = 0;  ///< rows where the reference's best class is among the other's five best
};

/// Of equal scores the class with the smaller index is the better one. Throws Error like similarity(), and when the
/// size is not a multiple of `classes`.
TopAgreement top_agreement(std::span<const float> reference, std::span<const float> other, size_t classes,
                           const std::string& where);

/// Index of the best class of one row.
size_t best_class(std::span<const float> scores);
/// 0 for the best class, 1 for the next, ...: how many classes score better than `wanted`.
size_t rank_of_class(std::span<const float> scores, size_t wanted);

}  // namespace tinamix::report
