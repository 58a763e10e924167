#include "import/cut.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "diagnostics/error.h"
#include "import/interface.h"
#include "import/model_file.h"
#include "import/references.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using onnx::GraphProto;
using onnx::NodeProto;
using onnx::TensorProto;

std::string name_of(const NodeProto& node) {
    if (!node.name().empty()) return node.name();
    for (const std::string& output : node.output()) {
        if (!output.empty()) return output;
    }
    return {};
}

bool is_half(int32_t type) { return type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16; }

class Cutter {
  public:
    Cutter(const std::string& path, const ImportOptions& options)
        : path_(path), source_(read_model_file(path)), survey_(survey_onnx(path, options)) {
        const GraphProto& graph = source_.graph();
        for (int i = 0; i < graph.node_size(); ++i) {
            for (const std::string& output : graph.node(i).output()) {
                if (!output.empty()) maker_[output] = i;
            }
        }
        for (const TensorProto& tensor : graph.initializer()) initializers_[tensor.name()] = &tensor;
        for (size_t i = 0; i < survey_.graph.values.size(); ++i) {
            values_.emplace(survey_.graph.values[i].name, static_cast<ir::ValueId>(i));
        }
    }

    Cut cut(const std::string& first, const std::string& last) {
        choose(first, last);
        onnx::ModelProto model = source_;
        GraphProto& part = *model.mutable_graph();
        part.clear_node();
        part.clear_initializer();
        part.clear_sparse_initializer();
        part.clear_input();
        part.clear_output();
        for (int i = first_; i <= last_; ++i) {
            const NodeProto& node = source_.graph().node(i);
            for (const std::string& name : names_read(node)) need(name, part);
            *part.add_node() = node;
        }
        for (int i = first_; i <= last_; ++i) {
            for (const std::string& name : source_.graph().node(i).output()) {
                if (!name.empty() && read_outside(name)) {
                    result_.outputs.push_back(declare(name, *part.add_output()));
                }
            }
        }
        if (result_.outputs.empty()) throw Error(path_, "nothing outside reads what these nodes compute");
        if (result_.inputs.empty()) throw Error(path_, "these nodes read nothing but constants");
        drop_value_infos(part);
        result_.nodes = last_ - first_ + 1;
        if (!model.SerializeToString(&result_.bytes)) throw Error(path_, "the part is larger than an ONNX file may be");
        return std::move(result_);
    }

  private:
    void choose(const std::string& first, const std::string& last) {
        std::vector<std::string> names;
        for (const NodeProto& node : source_.graph().node()) names.push_back(name_of(node));
        const auto find = [&](const std::string& name) {
            const auto found = std::find(names.begin(), names.end(), name);
            if (found != names.end()) return static_cast<int>(found - names.begin());
            const std::string near = did_you_mean(name, names);
            throw Error(path_, fmt::format("has no node `{}`", name),
                        near.empty() ? "`tinamix inspect MODEL.onnx` lists them" : near);
        };
        first_ = find(first);
        last_ = find(last);
        if (last_ < first_) throw Error(path_, fmt::format("`{}` stands behind `{}`", first, last));
    }

    bool inside(int node) const { return node >= first_ && node <= last_; }

    /// Names that a node reads, those of the graphs inside it included, each once and in order.
    std::vector<std::string> names_read(const NodeProto& node) const {
        std::vector<std::string> names;
        std::set<std::string> seen;
        const auto add = [&](const std::string& name) {
            if (!name.empty() && seen.insert(name).second) names.push_back(name);
        };
        for (const std::string& name : node.input()) add(name);
        for (const auto& attribute : node.attribute()) {
            if (!attribute.has_g()) continue;
            const References references = find_references(attribute.g(), path_);
            std::set<std::string> sorted(references.read.begin(), references.read.end());
            // What the inner graph does not make comes from outside.
            for (const std::string& name : sorted) {
                const bool outer = maker_.count(name) != 0 || initializers_.count(name) != 0 || is_graph_input(name);
                if (outer && references.made.count(name) == 0) add(name);
            }
        }
        return names;
    }

    bool is_graph_input(const std::string& name) const {
        const auto& inputs = source_.graph().input();
        return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) { return input.name() == name; });
    }

    bool read_outside(const std::string& name) const {
        const GraphProto& graph = source_.graph();
        for (const auto& output : graph.output()) {
            if (output.name() == name) return true;
        }
        for (int i = 0; i < graph.node_size(); ++i) {
            if (inside(i)) continue;
            const std::vector<std::string> names = names_read(graph.node(i));
            if (std::find(names.begin(), names.end(), name) != names.end()) return true;
        }
        return false;
    }

    /// Makes `name`, which a node of the part reads, an initializer or an input, unless a node before makes it.
    void need(const std::string& name, GraphProto& part) {
        const auto maker = maker_.find(name);
        if ((maker != maker_.end() && inside(maker->second)) || !needed_.insert(name).second) return;
        if (const auto known = initializers_.find(name); known != initializers_.end()) {
            add_initializer(*known->second, part);
            return;
        }
        const auto value = values_.find(name);
        if (value != values_.end() && survey_.graph.is_constant(value->second)) {
            TensorProto& tensor = *part.add_initializer();
            tensor = to_proto(*survey_.graph.value(value->second).constant);
            tensor.set_name(name);
            return;
        }
        result_.inputs.push_back(declare(name, *part.add_input()));
    }

    void add_initializer(const TensorProto& source, GraphProto& part) {
        TensorProto& tensor = *part.add_initializer();
        if (source.data_location() != TensorProto::EXTERNAL) {
            tensor = source;
            return;
        }
        if (is_half(source.data_type())) {
            throw Error(path_, fmt::format("`{}` is half precision in an external file", source.name()),
                        "save the model in one file first");
        }
        tensor = to_proto(read_tensor(source, std::filesystem::path(path_).parent_path(), source.name()));
        tensor.set_name(source.name());
    }

    /// Fills the declaration of a border.
    CutBorder declare(const std::string& name, onnx::ValueInfoProto& info) const {
        const GraphProto& graph = source_.graph();
        int32_t type = TensorProto::UNDEFINED;
        for (const auto* list : {&graph.input(), &graph.output(), &graph.value_info()}) {
            for (const auto& declared : *list) {
                if (declared.name() == name) type = declared.type().tensor_type().elem_type();
            }
        }
        CutBorder border{name, {}, ""};
        const auto value = values_.find(name);
        if (value != values_.end() && survey_.unknown.count(value->second) == 0) {
            border.shape = survey_.graph.value(value->second).shape;
            if (type == TensorProto::UNDEFINED) type = onnx_type(survey_.graph.value(value->second).type);
        } else if (const auto declared = declared_type(graph, name)) {
            border.shape = declared->shape;
            if (type == TensorProto::UNDEFINED) type = onnx_type(declared->type);
        } else {
            throw Error(path_, fmt::format("the shape of `{}`, at the border of the part, is not known", name),
                        "choose a border that `tinamix inspect` shows with a shape");
        }
        info.set_name(name);
        auto& tensor = *info.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(type);
        tensor.mutable_shape();
        for (const int64_t size : border.shape) tensor.mutable_shape()->add_dim()->set_dim_value(size);
        border.type = onnx_type_name(type);
        return border;
    }

    static void drop_value_infos(GraphProto& part) {
        std::set<std::string> made;
        for (const NodeProto& node : part.node()) made.insert(node.output().begin(), node.output().end());
        onnx::GraphProto kept;
        for (const auto& info : part.value_info()) {
            if (made.count(info.name()) != 0) *kept.add_value_info() = info;
        }
        *part.mutable_value_info() = kept.value_info();
    }

    const std::string& path_;
    onnx::ModelProto source_;
    Survey survey_;
    std::map<std::string, int> maker_;
    std::map<std::string, const TensorProto*> initializers_;
    std::map<std::string, ir::ValueId> values_;
    int first_ = 0, last_ = 0;
    std::set<std::string> needed_;
    Cut result_;
};

}  // namespace

Cut cut_onnx(const std::string& path, const std::string& first, const std::string& last, const ImportOptions& options) {
    return Cutter(path, options).cut(first, last);
}

}  // namespace tinamix::import
