// Two sets of tensors, held against each other name by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/similarity.h"
#include "tool/tensor_set.h"

namespace tinamix::tool {

/// Elements first..last of the last dimension.
struct Columns {
    int64_t first, last;
};

struct ComparedTensor {
    std::string name;
    ir::Shape shape;                                ///< of the first set's tensor
    report::Similarity similarity;                  ///< valid where `problem` is empty
    std::optional<report::TopAgreement> agreement;  ///< vectors of scores: one or two dimensions
    std::string problem;                            ///< shapes that differ, NaN
    bool below = false;                             ///< cosine under the threshold, or a problem
};

struct Comparison {
    std::vector<ComparedTensor> tensors;  ///< in the order of the first set
    std::vector<std::string> only_in_a, only_in_b;
    double least_cosine = 1;
    bool passed = true;  ///< nothing below, and no tensor missing that must be there
};

/// Two single tensors are compared whatever they are called. `min_cosine`: mark tensors below it. Missing outputs of
/// run folders, and anything missing elsewhere, do not pass. Throws Error when the sets have nothing in common.
Comparison compare_sets(const TensorSet& a, const TensorSet& b, std::optional<Columns> columns,
                        std::optional<double> min_cosine);

}  // namespace tinamix::tool
