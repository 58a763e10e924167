// A model as something that takes inputs and gives outputs, in float32 (.onnx) or in exact simulation (.tmx).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "tool/sample_options.h"

namespace tinamix::tool {

class RunnableModel {
  public:
    virtual ~RunnableModel() = default;
    /// Names and shapes of the inputs, all float32 in ONNX order where the file is packed.
    virtual const ir::Graph& interface() const = 0;
    virtual std::vector<std::string> output_names() const = 0;
    virtual std::vector<ir::Shape> output_shapes() const = 0;
    /// Throws Error.
    virtual std::vector<ir::Tensor> run(const std::vector<ir::Tensor>& inputs) = 0;
};

/// Opens by extension. `shapes` are for .onnx only: UsageError for a .tmx. Throws Error.
std::unique_ptr<RunnableModel> open_runnable(const std::string& path, const ShapeOptions& shapes, int threads);

}  // namespace tinamix::tool
