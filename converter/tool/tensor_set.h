// The tensors behind one argument of `compare`: an .npy, an .npz, a run folder or a plain folder of .npy files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::tool {

struct NamedTensor {
    std::string name;
    std::function<ir::Tensor()> load;  ///< read when needed, so that large dumps are never in memory together
    bool is_output = false;            ///< an output of the model that ran (run folders)
};

struct TensorSet {
    enum class Kind { kSingle, kArchive, kRun, kFolder };
    Kind kind = Kind::kSingle;
    std::vector<NamedTensor> tensors;  ///< run folders: in execution order; others: by name

    const NamedTensor* find(const std::string& name) const;
};

/// Run folders (with meta.json) give tensor names, plain folders file names without ".npy". Throws Error.
TensorSet open_tensor_set(const std::string& path);

}  // namespace tinamix::tool
