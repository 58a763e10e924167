// Q nodes and D nodes first become Identity nodes between float32 tensors, the ones between them carrying the stated
// numbers; then every Identity that says nothing new is dropped.
#include "quantize/stated.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "quantize/legality.h"
#include "quantize/linear_parameters.h"

namespace tinamix::quantize {

namespace {

bool is_quantize(const ir::Node& node) { return node.op == "QuantizeLinear" && node.domain.empty(); }
bool is_dequantize(const ir::Node& node) { return node.op == "DequantizeLinear" && node.domain.empty(); }

std::string where(const ir::Node& node) { return fmt::format("node `{}` ({})", node.name, node.op); }

/// Makes what it reads, only moved: its result is quantized as its input is.
bool only_moves(const ir::Node& node) {
    const OpRule* rule = find_op_rule(node.domain, node.op);
    if (rule == nullptr) return false;
    return rule->output == OutputRule::kInput ||
           (rule->output == OutputRule::kResize && node.text("mode", "nearest") == "nearest");
}

class Absorber {
  public:
    explicit Absorber(ir::Graph& graph) : graph_(graph), role_(graph.nodes.size(), Role::kOther) {}

    void run() {
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            ir::Node& node = graph_.nodes[i];
            if (is_dequantize(node)) {
                take_dequantize(i);
            } else if (is_quantize(node)) {
                take_quantize(i);
            } else {
                pass_codes_on(node);
            }
        }
        for (ir::ValueId id : graph_.outputs) {
            if (codes_.count(id) != 0) fail_about_interface(id);
        }
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (role_[i] == Role::kDequantize) drop_dequantize(i);
        }
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (role_[i] == Role::kQuantize) drop_quantize(i);
        }
        std::vector<ir::Node> kept;
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (role_[i] != Role::kDropped) kept.push_back(std::move(graph_.nodes[i]));
        }
        graph_.nodes = std::move(kept);
        state_what_is_moved();
        graph_.remove_dead();
    }

  private:
    enum class Role { kOther, kQuantize, kDequantize, kDropped };

    [[noreturn]] void fail_about_interface(ir::ValueId id) const {
        throw Error(fmt::format("tensor `{}`", graph_.value(id).name),
                    "the interface of the model holds codes; its inputs and outputs must be float32",
                    "keep the first QuantizeLinear and the last DequantizeLinear in the model");
    }

    static void become_identity(ir::Node& node) {
        node.fused = node.op;
        node.op = "Identity";
        node.attributes.clear();
        node.inputs.resize(1);
    }

    void take_dequantize(size_t index) {
        ir::Node& node = graph_.nodes[index];
        const ir::ValueId source = node.inputs.at(0);
        if (graph_.is_constant(source)) {
            const ir::StatedQuantization stated = linear_parameters(graph_, node);
            const ir::Tensor codes = signed_codes(*graph_.value(source).constant);
            ir::Value& result = graph_.value(node.outputs.at(0));
            if (graph_.is_output(node.outputs[0])) throw Error(where(node), "makes a constant output of the model");
            result.constant = dequantized(codes, stated);
            result.codes = codes;
            result.stated = stated;
            role_[index] = Role::kDropped;
            return;
        }
        const auto known = codes_.find(source);
        if (known == codes_.end()) {
            if (graph_.producer(source) < 0) fail_about_interface(source);
            throw Error(where(node), fmt::format("reads codes that `{}` computes; only QuantizeLinear may make them",
                                                 graph_.nodes[static_cast<size_t>(graph_.producer(source))].name));
        }
        // The codes are float32 in the graph by now; their type is part of what was stated.
        ir::Node with_codes = node;
        if (!same_parameters(with_codes, known->second)) {
            throw Error(where(node), fmt::format("reads `{}` with another scale or zero point than it was made with",
                                                 graph_.value(source).name));
        }
        become_identity(node);
        role_[index] = Role::kDequantize;
    }

    struct Codes {
        ir::ElementType model_type;
        ir::StatedQuantization stated;
    };

    bool same_parameters(const ir::Node& dequantize, const Codes& codes) {
        ir::Value& value = graph_.value(dequantize.inputs[0]);
        const ir::ElementType now = value.type;
        value.type = codes.model_type;
        const ir::StatedQuantization stated = linear_parameters(graph_, dequantize);
        value.type = now;
        return stated == codes.stated;
    }

    void take_quantize(size_t index) {
        ir::Node& node = graph_.nodes[index];
        const ir::StatedQuantization stated = linear_parameters(graph_, node);
        if (stated.per_channel()) {
            throw Error(where(node), "scales per channel of a computed tensor have no kernels, only per tensor");
        }
        if (stated.type == ir::ElementType::kInt16 && stated.zero_point[0] != 0) {
            throw Error(where(node), fmt::format("16 bit codes must lie around 0, not around {} (unsigned: 32768)",
                                                 stated.zero_point[0]));
        }
        const ir::ValueId codes = node.outputs.at(0);
        hold_codes(codes, {graph_.value(codes).type, stated});
        become_identity(node);
        role_[index] = Role::kQuantize;
    }

    /// `id` becomes the float32 tensor that its codes stand for.
    void hold_codes(ir::ValueId id, Codes codes) {
        ir::Value& value = graph_.value(id);
        value.type = ir::ElementType::kFloat32;
        value.stated = codes.stated;
        codes_.emplace(id, std::move(codes));
    }

    /// Operators that move codes move real values just as well.
    void pass_codes_on(const ir::Node& node) {
        const Codes* read = nullptr;
        size_t others = 0;
        for (ir::ValueId id : node.inputs) {
            const auto found = codes_.find(id);
            if (found == codes_.end()) {
                others += id != ir::kNoValue && !graph_.is_constant(id) ? 1 : 0;
                continue;
            }
            const bool joins = read == nullptr || read->stated == found->second.stated;
            read = &found->second;
            others += joins ? 0 : 1;
        }
        if (read == nullptr) return;
        const OpRule* rule = find_op_rule(node.domain, node.op);
        const bool concat = rule != nullptr && rule->output == OutputRule::kConcat;
        if (others > 0 || (!only_moves(node) && !concat)) {
            throw Error(where(node),
                        "computes with codes; between QuantizeLinear and DequantizeLinear only operators "
                        "that move data are supported");
        }
        const Codes moved = *read;
        for (ir::ValueId id : node.outputs) {
            if (id != ir::kNoValue && graph_.value(id).type == moved.model_type) hold_codes(id, moved);
        }
    }

    void replace(ir::ValueId from, ir::ValueId to, bool also_where_made) {
        for (ir::Node& node : graph_.nodes) {
            std::replace(node.inputs.begin(), node.inputs.end(), from, to);
            if (also_where_made) std::replace(node.outputs.begin(), node.outputs.end(), from, to);
        }
    }

    /// `from` goes away in favour of `to`, which node `index` makes of it; the node is dropped.
    void let_result_stand(size_t index, ir::ValueId from, ir::ValueId to) {
        role_[index] = Role::kDropped;
        graph_.nodes[index].inputs.clear();
        graph_.nodes[index].outputs.clear();
        replace(from, to, true);
    }
    void let_source_stand(size_t index, ir::ValueId from, ir::ValueId to) {
        role_[index] = Role::kDropped;
        graph_.nodes[index].inputs.clear();
        graph_.nodes[index].outputs.clear();
        replace(to, from, false);
    }

    /// Codes and what they stand for are one tensor.
    void drop_dequantize(size_t index) {
        const ir::ValueId codes = graph_.nodes[index].inputs[0], real = graph_.nodes[index].outputs[0];
        if (!graph_.is_output(real)) {
            let_source_stand(index, codes, real);
            return;
        }
        graph_.value(real).stated = graph_.value(codes).stated;
        if (!graph_.is_output(codes)) let_result_stand(index, codes, real);
    }

    /// A tensor that is only ever read in one quantization has that quantization.
    void drop_quantize(size_t index) {
        const ir::ValueId real = graph_.nodes[index].inputs[0], codes = graph_.nodes[index].outputs[0];
        const std::vector<int> readers = graph_.consumers(real);
        const bool only_quantized = std::all_of(readers.begin(), readers.end(), [&](int reader) {
            return role_[static_cast<size_t>(reader)] == Role::kQuantize;
        });
        ir::Value& source = graph_.value(real);
        const auto& stated = graph_.value(codes).stated;
        if (!only_quantized || graph_.is_constant(real) || graph_.is_output(real) ||
            (source.stated && source.stated != stated) || makes_other_form(real, *stated)) {
            return;
        }
        const bool is_input = std::find(graph_.inputs.begin(), graph_.inputs.end(), real) != graph_.inputs.end();
        if (graph_.is_output(codes) && is_input) return;
        source.stated = stated;
        graph_.is_output(codes) ? let_result_stand(index, real, codes) : let_source_stand(index, real, codes);
    }

    /// Some operators make codes of one form only.
    bool makes_other_form(ir::ValueId id, const ir::StatedQuantization& stated) const {
        const int producer = graph_.producer(id);
        if (producer < 0) return false;
        const Quantization form = *stated_form({"", ir::ElementType::kFloat32, {}, {}, stated, {}});
        const auto fixed = fixed_output(graph_, graph_.nodes[static_cast<size_t>(producer)], form.format);
        return fixed && *fixed != form;
    }

    /// What moves data, and Relu, which cuts at a code, give back codes of their input.
    void state_what_is_moved() {
        for (const ir::Node& node : graph_.nodes) {
            if (node.inputs.empty() || node.inputs[0] == ir::kNoValue) continue;
            const OpRule* rule = find_op_rule(node.domain, node.op);
            const bool concat = rule != nullptr && rule->output == OutputRule::kConcat;
            const bool relu = node.op == "Relu" && node.domain.empty();
            const auto& stated = graph_.value(node.inputs[0]).stated;
            if (!stated || stated->per_channel() || !(only_moves(node) || relu || concat)) continue;
            const bool agree = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ir::ValueId id) {
                return id != ir::kNoValue && graph_.value(id).stated == stated;
            });
            if (concat && !agree) continue;
            for (ir::ValueId id : node.outputs) {
                if (id == ir::kNoValue || graph_.value(id).type != ir::ElementType::kFloat32) continue;
                if (!graph_.value(id).stated) graph_.value(id).stated = stated;
            }
        }
    }

    ir::Graph& graph_;
    std::vector<Role> role_;
    std::map<ir::ValueId, Codes> codes_;
};

/// The activation behind `node` that becomes its clamp, if one may.
const ir::Node* clamp_behind(const ir::Graph& graph, const ir::Node& node) {
    const OpRule* rule = find_op_rule(node.domain, node.op);
    const std::vector<int> readers = graph.consumers(node.outputs[0]);
    if (rule == nullptr || !rule->fuses_activation || readers.size() != 1 || graph.is_output(node.outputs[0])) {
        return nullptr;
    }
    const ir::Node& reader = graph.nodes[static_cast<size_t>(readers[0])];
    return reader.domain.empty() && (reader.op == "Relu" || reader.op == "Clip") ? &reader : nullptr;
}

/// The form of the codes behind an operator that can only make codes of its own, if that is all that reads them.
std::optional<Quantization> form_behind(const ir::Graph& graph, const ir::Node& node) {
    std::optional<Quantization> form;
    for (int reader : graph.consumers(node.outputs[0])) {
        const ir::Node& next = graph.nodes[static_cast<size_t>(reader)];
        const auto made = next.op == "Identity" ? stated_form(graph.value(next.outputs[0])) : std::nullopt;
        if (!made || !fixed_output(graph, node, made->format)) return std::nullopt;
        form = made;
    }
    return graph.is_output(node.outputs[0]) ? std::nullopt : form;
}

}  // namespace

bool has_quantization_nodes(const ir::Graph& graph) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [](const ir::Node& node) { return is_quantize(node) || is_dequantize(node); });
}

bool states_quantization(const ir::Graph& graph) {
    return std::any_of(graph.values.begin(), graph.values.end(),
                       [](const ir::Value& value) { return value.stated.has_value(); });
}

void take_stated_quantization(ir::Graph& graph) { Absorber(graph).run(); }

std::optional<Quantization> stated_form(const ir::Value& value) {
    if (!value.stated || value.stated->per_channel()) return std::nullopt;
    const ir::StatedQuantization& stated = *value.stated;
    switch (stated.type) {
        case ir::ElementType::kInt8:
            return Quantization{NumberFormat::kInt8, stated.scale[0], stated.zero_point[0]};
        case ir::ElementType::kInt16:
            return Quantization{NumberFormat::kInt16, stated.scale[0], stated.zero_point[0]};
        default:
            return std::nullopt;
    }
}

Precision stated_precision(const ir::Graph& graph, int index) {
    const ir::Node& node = graph.nodes[static_cast<size_t>(index)];
    const OpRule* rule = find_op_rule(node.domain, node.op);
    if (rule == nullptr || node.outputs.empty()) return Precision::kF32;
    const auto form_of = [&](ir::ValueId id) { return stated_form(graph.value(id)); };
    if (const int layer = node.inputs.empty() ? -1 : graph.producer(node.inputs[0]);
        layer >= 0 && clamp_behind(graph, graph.nodes[static_cast<size_t>(layer)]) == &node &&
        !form_of(node.inputs[0])) {
        return stated_precision(graph, layer);
    }
    std::optional<Quantization> made = form_of(node.outputs[0]);
    if (const ir::Node* clamp = made ? nullptr : clamp_behind(graph, node)) made = form_of(clamp->outputs[0]);
    if (!made) made = form_behind(graph, node);
    if (!made) return Precision::kF32;
    // An Identity that states something is where the model quantizes, whatever comes in.
    for (size_t i = 0; i < node.inputs.size() && node.op != "Identity"; ++i) {
        const ir::ValueId id = node.inputs[i];
        const bool computed = id != ir::kNoValue && !graph.is_constant(id);
        if (computed && graph.value(id).type == ir::ElementType::kFloat32 && !form_of(id)) return Precision::kF32;
    }
    Precision precision = made->format == NumberFormat::kInt8 ? Precision::kW8A8 : Precision::kW16A16;
    if (rule->has_weights && node.inputs.size() > 1 && graph.is_constant(node.inputs[1])) {
        const auto& weights = graph.value(node.inputs[1]).stated;
        const bool wide = weights && weights->type == ir::ElementType::kInt16;
        if (!weights || (wide && made->format == NumberFormat::kInt8)) return Precision::kF32;
        if (made->format == NumberFormat::kInt16 && !wide) precision = Precision::kW8A16;
    }
    return rule->precisions.contains(precision) ? precision : Precision::kF32;
}

}  // namespace tinamix::quantize
