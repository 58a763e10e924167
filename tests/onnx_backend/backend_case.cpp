// Reads the case, looks for the fewest inputs to bind, runs and compares.
#include "backend_case.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "import/tensor_proto.h"
#include "optimize/optimize.h"

namespace tinamix {

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;
using NamedTensors = std::map<std::string, ir::Tensor>;

// What ONNX's test runner allows: |got - wanted| <= kAbsolute + kRelative * |wanted|.
constexpr double kRelative = 1e-3, kAbsolute = 1e-7;

template <typename Message>
Message read_message(const fs::path& path) {
    Message message;
    std::ifstream file(path, std::ios::binary);
    if (!file || !message.ParseFromIstream(&file)) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return message;
}

/// The suites keep bfloat16 as uint16; `declared` is what the model says of the tensor.
ir::Tensor read_tensor_file(const fs::path& path, const onnx::ValueInfoProto& declared) {
    auto proto = read_message<onnx::TensorProto>(path);
    if (proto.data_type() == onnx::TensorProto::UINT16 &&
        declared.type().tensor_type().elem_type() == onnx::TensorProto::BFLOAT16) {
        proto.set_data_type(onnx::TensorProto::BFLOAT16);
    }
    return import::read_tensor(proto, path.parent_path(), path.filename().string());
}

std::vector<double> values_of(const ir::Tensor& tensor) {
    switch (tensor.type()) {
        case ir::ElementType::kFloat32:
            return {tensor.data<float>(), tensor.data<float>() + tensor.elements()};
        case ir::ElementType::kFloat64:
            return {tensor.data<double>(), tensor.data<double>() + tensor.elements()};
        default:
            const std::vector<int64_t> integers = tensor.to_ints();
            return {integers.begin(), integers.end()};
    }
}

/// "" or how the tensors differ.
std::string difference(const ir::Tensor& got, const ir::Tensor& wanted) {
    if (got.type() != wanted.type() || got.shape() != wanted.shape()) {
        return std::string(ir::element_type_name(got.type())) + " " + ir::shape_text(got.shape()) + ", wanted " +
               std::string(ir::element_type_name(wanted.type())) + " " + ir::shape_text(wanted.shape());
    }
    const std::vector<double> a = values_of(got), b = values_of(wanted);
    for (size_t i = 0; i < a.size(); ++i) {
        const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                          std::fabs(a[i] - b[i]) <= kAbsolute + kRelative * std::fabs(b[i]);
        if (!same) {
            return "element " + std::to_string(i) + " is " + std::to_string(a[i]) + ", wanted " + std::to_string(b[i]);
        }
    }
    return "";
}

bool needs_shape(const onnx::ValueInfoProto& info) {
    const auto& tensor = info.type().tensor_type();
    return !tensor.has_shape() || std::any_of(tensor.shape().dim().begin(), tensor.shape().dim().end(),
                                              [](const auto& dim) { return dim.dim_value() <= 0; });
}

class BackendCase {
  public:
    explicit BackendCase(const fs::path& folder)
        : folder_(folder), model_(read_message<onnx::ModelProto>(folder / "model.onnx")) {
        Names constants;
        for (const auto& tensor : model_.graph().initializer()) {
            constants.insert(tensor.name());
        }
        for (const auto& info : model_.graph().input()) {
            if (constants.count(info.name()) == 0) {
                inputs_.push_back(&info);
            }
        }
    }

    CaseResult run() {
        const std::optional<Names> bound = fewest_constants();
        if (!bound) {
            return {Outcome::kRefused, refusal_};
        }
        for (int set = 0; fs::exists(data_set(set)); ++set) {
            ir::Graph graph = import_with(set, *bound);
            const std::string problem = compare(graph, set);
            if (!problem.empty()) {
                return {Outcome::kFailed, problem};
            }
            optimize::optimize(graph);
            const std::string optimized_problem = compare(graph, set);
            if (!optimized_problem.empty()) {
                return {Outcome::kFailed, "optimized: " + optimized_problem};
            }
        }
        std::string names;
        for (const std::string& name : *bound) {
            names += (names.empty() ? "" : " ") + name;
        }
        return {Outcome::kPassed, names};
    }

  private:
    fs::path data_set(int set) const { return folder_ / ("test_data_set_" + std::to_string(set)); }

    /// The inputs of a data set by name; those that are no tensors of a known type are left out.
    NamedTensors data_inputs(int set) const {
        NamedTensors tensors;
        for (size_t i = 0; i < inputs_.size(); ++i) {
            const onnx::ValueInfoProto& info = *inputs_[i];
            const fs::path path = data_set(set) / ("input_" + std::to_string(i) + ".pb");
            if (!info.type().has_tensor_type() || !import::element_type(info.type().tensor_type().elem_type())) {
                continue;
            }
            tensors.emplace(info.name(), read_tensor_file(path, info));
        }
        return tensors;
    }

    ir::Graph import_with(int set, const Names& constants) const {
        import::ImportOptions options;
        const NamedTensors tensors = data_inputs(set);
        for (const onnx::ValueInfoProto* info : inputs_) {
            const auto tensor = tensors.find(info->name());
            if (tensor == tensors.end()) {
                continue;
            }
            if (constants.count(info->name()) != 0) {
                options.constant_inputs.emplace(*tensor);
            } else if (needs_shape(*info)) {
                options.input_shapes.emplace(info->name(), tensor->second.shape());
            }
        }
        return import::import_onnx((folder_ / "model.onnx").string(), options);
    }

    /// Whether the model imports and can be prepared with these inputs bound; remembers the first refusal.
    bool imports(const Names& constants) {
        try {
            const ir::Graph graph = import_with(0, constants);
            float_exec::Executor executor(graph);
            check_data(graph);
            return true;
        } catch (const Error& error) {
            refusal_ = refusal_.empty() ? error.what() : refusal_;
            return false;
        }
    }

    /// A few data sets are not what their model declares. Throws Error, as the executor would.
    void check_data(const ir::Graph& graph) const {
        const NamedTensors tensors = data_inputs(0);
        for (ir::ValueId id : graph.inputs) {
            const ir::Value& value = graph.value(id);
            const auto tensor = tensors.find(value.name);
            if (tensor == tensors.end() || tensor->second.shape() != value.shape) {
                throw Error("input `" + value.name + "`", "the data is not of the shape that the model declares");
            }
        }
    }

    /// No inputs, or as few as it takes; nothing where even all of them do not help.
    std::optional<Names> fewest_constants() {
        if (imports({})) {
            return Names();
        }
        Names bound;
        for (const onnx::ValueInfoProto* info : inputs_) {
            bound.insert(info->name());
        }
        if (bound.empty() || !imports(bound)) {
            return std::nullopt;
        }
        for (const onnx::ValueInfoProto* info : inputs_) {
            Names fewer = bound;
            fewer.erase(info->name());
            if (imports(fewer)) {
                bound = fewer;
            }
        }
        return bound;
    }

    /// "" or what is wrong with the outputs of the graph.
    std::string compare(const ir::Graph& graph, int set) const {
        const NamedTensors tensors = data_inputs(set);
        std::vector<ir::Tensor> inputs;
        for (ir::ValueId id : graph.inputs) {
            inputs.push_back(tensors.at(graph.value(id).name));
        }
        try {
            const std::vector<ir::Tensor> outputs = float_exec::Executor(graph).run(inputs);
            for (size_t i = 0; i < outputs.size(); ++i) {
                const ir::Tensor wanted = read_tensor_file(data_set(set) / ("output_" + std::to_string(i) + ".pb"),
                                                           model_.graph().output(static_cast<int>(i)));
                const std::string problem = difference(outputs[i], wanted);
                if (!problem.empty()) {
                    return "output " + std::to_string(i) + ": " + problem;
                }
            }
        } catch (const Error& error) {
            return std::string("error while it ran: ") + error.what();
        }
        return "";
    }

    fs::path folder_;
    onnx::ModelProto model_;
    std::vector<const onnx::ValueInfoProto*> inputs_;  ///< without initializers, as the data sets have them
    std::string refusal_;
};

}  // namespace

CaseResult run_backend_case(const fs::path& folder) {
    try {
        return BackendCase(folder).run();
    } catch (const std::exception& error) {
        return {Outcome::kFailed, error.what()};
    }
}

}  // namespace tinamix
