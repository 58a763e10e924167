// What a board computed, beside what it should have: for people, programs and browsers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/similarity.h"

namespace tinamix::deploy {

struct CheckReport {
    std::string model, golden, board, tmx_version, kernels;
    struct Tensor {
        std::string name, layer;
        bool exact;
    };
    std::vector<Tensor> tensors;  ///< in execution order
    uint64_t unchecked = 0;       ///< outputs of ops that the golden file has no digest of
    struct Output {
        std::string name;
        report::Similarity simulation;  ///< of this machine to the float network
        double board_cosine, board_max_abs;
    };
    std::vector<Output> outputs;

    size_t differing() const;
    /// The first in execution order, or null.
    const Tensor* first_differing() const;
    double least_cosine() const;  ///< of the board's outputs
};

/// A page that needs nothing else.
std::string check_page(const CheckReport& report);

}  // namespace tinamix::deploy
