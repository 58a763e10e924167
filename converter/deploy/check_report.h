// What a board computed, beside what it should have: for people, programs and browsers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinamix::deploy {

/// How close something is to the float network.
struct Closeness {
    double cosine = 0;
    double snr_db = 0;  ///< +infinity where both are equal
    double max_abs = 0;
};

/// The same values, from the simulation on this machine and from the board.
struct Pair {
    Closeness simulation, board;
};

/// What outputs of the board must reach; nothing where not asked for.
struct Limits {
    std::optional<double> min_cosine, min_snr_db, max_abs;
};

struct CheckReport {
    std::string model, golden, board, tmx_version, kernels;
    /// Golden files hold one frame or more; the report is of the first that differs, else of the last.
    uint32_t frame = 0, frames = 1;
    struct Tensor {
        std::string name, layer;
        bool exact;
        std::optional<Pair> to_float;  ///< where the golden file has the float values of the layer
    };
    std::vector<Tensor> tensors;  ///< in execution order
    uint64_t unchecked = 0;       ///< outputs of ops that the golden file has no digest of
    uint64_t from_npu = 0;        ///< tensors that an NPU computed, or what follows them: not to be exact
    bool far_off = false;         ///< what follows an NPU is too far from the float network
    struct Output {
        std::string name;
        Pair to_float;
    };
    std::vector<Output> outputs;
    Limits limits;

    size_t differing() const;
    /// The first in execution order, or null.
    const Tensor* first_differing() const;
    bool has_float_layers() const;
    /// Which outputs of the board miss which limit, a sentence each.
    std::vector<std::string> missed_limits() const;
    bool passed() const { return differing() == 0 && missed_limits().empty() && !far_off; }
};

/// A page that needs nothing else.
std::string check_page(const CheckReport& report);

}  // namespace tinamix::deploy
