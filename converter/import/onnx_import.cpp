// Builds the graph in one walk over the nodes, which ONNX keeps in topological order: names are resolved, shapes
// inferred, and what is computed from shapes and constants alone is evaluated as far as later shapes need it. What
// cannot be understood is noted and the walk goes on, so that everything in the way is known at its end.
#include "import/onnx_import.h"

#include <algorithm>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/attributes.h"
#include "import/graph_builder.h"
#include "import/integer_operators.h"
#include "import/interface.h"
#include "import/known_values.h"
#include "import/model_file.h"
#include "import/old_opset.h"
#include "import/operator_check.h"
#include "import/operator_schema.h"
#include "import/references.h"
#include "import/sequences.h"
#include "import/shape_inference.h"

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
          options_(options),
          builder_(path, options.max_constant_bytes),
          model_(read_model_file(path)),
          source_(model_.graph()) {}

    Survey run() {
        file_opset_ = model_opset(model_, path_);
        graph_.opset = std::max(file_opset_, kOldestForm);
        graph_.name = source_.name();
        references_ = find_references(source_, path_);
        builder_.keep_names_of(source_);
        builder_.read_initializers(source_, top_);
        read_inputs();
        for (const NodeProto& node : source_.node()) {
            read_node(node, top_);
        }
        builder_.connect_outputs(source_, top_, !options_.input_shapes.empty());
        return std::move(builder_.survey);
    }

  private:
    // --- inputs ------------------------------------------------------------------------------------------------

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
                builder_.new_constant(info.name(), fixed->second, top_);
                continue;
            }
            InferredOutput declared = declared_input(info, options_);
            graph_.inputs.push_back(builder_.new_value(info.name(), declared.type, std::move(declared.shape), top_));
        }
        const auto require_input = [&](const std::string& name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                builder_.fail("has no input `" + name + "`", did_you_mean(name, names));
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
        node.name = builder_.unique_node_name(std::move(name));
        if (proto.output_size() == 0) {
            throw Error(node.op + " `" + node.name + "`", "has no outputs");
        }
        for (const std::string& input : proto.input()) {
            node.inputs.push_back(sequences_.holds(input) ? ir::kNoValue : resolve(input, node, scope));
        }
        return node;
    }

    InferenceInput inference_input(ir::ValueId id) const {
        return id == ir::kNoValue ? InferenceInput{} : InferenceInput{&graph_.value(id), known_.find(id)};
    }

    bool all_known(const std::vector<ir::ValueId>& ids) const {
        return std::none_of(ids.begin(), ids.end(), [&](ir::ValueId id) { return survey_.unknown.count(id) != 0; });
    }

    /// Reads the node, or those that stand for it.
    void read_node(const NodeProto& proto, Scope& scope) {
        std::optional<std::vector<NodeProto>> others;
        try {
            others = other_form(proto, scope);
        } catch (const Error& error) {
            ir::Node node = named_node(proto, scope);
            keep(proto, node, without_place(error, where_of(proto)), scope);
            return;
        }
        if (!others) {
            read_modern_node(proto, scope);
            return;
        }
        for (const NodeProto& other : *others) {
            read_modern_node(other, scope);
        }
    }

    static std::string where_of(const NodeProto& proto) { return proto.op_type() + " `" + proto.name() + "`"; }

    /// Operators on codes are written out in operators on real numbers, those on sequences in operators on tensors,
    /// nodes of old models in the form of the oldest opset that the rest knows. Nothing for those that stay as they
    /// are.
    std::optional<std::vector<NodeProto>> other_form(const NodeProto& proto, const Scope& scope) {
        if (is_integer_operator(proto)) {
            return written_out(proto, where_of(proto));
        }
        ir::Node named;
        named.op = proto.op_type();
        named.name = proto.name();
        const auto lookup = [&](const std::string& name) {
            const ir::ValueId id = resolve(name, named, scope);
            if (id == ir::kNoValue || survey_.unknown.count(id) != 0) {
                throw Error(where_of(proto), "the shape of `" + name + "` is not known");
            }
            return inference_input(id);
        };
        if (auto nodes = sequences_.on_tensors(proto, graph_.opset, lookup, where_of(proto))) {
            return nodes;
        }
        if (file_opset_ >= kOldestForm) {
            return std::nullopt;
        }
        std::vector<ir::ValueId> ids;
        std::vector<InferenceInput> inputs;
        for (const std::string& name : proto.input()) {
            ids.push_back(resolve(name, named, scope));
            inputs.push_back(inference_input(ids.back()));
        }
        if (!all_known(ids)) {
            return std::nullopt;
        }
        return oldest_form(proto, file_opset_, inputs, where_of(proto));
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
                builder_.take_from_budget(attribute.t(), where + ", attribute `" + attribute.name() + "`");
            }
        }
        node.outputs.assign(static_cast<size_t>(proto.output_size()), ir::kNoValue);
        if (problem.empty()) {
            node.attributes = read_attributes(proto, builder_.folder(), where);
            problem = float_exec::unsupported_reason(node);
        }
        if (!inputs_known || !is_onnx_operator(node.op, graph_.opset)) {
            return false;
        }
        std::vector<InferenceInput> inputs;
        for (ir::ValueId id : node.inputs) {
            inputs.push_back(inference_input(id));
        }
        NodeProto plain = proto;
        plain.clear_domain();
        const std::vector<InferredOutput> inferred = infer_outputs(plain, node, graph_, inputs);
        if (problem.empty() && node.op == "Constant") {
            builder_.new_constant(proto.output(0), float_exec::evaluate_node(graph_, node, {}).at(0), scope);
            return true;
        }
        if (problem.empty() && passes_through(proto, node)) {
            builder_.alias(proto.output(0), node.inputs[0], scope);
            return true;
        }
        for (int i = 0; i < proto.output_size(); ++i) {
            const InferredOutput& output = inferred[static_cast<size_t>(i)];
            if (!proto.output(i).empty()) {
                node.outputs[static_cast<size_t>(i)] =
                    builder_.new_value(proto.output(i), output.type, output.shape, scope);
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
            const ir::ValueId id = declared ? builder_.new_value(name, declared->type, declared->shape, scope)
                                            : builder_.new_value(name, ir::ElementType::kFloat32, {}, scope);
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
        builder_.read_initializers(*branch, inner);
        for (const NodeProto& inside : branch->node()) {
            read_node(inside, inner);
        }
        for (int i = 0; i < proto.output_size(); ++i) {
            const auto made = inner.find(branch->output(i).name());
            if (!made) {
                builder_.fail(where + ": nothing makes the output `" + branch->output(i).name() + "` of its branch");
            }
            if (!proto.output(i).empty()) {
                builder_.alias(proto.output(i), *made, scope);
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

    std::string path_;
    int64_t file_opset_ = 0;
    const ImportOptions& options_;
    GraphBuilder builder_;
    onnx::ModelProto model_;
    const GraphProto& source_;
    Survey& survey_ = builder_.survey;
    ir::Graph& graph_ = builder_.graph;
    Scope top_;
    KnownValues known_{graph_};
    References references_;
    Sequences sequences_;
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
