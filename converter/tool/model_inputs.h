// Inputs of one inference, as the user names them on the command line.
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

}  // namespace tinamix::tool
