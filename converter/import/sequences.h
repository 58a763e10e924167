// Sequences of tensors, as some exporters put them between Split and Concat. Which tensors a sequence holds is known
// while the model is read, so that none is left in the graph: what is taken out of a sequence is the tensor that was
// put in.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/shape_inference.h"

namespace tinamix::import {

class Sequences {
  public:
    /// Type, shape and content of a tensor of the model by its name.
    using Lookup = std::function<InferenceInput(const std::string& name)>;

    /// The nodes on tensors that stand for `node`; none where it only makes a sequence. Nothing for nodes that have
    /// nothing to do with sequences. Throws Error naming `where` for positions that are computed at run time or outside
    /// of the sequence, and for other operators on sequences.
    std::optional<std::vector<onnx::NodeProto>> on_tensors(const onnx::NodeProto& node, int64_t opset,
                                                           const Lookup& lookup, const std::string& where);

    bool holds(const std::string& name) const { return tensors_.count(name) != 0; }

  private:
    std::map<std::string, std::vector<std::string>> tensors_;  ///< names of tensors by name of sequence
};

}  // namespace tinamix::import
