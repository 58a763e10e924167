// Builds the graph in one walk over the nodes, which ONNX keeps in topological order: names are resolved, shapes
// inferred, and what is computed from shapes and constants alone is evaluated as far as later shapes need it.
#include "import/onnx_import.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/attributes.h"
#include "import/model_file.h"
#include "import/old_opset.h"
#include "import/operator_check.h"
#include "import/shape_by_running.h"
#include "import/shape_inference.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;

class Importer {
  public:
    Importer(const std::filesystem::path& path, const ImportOptions& options)
        : path_(path.string()),
          folder_(path.has_parent_path() ? path.parent_path() : std::filesystem::path(".")),
          options_(options),
          model_(read_model_file(path)),
          source_(model_.graph()) {}

    ir::Graph run() {
        file_opset_ = model_opset(model_, path_);
        graph_.opset = std::max(file_opset_, kOldestForm);
        graph_.name = source_.name();
        check_operators(source_, graph_.opset, folder_, path_);
        read_initializers();
        read_inputs();
        find_references();
        for (const NodeProto& node : source_.node()) {
            read_node(node);
        }
        connect_outputs();
        return std::move(graph_);
    }

  private:
    // --- names -------------------------------------------------------------------------------------------------

    [[noreturn]] void fail(const std::string& what, const std::string& hint = "") const {
        throw Error(path_, what, hint);
    }

    ir::ValueId new_value(const std::string& name, ir::ElementType type, ir::Shape shape) {
        const auto id = static_cast<ir::ValueId>(graph_.values.size());
        if (name.empty()) {
            fail("has a tensor without a name");
        }
        if (!ids_.emplace(name, id).second) {
            fail("tensor `" + name + "` is defined twice");
        }
        graph_.values.push_back({name, type, std::move(shape), std::nullopt});
        return id;
    }

    void new_constant(const std::string& name, ir::Tensor tensor) {
        const ir::ValueId id = new_value(name, tensor.type(), tensor.shape());
        graph_.value(id).constant = std::move(tensor);
    }

    std::string unique_node_name(const NodeProto& node) {
        std::string name = node.name();
        for (int i = 0; name.empty() && i < node.output_size(); ++i) {
            name = node.output(i);
        }
        std::string unique = name;
        for (int count = 1; !node_names_.insert(unique).second; ++count) {
            unique = name + "_" + std::to_string(count);
        }
        return unique;
    }

    // --- inputs and constants ----------------------------------------------------------------------------------

    void read_initializers() {
        if (source_.sparse_initializer_size() > 0) {
            fail("sparse initializers are not supported");
        }
        for (const auto& proto : source_.initializer()) {
            new_constant(proto.name(), read_tensor(proto, folder_, "initializer `" + proto.name() + "`"));
        }
    }

    ir::Shape input_shape(const onnx::ValueInfoProto& info) const {
        const auto given = options_.input_shapes.find(info.name());
        const bool has_given = given != options_.input_shapes.end();
        const std::string where = "input `" + info.name() + "`";
        if (!info.type().tensor_type().has_shape()) {
            if (!has_given) {
                throw Error(where, "has no shape in the model", "give its shape");
            }
            return given->second;
        }
        const auto& dims = info.type().tensor_type().shape().dim();
        if (has_given && given->second.size() != static_cast<size_t>(dims.size())) {
            throw Error(where, "has " + std::to_string(dims.size()) + " dimensions, the given shape " +
                                   ir::shape_text(given->second) + " has " + std::to_string(given->second.size()));
        }
        ir::Shape shape;
        for (int i = 0; i < dims.size(); ++i) {
            // Some exporters write 0 or -1 for "any".
            const bool fixed = dims[i].has_dim_value() && dims[i].dim_value() > 0;
            if (has_given) {
                const int64_t wanted = given->second[static_cast<size_t>(i)];
                if (fixed && dims[i].dim_value() != wanted) {
                    throw Error(where, "dimension " + std::to_string(i) + " is " + std::to_string(dims[i].dim_value()) +
                                           " in the model, the given shape says " + std::to_string(wanted));
                }
                shape.push_back(wanted);
            } else if (fixed) {
                shape.push_back(dims[i].dim_value());
            } else if (i == 0) {
                shape.push_back(1);
            } else {
                const std::string symbol = dims[i].dim_param().empty() ? "" : " (`" + dims[i].dim_param() + "`)";
                throw Error(where, "dimension " + std::to_string(i) + symbol + " is not fixed", "give its shape");
            }
        }
        return shape;
    }

    /// The content that the user gives to an input must be what the model declares.
    static void check_constant_input(const onnx::ValueInfoProto& info, ir::ElementType type, const ir::Tensor& tensor) {
        const auto& declared = info.type().tensor_type().shape();
        bool fits = tensor.type() == type && (!info.type().tensor_type().has_shape() ||
                                              static_cast<size_t>(declared.dim_size()) == tensor.shape().size());
        for (int i = 0; fits && i < declared.dim_size(); ++i) {
            const int64_t wanted = declared.dim(i).has_dim_value() ? declared.dim(i).dim_value() : 0;
            fits = wanted <= 0 || wanted == tensor.shape()[static_cast<size_t>(i)];
        }
        if (!fits) {
            throw Error("input `" + info.name() + "`",
                        "its constant is " + std::string(ir::element_type_name(tensor.type())) + " " +
                            ir::shape_text(tensor.shape()) + ", which is not what the model declares");
        }
    }

    void read_inputs() {
        std::vector<std::string> names;
        for (const auto& info : source_.input()) {
            if (ids_.count(info.name()) != 0 && graph_.is_constant(ids_.at(info.name()))) {
                continue;  // old files list the initializers among the inputs
            }
            const std::string where = "input `" + info.name() + "`";
            if (!info.type().has_tensor_type()) {
                throw Error(where, "is not a tensor");
            }
            const auto type = element_type(info.type().tensor_type().elem_type());
            if (!type) {
                throw Error(where, "element type " + onnx_type_name(info.type().tensor_type().elem_type()) +
                                       " is not supported");
            }
            if (const auto fixed = options_.constant_inputs.find(info.name());
                fixed != options_.constant_inputs.end()) {
                check_constant_input(info, *type, fixed->second);
                new_constant(info.name(), fixed->second);
                names.push_back(info.name());
                continue;
            }
            ir::Shape shape = input_shape(info);
            int64_t elements = 1;
            for (int64_t dim : shape) {
                if (dim < 1 || elements > kMaxElements / dim) {
                    throw Error(where, "impossible shape " + ir::shape_text(shape));
                }
                elements *= dim;
            }
            names.push_back(info.name());
            graph_.inputs.push_back(new_value(info.name(), *type, std::move(shape)));
        }
        for (const auto& [name, tensor] : options_.constant_inputs) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                fail("has no input `" + name + "`", did_you_mean(name, names));
            }
        }
        for (const auto& [name, shape] : options_.input_shapes) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                fail("has no input `" + name + "`", did_you_mean(name, names));
            }
        }
    }

    // --- nodes -------------------------------------------------------------------------------------------------

    void find_references() {
        for (const NodeProto& node : source_.node()) {
            referenced_.insert(node.input().begin(), node.input().end());
        }
        for (const auto& output : source_.output()) {
            referenced_.insert(output.name());
        }
        for (const NodeProto& node : source_.node()) {
            for (const std::string& name : node.output()) {
                made_later_.insert(name);
            }
        }
    }

    const ir::Tensor* known(ir::ValueId id) const {
        if (graph_.is_constant(id)) {
            return &*graph_.value(id).constant;
        }
        const auto found = computed_.find(id);
        return found == computed_.end() ? nullptr : &found->second;
    }

    ir::ValueId resolve(const std::string& name, const ir::Node& node) const {
        if (name.empty()) {
            return ir::kNoValue;
        }
        const auto found = ids_.find(name);
        if (found == ids_.end()) {
            throw Error(node.op + " `" + node.name + "`",
                        "reads `" + name + "`, which " +
                            (made_later_.count(name) != 0 ? "is made only later: the nodes are not in order"
                                                          : "nothing makes"));
        }
        return found->second;
    }

    /// Nodes of old models become those of the oldest opset that the rest knows.
    void read_node(const NodeProto& proto) {
        if (file_opset_ >= kOldestForm) {
            read_modern_node(proto);
            return;
        }
        ir::Node named;
        named.op = proto.op_type();
        named.name = proto.name();
        std::vector<InferenceInput> inputs;
        for (const std::string& name : proto.input()) {
            const ir::ValueId id = resolve(name, named);
            inputs.push_back(id == ir::kNoValue ? InferenceInput{} : InferenceInput{&graph_.value(id), known(id)});
        }
        for (const NodeProto& form : oldest_form(proto, file_opset_, inputs, named.op + " `" + named.name + "`")) {
            read_modern_node(form);
        }
    }

    void read_modern_node(const NodeProto& proto) {
        ir::Node node;
        node.op = proto.op_type();
        node.name = unique_node_name(proto);
        node.fused = node.op;
        const std::string where = node.op + " `" + node.name + "`";
        if (proto.output_size() == 0) {
            throw Error(where, "has no outputs");
        }
        node.attributes = read_attributes(proto, folder_, where);
        for (const std::string& name : proto.input()) {
            node.inputs.push_back(resolve(name, node));
        }
        std::vector<InferenceInput> inputs;
        for (ir::ValueId id : node.inputs) {
            inputs.push_back(id == ir::kNoValue ? InferenceInput{} : InferenceInput{&graph_.value(id), known(id)});
        }
        NodeProto plain = proto;
        plain.set_domain("");
        const std::vector<InferredOutput> inferred = outputs_of(plain, node, inputs);
        if (node.op == "Constant") {
            new_constant(proto.output(0), float_exec::evaluate_node(graph_, node, {}).at(0));
            return;
        }
        if (passes_through(proto, node)) {
            alias(proto.output(0), node.inputs[0]);
            return;
        }
        for (int i = 0; i < proto.output_size(); ++i) {
            const InferredOutput& output = inferred[static_cast<size_t>(i)];
            node.outputs.push_back(proto.output(i).empty() ? ir::kNoValue
                                                           : new_value(proto.output(i), output.type, output.shape));
        }
        graph_.nodes.push_back(std::move(node));
        evaluate_if_small(graph_.nodes.back());
    }

    /// By the rules of ONNX, or by running the node.
    std::vector<InferredOutput> outputs_of(const NodeProto& proto, const ir::Node& node,
                                           const std::vector<InferenceInput>& inputs) const {
        try {
            return infer_outputs(proto, node, graph_.opset, inputs);
        } catch (const ShapeDependsOnData&) {
            std::optional<std::vector<InferredOutput>> outputs = outputs_by_running(graph_, node, inputs);
            if (!outputs || static_cast<int>(outputs->size()) < proto.output_size()) {
                throw;
            }
            return *outputs;
        }
    }

    /// Identity, and Dropout when only its data output is used, and not in training mode.
    bool passes_through(const NodeProto& proto, const ir::Node& node) const {
        if (node.op == "Identity") {
            return true;
        }
        if (node.op != "Dropout") {
            return false;
        }
        if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
            const ir::Tensor* training = known(node.inputs[2]);
            if (training == nullptr || training->elements() != 1 || *training->raw() != std::byte{0}) {
                throw Error("Dropout `" + node.name + "`", "training mode is not supported");
            }
        }
        return proto.output_size() == 1 || referenced_.count(proto.output(1)) == 0;
    }

    void alias(const std::string& name, ir::ValueId id) {
        if (name.empty() || !ids_.emplace(name, id).second) {
            fail("tensor `" + name + "` is defined twice");
        }
    }

    /// Shapes are computed by small nodes over constants; later shapes need their values.
    void evaluate_if_small(const ir::Node& node) {
        constexpr int64_t kSmall = 4096;
        std::vector<const ir::Tensor*> inputs;
        for (ir::ValueId id : node.inputs) {
            const ir::Tensor* tensor = id == ir::kNoValue ? nullptr : known(id);
            const bool usable =
                node.op == "Shape" || node.op == "Size" || (tensor != nullptr && tensor->elements() <= kSmall);
            if (id != ir::kNoValue && !usable) {
                return;
            }
            inputs.push_back(tensor);
        }
        for (ir::ValueId id : node.outputs) {
            if (id != ir::kNoValue && ir::element_count(graph_.value(id).shape) > kSmall) {
                return;
            }
        }
        std::vector<ir::Tensor> results = float_exec::evaluate_node(graph_, node, inputs);
        for (size_t i = 0; i < node.outputs.size() && i < results.size(); ++i) {
            if (node.outputs[i] != ir::kNoValue && results[i].shape() == graph_.value(node.outputs[i]).shape) {
                computed_[node.outputs[i]] = std::move(results[i]);
            }
        }
    }

    // --- outputs -----------------------------------------------------------------------------------------------

    void connect_outputs() {
        if (source_.output_size() == 0) {
            fail("has no outputs");
        }
        for (const auto& info : source_.output()) {
            const auto found = ids_.find(info.name());
            if (found == ids_.end()) {
                fail("nothing makes the output `" + info.name() + "`");
            }
            check_declared(info, graph_.value(found->second));
            graph_.outputs.push_back(named_output(info.name(), found->second));
        }
    }

    /// The value under the name of the output, after Identity nodes before it were dropped.
    ir::ValueId named_output(const std::string& name, ir::ValueId id) {
        if (graph_.value(id).name == name) {
            if (graph_.is_output(id)) {
                fail("the output `" + name + "` is listed twice");
            }
            return id;
        }
        const bool free = !graph_.is_constant(id) && !graph_.is_output(id) &&
                          !is_declared_output(graph_.value(id).name) &&
                          std::find(graph_.inputs.begin(), graph_.inputs.end(), id) == graph_.inputs.end();
        if (free) {
            graph_.value(id).name = name;
            return id;
        }
        ir::Node node;
        node.op = "Identity";
        node.fused = node.op;
        node.name = name;
        for (int count = 1; !node_names_.insert(node.name).second; ++count) {
            node.name = name + "_" + std::to_string(count);
        }
        node.inputs = {id};
        const ir::Value& value = graph_.value(id);
        const auto copy = static_cast<ir::ValueId>(graph_.values.size());
        node.outputs = {copy};
        graph_.values.push_back({name, value.type, value.shape, std::nullopt});
        graph_.nodes.push_back(std::move(node));
        return copy;
    }

    bool is_declared_output(const std::string& name) const {
        return std::any_of(source_.output().begin(), source_.output().end(),
                           [&](const onnx::ValueInfoProto& info) { return info.name() == name; });
    }

    /// What the file says about an output must not contradict what its nodes make.
    void check_declared(const onnx::ValueInfoProto& info, const ir::Value& value) const {
        const std::string where = "output `" + info.name() + "`";
        if (!info.type().has_tensor_type()) {
            return;
        }
        const auto& declared = info.type().tensor_type();
        const auto type = element_type(declared.elem_type());
        if (declared.elem_type() != onnx::TensorProto::UNDEFINED && type != value.type) {
            throw Error(where, "is declared as " + onnx_type_name(declared.elem_type()) + ", but is " +
                                   std::string(element_type_name(value.type)));
        }
        if (!declared.has_shape() || !options_.input_shapes.empty()) {
            return;
        }
        const auto& dims = declared.shape().dim();
        bool fits = static_cast<size_t>(dims.size()) == value.shape.size();
        for (int i = 0; fits && i < dims.size(); ++i) {
            fits = !dims[i].has_dim_value() || dims[i].dim_value() <= 0 ||
                   dims[i].dim_value() == value.shape[static_cast<size_t>(i)];
        }
        if (!fits) {
            throw Error(
                where, "is declared with another shape than " + ir::shape_text(value.shape) + ", which its nodes make");
        }
    }

    std::string path_;
    std::filesystem::path folder_;
    const ImportOptions& options_;
    onnx::ModelProto model_;
    const GraphProto& source_;
    int64_t file_opset_ = 0;
    ir::Graph graph_;
    std::unordered_map<std::string, ir::ValueId> ids_;
    std::unordered_map<ir::ValueId, ir::Tensor> computed_;
    std::unordered_set<std::string> node_names_, referenced_, made_later_;
};

}  // namespace

ir::Graph import_onnx(const std::string& path, const ImportOptions& options) {
    try {
        return Importer(path, options).run();
    } catch (const std::bad_alloc&) {
        throw Error(path, "needs more memory than there is");
    } catch (const std::filesystem::filesystem_error& problem) {
        throw Error(path, problem.what());
    }
}

}  // namespace tinamix::import
