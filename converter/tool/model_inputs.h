// Inputs of one inference, or of one after the other, as the user names them on the command line.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"
#include "tool/sample_options.h"

namespace tinamix::tool {

/// What a model asks for.
struct InputSpec {
    std::string name;
    ir::ElementType type;
    ir::Shape shape;
};
std::vector<InputSpec> input_specs(const ir::Graph& graph);

/// One tensor per spec, in their order. A path is an .npy, an .npz (arrays by input name), or, for inputs of four
/// dimensions, a picture. Unnamed paths fill the inputs in order. Throws Error for unknown names (with the nearest),
/// missing or surplus inputs, and shapes that differ. float32 inputs accept any number type; others must match.
std::vector<ir::Tensor> load_inputs(const std::vector<InputSpec>& specs, const NamedPaths& paths,
                                    const data::Preprocessing& preprocessing);

/// Inputs of runs that follow each other.
struct RunInputs {
    std::vector<std::vector<ir::Tensor>> runs;  ///< one tensor per spec each; at least one run
    bool are_frames = false;                    ///< the files count runs in a dimension of their own
};
/// The same as load_inputs(), but arrays may have a first dimension more than the inputs, which counts frames; all of
/// them then, and equally many.
RunInputs load_runs(const std::vector<InputSpec>& specs, const NamedPaths& paths,
                    const data::Preprocessing& preprocessing);

/// Tensors of one type and shape as one, with a first dimension that counts them.
ir::Tensor stacked(const std::vector<ir::Tensor>& tensors);

}  // namespace tinamix::tool
