// The graph while it is read: its values, names that are unique in it, and the memory that its constants take.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>
#include <unordered_set>

#include "import/onnx_import.h"
#include "import/scope.h"

namespace tinamix::import {

class GraphBuilder {
  public:
    /// `path` is the model's, for errors and for external data beside it. Constants may take `max_constant_bytes`.
    GraphBuilder(const std::filesystem::path& path, uint64_t max_constant_bytes)
        : path_(path.string()),
          folder_(path.has_parent_path() ? path.parent_path() : std::filesystem::path(".")),
          max_constant_bytes_(max_constant_bytes) {}

    GraphBuilder(const GraphBuilder&) = delete;
    GraphBuilder& operator=(const GraphBuilder&) = delete;

    Survey survey;
    ir::Graph& graph = survey.graph;

    const std::filesystem::path& folder() const { return folder_; }
    [[noreturn]] void fail(const std::string& what, const std::string& hint = "") const;

    /// The outermost graph keeps its names: graphs inside nodes must not take them first.
    void keep_names_of(const onnx::GraphProto& outermost);

    /// Each makes or names a value of `scope`. Throws Error when the name is empty or taken there.
    ir::ValueId new_value(const std::string& name, ir::ElementType type, ir::Shape shape, Scope& scope);
    void new_constant(const std::string& name, ir::Tensor tensor, Scope& scope);
    void alias(const std::string& name, ir::ValueId id, Scope& scope) const;

    /// `name`, or with a number when that is taken.
    std::string unique_node_name(const std::string& name);

    /// Makes a constant of each initializer.
    void read_initializers(const onnx::GraphProto& source, Scope& scope);
    /// Counts a constant before any memory is taken for it. Throws Error naming `where` when it is too much.
    void take_from_budget(const onnx::TensorProto& proto, const std::string& where);

    /// Makes the outputs of `outermost` those of the graph, under their names. `shapes_given`: as in
    /// check_declared_output(). Throws Error for outputs that nothing makes, or that are not what the model declares.
    void connect_outputs(const onnx::GraphProto& outermost, const Scope& scope, bool shapes_given);

  private:
    ir::ValueId named_output(const std::string& name, ir::ValueId id, const onnx::GraphProto& outermost);
    std::string unique_value_name(const std::string& name, const Scope& scope);

    std::string path_;
    std::filesystem::path folder_;
    uint64_t max_constant_bytes_, constant_bytes_ = 0;
    std::unordered_set<std::string> value_names_, node_names_;
};

}  // namespace tinamix::import
