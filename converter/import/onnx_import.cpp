// Builds the graph in one walk over the nodes, which ONNX keeps in topological order: names are resolved, shapes
// inferred, and what is computed from shapes and constants alone is evaluated as far as later shapes need it. What
// cannot be understood is noted and the walk goes on, so that everything in the way is known at its end.
#include "import/onnx_import.h"

#include <algorithm>
#include <unordered_set>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/attributes.h"
#include "import/interface.h"
#include "import/known_values.h"
#include "import/model_file.h"
#include "import/old_opset.h"
#include "import/operator_check.h"
#include "import/references.h"
#include "import/scope.h"
#include "import/shape_by_running.h"
#include "import/shape_inference.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;

/// The text of an error without the place that it starts with.
std::string without_place(const Error& error, const std::string& place) {
    const std::string text = error.what();
    return text.rfind(place, 0) == 0 && text.size() > place.size() + 2 ? text.substr(place.size() + 2) : text;
}

class Importer {
  public:
    Importer(const std::filesystem::path& path, const ImportOptions& options)
        : path_(path.string()),
          folder_(path.has_parent_path() ? path.parent_path() : std::filesystem::path(".")),
          options_(options),
          model_(read_model_file(path)),
          source_(model_.graph()) {}

    Survey run() {
        file_opset_ = model_opset(model_, path_);
        graph_.opset = std::max(file_opset_, kOldestForm);
        graph_.name = source_.name();
        references_ = find_references(source_, path_);
        for (const NodeProto& node : source_.node()) {
            value_names_.insert(node.output().begin(), node.output().end());  // the outermost graph keeps its names
        }
        read_initializers(source_, top_);
        read_inputs();
        for (const NodeProto& node : source_.node()) {
            read_node(node, top_);
        }
        connect_outputs();
        return std::move(survey_);
    }

  private:
    // --- names -------------------------------------------------------------------------------------------------

    [[noreturn]] void fail(const std::string& what, const std::string& hint = "") const {
        throw Error(path_, what, hint);
    }

    /// The names of graphs inside nodes need not be unique in the file; those of our graph are.
    std::string unique_value_name(const std::string& name, const Scope& scope) {
        std::string unique = name;
        if (scope.depth() > 0) {
            for (int count = 1; value_names_.count(unique) != 0; ++count) {
                unique = name + "_" + std::to_string(count);
            }
        }
        value_names_.insert(unique);
        return unique;
    }

    ir::ValueId new_value(const std::string& name, ir::ElementType type, ir::Shape shape, Scope& scope) {
        const auto id = static_cast<ir::ValueId>(graph_.values.size());
        if (name.empty()) {
            fail("has a tensor without a name");
        }
        if (!scope.add(name, id)) {
            fail("tensor `" + name + "` is defined twice");
        }
        graph_.values.push_back({unique_value_name(name, scope), type, std::move(shape), std::nullopt});
        return id;
    }

    void new_constant(const std::string& name, ir::Tensor tensor, Scope& scope) {
        const ir::ValueId id = new_value(name, tensor.type(), tensor.shape(), scope);
        graph_.value(id).constant = std::move(tensor);
    }

    void alias(const std::string& name, ir::ValueId id, Scope& scope) const {
        if (name.empty() || !scope.add(name, id)) {
            fail("tensor `" + name + "` is defined twice");
        }
    }

    std::string unique_node_name(std::string name) {
        std::string unique = name;
        for (int count = 1; !node_names_.insert(unique).second; ++count) {
            unique = name + "_" + std::to_string(count);
        }
        return unique;
    }

    // --- inputs and constants ----------------------------------------------------------------------------------

    void read_initializers(const GraphProto& graph, Scope& scope) {
        if (graph.sparse_initializer_size() > 0) {
            fail("sparse initializers are not supported");
        }
        for (const auto& proto : graph.initializer()) {
            const std::string where = "initializer `" + proto.name() + "`";
            take_from_budget(proto, where);
            new_constant(proto.name(), read_tensor(proto, folder_, where), scope);
        }
    }

    /// Counts the constant before any memory is taken for it.
    void take_from_budget(const onnx::TensorProto& proto, const std::string& where) {
        constant_bytes_ += held_bytes(proto, where);
        if (constant_bytes_ > options_.max_constant_bytes) {
            throw Error(where, "the constants of the model need more than " +
                                   std::to_string(options_.max_constant_bytes >> 20) + " MiB");
        }
    }

    void read_inputs() {
        std::vector<std::string> names;
        for (const auto& info : source_.input()) {
            if (top_.defines(info.name()) && graph_.is_constant(*top_.find(info.name()))) {
                continue;  // old files list the initializers among the inputs
            }
            names.push_back(info.name());
            if (const auto fixed = options_.constant_inputs.find(info.name());
                fixed != options_.constant_inputs.end()) {
                check_constant_input(info, fixed->second);
                new_constant(info.name(), fixed->second, top_);
                continue;
            }
            InferredOutput declared = declared_input(info, options_);
            graph_.inputs.push_back(new_value(info.name(), declared.type, std::move(declared.shape), top_));
        }
        const auto require_input = [&](const std::string& name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                fail("has no input `" + name + "`", did_you_mean(name, names));
            }
        };
        for (const auto& [name, tensor] : options_.constant_inputs) {
            require_input(name);
        }
        for (const auto& [name, shape] : options_.input_shapes) {
            require_input(name);
        }
    }

    // --- nodes -------------------------------------------------------------------------------------------------

    ir::ValueId resolve(const std::string& name, const ir::Node& node, const Scope& scope) const {
        if (name.empty()) {
            return ir::kNoValue;
        }
        const auto found = scope.find(name);
        if (!found) {
            throw Error(node.op + " `" + node.name + "`",
                        "reads `" + name + "`, which " +
                            (references_.made.count(name) != 0 ? "is made only later: the nodes are not in order"
                                                               : "nothing makes"));
        }
        return *found;
    }

    /// The node with its name, operator and inputs; no attributes and outputs yet.
    ir::Node named_node(const NodeProto& proto, const Scope& scope) {
        ir::Node node;
        node.op = proto.op_type();
        node.domain = ir_domain(proto);
        node.fused = node.op;
        std::string name = proto.name();
        for (int i = 0; name.empty() && i < proto.output_size(); ++i) {
            name = proto.output(i);
        }
        node.name = unique_node_name(std::move(name));
        if (proto.output_size() == 0) {
            throw Error(node.op + " `" + node.name + "`", "has no outputs");
        }
        for (const std::string& input : proto.input()) {
            node.inputs.push_back(resolve(input, node, scope));
        }
        return node;
    }

    InferenceInput inference_input(ir::ValueId id) const {
        return id == ir::kNoValue ? InferenceInput{} : InferenceInput{&graph_.value(id), known_.find(id)};
    }

    bool all_known(const std::vector<ir::ValueId>& ids) const {
        return std::none_of(ids.begin(), ids.end(), [&](ir::ValueId id) { return survey_.unknown.count(id) != 0; });
    }

    /// Nodes of old models become those of the oldest opset that the rest knows.
    void read_node(const NodeProto& proto, Scope& scope) {
        if (file_opset_ >= kOldestForm) {
            read_modern_node(proto, scope);
            return;
        }
        ir::Node named;
        named.op = proto.op_type();
        named.name = proto.name();
        std::vector<ir::ValueId> ids;
        std::vector<InferenceInput> inputs;
        for (const std::string& name : proto.input()) {
            ids.push_back(resolve(name, named, scope));
            inputs.push_back(inference_input(ids.back()));
        }
        if (!all_known(ids)) {
            read_modern_node(proto, scope);
            return;
        }
        for (const NodeProto& form : oldest_form(proto, file_opset_, inputs, named.op + " `" + named.name + "`")) {
            read_modern_node(form, scope);
        }
    }

    void read_modern_node(const NodeProto& proto, Scope& scope) {
        ir::Node node = named_node(proto, scope);
        const bool inputs_known = all_known(node.inputs);
        std::string problem;
        try {
            if (node.op == "If" && node.domain.empty()) {
                if (inputs_known) {
                    inline_branch(proto, node, scope);
                    return;
                }
            } else {
                problem = operator_problem(node, graph_.opset);
                if (understand(proto, node, inputs_known, problem, scope)) {
                    return;
                }
            }
        } catch (const Error& error) {
            problem = problem.empty() ? without_place(error, node.op + " `" + node.name + "`") : problem;
        }
        keep(proto, node, problem, scope);
    }

    /// Infers the outputs and evaluates what is worth it. False when something about the node stays unknown. May add to
    /// `problem`, which says why the float executor lacks the operator: its shapes may be known all the same.
    bool understand(const NodeProto& proto, ir::Node& node, bool inputs_known, std::string& problem, Scope& scope) {
        const std::string where = node.op + " `" + node.name + "`";
        if (!node.domain.empty()) {
            return false;
        }
        for (const auto& attribute : proto.attribute()) {
            if (attribute.has_t()) {
                take_from_budget(attribute.t(), where + ", attribute `" + attribute.name() + "`");
            }
        }
        node.outputs.assign(static_cast<size_t>(proto.output_size()), ir::kNoValue);
        if (problem.empty()) {
            node.attributes = read_attributes(proto, folder_, where);
            problem = float_exec::unsupported_reason(node);
        }
        if (!inputs_known || !is_onnx_operator(node.op, "", graph_.opset)) {
            return false;
        }
        std::vector<InferenceInput> inputs;
        for (ir::ValueId id : node.inputs) {
            inputs.push_back(inference_input(id));
        }
        NodeProto plain = proto;
        plain.clear_domain();
        const std::vector<InferredOutput> inferred = infer_or_run(plain, node, graph_, inputs);
        if (problem.empty() && node.op == "Constant") {
            new_constant(proto.output(0), float_exec::evaluate_node(graph_, node, {}).at(0), scope);
            return true;
        }
        if (problem.empty() && passes_through(proto, node)) {
            alias(proto.output(0), node.inputs[0], scope);
            return true;
        }
        for (int i = 0; i < proto.output_size(); ++i) {
            const InferredOutput& output = inferred[static_cast<size_t>(i)];
            if (!proto.output(i).empty()) {
                node.outputs[static_cast<size_t>(i)] = new_value(proto.output(i), output.type, output.shape, scope);
            }
        }
        if (!problem.empty()) {
            return false;
        }
        known_.evaluate(node);
        graph_.nodes.push_back(std::move(node));
        return true;
    }

    /// A node that is not understood, or reads something that is not. Its outputs are what the file says of them, or
    /// unknown.
    void keep(const NodeProto& proto, ir::Node& node, const std::string& problem, Scope& scope) {
        if (!problem.empty()) {
            survey_.unsupported.push_back({node.op, node.name, problem});
            survey_.unsupported_nodes.insert(static_cast<int>(graph_.nodes.size()));
        }
        node.outputs.resize(static_cast<size_t>(proto.output_size()), ir::kNoValue);
        for (int i = 0; i < proto.output_size(); ++i) {
            const std::string& name = proto.output(i);
            if (name.empty() || node.outputs[static_cast<size_t>(i)] != ir::kNoValue) {
                continue;
            }
            const std::optional<InferredOutput> declared =
                scope.depth() == 0 ? declared_type(source_, name) : std::nullopt;
            const ir::ValueId id = declared ? new_value(name, declared->type, declared->shape, scope)
                                            : new_value(name, ir::ElementType::kFloat32, {}, scope);
            if (!declared) {
                survey_.unknown.insert(id);
            }
            node.outputs[static_cast<size_t>(i)] = id;
        }
        graph_.nodes.push_back(std::move(node));
    }

    /// Puts the nodes of the branch that a constant condition chooses in the place of the If.
    void inline_branch(const NodeProto& proto, const ir::Node& node, Scope& scope) {
        const std::string where = "If `" + node.name + "`";
        const ir::Tensor* condition =
            node.inputs.size() == 1 && node.inputs[0] != ir::kNoValue ? known_.find(node.inputs[0]) : nullptr;
        if (condition == nullptr || condition->type() != ir::ElementType::kBool || condition->elements() != 1) {
            throw Error(where, "its condition is computed at run time; only a constant one is supported");
        }
        const std::string wanted = *condition->data<bool>() ? "then_branch" : "else_branch";
        const GraphProto* branch = nullptr;
        for (const auto& attribute : proto.attribute()) {
            branch = attribute.name() == wanted && attribute.has_g() ? &attribute.g() : branch;
        }
        if (branch == nullptr || branch->output_size() != proto.output_size() || branch->input_size() != 0) {
            throw Error(where, "`" + wanted + "` must be a graph without inputs and as many outputs as the node");
        }
        Scope inner(&scope);
        read_initializers(*branch, inner);
        for (const NodeProto& inside : branch->node()) {
            read_node(inside, inner);
        }
        for (int i = 0; i < proto.output_size(); ++i) {
            const auto made = inner.find(branch->output(i).name());
            if (!made) {
                fail(where + ": nothing makes the output `" + branch->output(i).name() + "` of its branch");
            }
            if (!proto.output(i).empty()) {
                alias(proto.output(i), *made, scope);
            }
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
            const ir::Tensor* training = known_.find(node.inputs[2]);
            if (training == nullptr || training->elements() != 1 || *training->raw() != std::byte{0}) {
                throw Error("Dropout `" + node.name + "`", "training mode is not supported");
            }
        }
        return proto.output_size() == 1 || references_.read.count(proto.output(1)) == 0;
    }

    // --- outputs -----------------------------------------------------------------------------------------------

    void connect_outputs() {
        if (source_.output_size() == 0) {
            fail("has no outputs");
        }
        for (const auto& info : source_.output()) {
            const auto found = top_.find(info.name());
            if (!found) {
                fail("nothing makes the output `" + info.name() + "`");
            }
            if (survey_.unknown.count(*found) == 0) {
                check_declared_output(info, graph_.value(*found), !options_.input_shapes.empty());
            }
            graph_.outputs.push_back(named_output(info.name(), *found));
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
        node.name = unique_node_name(name);
        node.inputs = {id};
        const ir::Value& value = graph_.value(id);
        const auto copy = static_cast<ir::ValueId>(graph_.values.size());
        node.outputs = {copy};
        if (survey_.unknown.count(id) != 0) {
            survey_.unknown.insert(copy);
        }
        graph_.values.push_back({name, value.type, value.shape, std::nullopt});
        graph_.nodes.push_back(std::move(node));
        return copy;
    }

    bool is_declared_output(const std::string& name) const {
        return std::any_of(source_.output().begin(), source_.output().end(),
                           [&](const onnx::ValueInfoProto& info) { return info.name() == name; });
    }

    std::string path_;
    int64_t file_opset_ = 0;
    std::filesystem::path folder_;
    const ImportOptions& options_;
    onnx::ModelProto model_;
    const GraphProto& source_;
    Survey survey_;
    ir::Graph& graph_ = survey_.graph;
    Scope top_;
    KnownValues known_{graph_};
    uint64_t constant_bytes_ = 0;
    References references_;
    std::unordered_set<std::string> value_names_, node_names_;
};

}  // namespace

Survey survey_onnx(const std::string& path, const ImportOptions& options) {
    try {
        return Importer(path, options).run();
    } catch (const std::bad_alloc&) {
        throw Error(path, "needs more memory than there is");
    } catch (const std::filesystem::filesystem_error& problem) {
        throw Error(path, problem.what());
    }
}

ir::Graph import_onnx(const std::string& path, const ImportOptions& options) {
    Survey survey = survey_onnx(path, options);
    if (!survey.unsupported.empty()) {
        throw unsupported_error(path, survey.unsupported);
    }
    return std::move(survey.graph);
}

}  // namespace tinamix::import
