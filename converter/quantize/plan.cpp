// From precisions and ranges to the form of every value, in the order of execution.
#include "quantize/plan.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "ir/data_movement.h"
#include "quantize/fill_value.h"
#include "quantize/fusion.h"
#include "quantize/legality.h"
#include "quantize/node_precision.h"
#include "quantize/recurrent.h"
#include "quantize/stated.h"
#include "quantize/tables.h"
#include "quantize/useful_range.h"

namespace tinamix::quantize {

namespace {

constexpr Quantization kIndexForm = {NumberFormat::kInt32, 1.0F, 0};

/// The second half of the plan: number formats and scales, in the order of execution.
class Quantizer {
  public:
    Quantizer(const ir::Graph& graph, const calibrate::Ranges& ranges, const PrecisionRules& rules)
        : graph_(graph), ranges_(ranges), base_(rules.base) {
        plan_.head_joins = find_head_joins(graph, ranges);
        plan_.node_precision = assign_node_precisions(graph, rules, plan_.head_joins);
        plan_.value.resize(graph.values.size());
        plan_.node_input.resize(graph.nodes.size());
        concat_form_.resize(graph.values.size());
    }

    Plan run() {
        share_concat_forms();
        for (ir::ValueId input : graph_.inputs) quantize_graph_input(input);
        for (const ir::State& state : graph_.states) quantize_state(state);
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            check_types(graph_.nodes[i]);
            quantize_inputs(i);
            quantize_outputs(i);
        }
        std::erase_if(plan_.head_joins, [&](const HeadJoin& join) { return reads_only_float(join.node); });
        return std::move(plan_);
    }

  private:
    Quantization& value(ir::ValueId id) { return plan_.value[static_cast<size_t>(id)]; }
    const ir::Node* producer(ir::ValueId id) const {
        const int index = graph_.producer(id);
        return index < 0 ? nullptr : &graph_.nodes[static_cast<size_t>(index)];
    }

    bool is_real(ir::ValueId id) const { return graph_.value(id).type == ir::ElementType::kFloat32; }

    void check_types(const ir::Node& node) const {
        const std::string reason = reason_against_types(graph_, node);
        if (!reason.empty()) throw Error(fmt::format("node `{}` ({})", node.name, node.op), reason);
    }

    [[noreturn]] void fail_without_range(ir::ValueId id) const {
        const ir::Node* node = producer(id);
        std::vector<std::string> names;
        for (const auto& [name, range] : ranges_.tensors) names.push_back(name);
        const std::string& name = graph_.value(id).name;
        throw Error(fmt::format("tensor `{}`", name),
                    fmt::format("{} has no range in those measured on {} samples of `{}`",
                                node == nullptr ? "this input of the graph"
                                                : fmt::format("the output of node `{}` ({})", node->name, node->op),
                                ranges_.samples, ranges_.model),
                    ranges_.samples == 0 ? "give calibration data" : did_you_mean(name, names));
    }

    /// All that the codes of a model that is quantized already can say.
    static calibrate::Range stated_range(const Quantization& stated) {
        const CodeRange codes = code_range(stated.format);
        const float min = stated.scale * static_cast<float>(codes.min - stated.zero_point);
        const float max = stated.scale * static_cast<float>(codes.max - stated.zero_point);
        return {min, max, min, max};
    }

    /// Measured range, within what the operator can produce. Values that an operator only moves may lack their own.
    /// Int16 covers everything that was observed: with 65536 codes clipping, which calibration methods do for int8's
    /// sake, only loses.
    calibrate::Range range_of(ir::ValueId id, NumberFormat format) const {
        const ir::Node* node = producer(id);
        const auto found = ranges_.tensors.find(graph_.value(id).name);
        const OutputRule output = node == nullptr ? OutputRule::kRange : op_rule(graph_, *node).output;
        if (found == ranges_.tensors.end()) {
            if (const auto stated = stated_form(graph_.value(id))) return stated_range(*stated);
            const bool moves = output == OutputRule::kInput || output == OutputRule::kResize;
            if (moves && !graph_.is_constant(node->inputs.front())) {
                return range_of(node->inputs.front(), format);
            }
            fail_without_range(id);
        }
        calibrate::Range range = found->second;
        if (format == NumberFormat::kInt16) {
            range.min = range.observed_min;
            range.max = range.observed_max;
        }
        if (output == OutputRule::kRelu || output == OutputRule::kClip) {
            const ActivationBounds bounds = activation_bounds(graph_, *node);
            range.min = static_cast<float>(std::clamp<double>(range.min, bounds.lo, bounds.hi));
            range.max = static_cast<float>(std::clamp<double>(range.max, bounds.lo, bounds.hi));
        }
        return range;
    }

    /// True for cell states of LSTMs that saturate, and what is joined or cut from nothing but states of such layers.
    bool holds_cells(ir::ValueId id) const {
        const ir::Node* node = producer(id);
        if (node == nullptr) return false;
        if (cell_state_saturates(*node)) return true;
        if (!ir::only_moves_data(*node)) return false;
        return std::all_of(node->inputs.begin(), node->inputs.end(), [&](ir::ValueId input) {
            return input == ir::kNoValue || graph_.is_constant(input) || holds_cells(input);
        });
    }

    static void limit_cells(calibrate::Range& range) {
        range.min = std::clamp(range.min, -kLargestCellState, kLargestCellState);
        range.max = std::clamp(range.max, -kLargestCellState, kLargestCellState);
    }

    /// range_of(), together with that of the other end where the value is a state or becomes one: both are one tensor.
    calibrate::Range kept_range(ir::ValueId id, NumberFormat format) const {
        calibrate::Range range = range_of(id, format);
        for (const ir::State& state : graph_.states) {
            if (state.input != id && state.output != id) continue;
            const calibrate::Range other = range_of(state.input == id ? state.output : state.input, format);
            range.min = std::min(range.min, other.min);
            range.max = std::max(range.max, other.max);
            if (holds_cells(state.output)) limit_cells(range);
        }
        if (holds_cells(id)) limit_cells(range);
        return range;
    }

    /// kept_range(), without the ends that its only reader, a function by table, cannot tell apart.
    calibrate::Range read_range(ir::ValueId id, NumberFormat format) const {
        const calibrate::Range range = kept_range(id, format);
        const std::vector<int> readers = graph_.consumers(id);
        if (readers.size() != 1 || graph_.is_output(id)) return range;
        const ir::Node& reader = graph_.nodes[static_cast<size_t>(readers.front())];
        const NumberFormat result = activation_format(plan_.node_precision[static_cast<size_t>(readers.front())]);
        if (!is_tabulated(graph_, reader) || has_steps(reader) || result == NumberFormat::kFloat32) return range;
        // Cut values are all wrong to the same side, so that a cut costs more than rounding of the same size.
        constexpr double kToleratedSteps = 1.0 / 16;
        const double step = static_cast<double>(best_for(reader.outputs.front(), result).scale);
        return useful_range(scalar_function(graph_, reader), range, kToleratedSteps * step);
    }

    /// A Concat rounds every input to its own form. What nothing else reads is made in that form right away and rounded
    /// once instead of twice; the Concat then copies codes.
    void share_concat_forms() {
        for (size_t i = graph_.nodes.size(); i-- > 0;) {
            const ir::Node& node = graph_.nodes[i];
            const NumberFormat format = activation_format(plan_.node_precision[i]);
            if (op_rule(graph_, node).output != OutputRule::kConcat || format == NumberFormat::kFloat32) continue;
            const Quantization form = best_for(node.outputs.front(), format);
            for (ir::ValueId input : node.inputs) offer_form(input, form);
        }
    }

    /// Lets the producer of `id` make it in `form`, if it has that choice and nobody else reads it.
    void offer_form(ir::ValueId id, const Quantization& form) {
        if (id == ir::kNoValue || graph_.is_output(id) || graph_.consumers(id).size() != 1) return;
        if (graph_.value(id).stated) return;
        const int index = graph_.producer(id);
        if (index < 0 || activation_format(plan_.node_precision[static_cast<size_t>(index)]) != form.format) return;
        const ir::Node& node = graph_.nodes[static_cast<size_t>(index)];
        const OutputRule output = op_rule(graph_, node).output;
        if (output == OutputRule::kUnitInterval || output == OutputRule::kSymmetricUnit ||
            output == OutputRule::kRecurrent) {
            return;
        }
        const bool copies = copies_codes(node, output);
        if ((copies || output == OutputRule::kFilled) && node.outputs.size() == 1) {
            offer_form(node.inputs.front(), form);
        }
        if (!copies) concat_form_[static_cast<size_t>(id)] = form;
    }

    /// The output of `node`, whose rule is `output`, has the form of input 0.
    static bool copies_codes(const ir::Node& node, OutputRule output) {
        return output == OutputRule::kInput ||
               (output == OutputRule::kResize && node.text("mode", "nearest") != "cubic");
    }

    bool reads_only_float(int node) const {
        const std::vector<ir::ValueId>& inputs = graph_.nodes[static_cast<size_t>(node)].inputs;
        return std::all_of(inputs.begin(), inputs.end(), [&](ir::ValueId input) {
            return graph_.is_constant(input) ||
                   plan_.value[static_cast<size_t>(input)].format == NumberFormat::kFloat32;
        });
    }

    /// What the model states, where it states codes of that width.
    std::optional<Quantization> stated_as(ir::ValueId id, NumberFormat format) const {
        const auto stated = stated_form(graph_.value(id));
        return stated && stated->format == format ? stated : std::nullopt;
    }

    /// The form of the state h of a recurrent node. Gates keep h within [-1, 1], but what a network is given as its
    /// first state may lie outside.
    Quantization hidden_state(const ir::Node& node, NumberFormat format) const {
        if (format != NumberFormat::kInt16 || !hidden_state_is_bounded(node)) {
            return measured(node.outputs.front() != ir::kNoValue ? node.outputs[0] : node.outputs[1], format);
        }
        const ir::ValueId initial = node.inputs.size() > 5 ? node.inputs[5] : ir::kNoValue;
        if (initial == ir::kNoValue || graph_.is_constant(initial)) return gate_quantization();
        const Quantization given = measured(initial, format);
        return given.scale > gate_quantization().scale * kInt16Headroom ? given : gate_quantization();
    }

    /// The form of the state c of an LSTM: over all steps where the optimizer has made that visible.
    Quantization cell_state(const ir::Node& node, NumberFormat format) const {
        return measured(node.outputs.size() > 3 ? node.outputs[3] : node.outputs[2], format);
    }

    Quantization measured(ir::ValueId id, NumberFormat format) const {
        const calibrate::Range range = read_range(id, format);
        try {
            return quantization_with_headroom(format, range.min, range.max);
        } catch (const Error& error) {
            throw Error(fmt::format("tensor `{}`", graph_.value(id).name), error.what());
        }
    }

    /// The best parameters for a value in a format, whatever form it has so far.
    Quantization best_for(ir::ValueId id, NumberFormat format) const {
        if (format == NumberFormat::kFloat32) return {};
        const ir::Node* node = producer(id);
        if (const auto fixed = node == nullptr ? std::nullopt : fixed_output(graph_, *node, format)) return *fixed;
        if (const auto stated = stated_as(id, format)) return *stated;
        const std::optional<Quantization>& shared = concat_form_[static_cast<size_t>(id)];
        if (shared && shared->format == format) return *shared;
        if (node != nullptr) {
            const OutputRule output = op_rule(graph_, *node).output;
            if (output == OutputRule::kRecurrent) {
                const bool is_cell = node->outputs.size() > 2 && id != node->outputs[0] && id != node->outputs[1];
                return is_cell ? cell_state(*node, format) : hidden_state(*node, format);
            }
            if (const auto unit = unit_form(output, format)) return *unit;
        }
        return measured(id, format);
    }

    /// The form in which a node with activations of `format` reads a computed value.
    Quantization read_as(ir::ValueId id, NumberFormat format) {
        if (const auto stated = stated_as(id, format)) return *stated;
        if (value(id).format == format) return value(id);
        if (value(id).format == NumberFormat::kInt8 && format == NumberFormat::kInt16) {
            return widened_to_int16(value(id));
        }
        return best_for(id, format);
    }

    void quantize_graph_input(ir::ValueId id) {
        if (!is_real(id)) {
            value(id) = kIndexForm;
            return;
        }
        std::vector<Precision> readers;
        for (int reader : graph_.consumers(id)) readers.push_back(plan_.node_precision[static_cast<size_t>(reader)]);
        value(id) = best_for(id, activation_format(precision_for_readers(readers, base_)));
    }

    /// A state has 16 bits, so that rounding does not add up over a long sequence.
    void quantize_state(const ir::State& state) {
        quantize_graph_input(state.input);
        if (value(state.input).format == NumberFormat::kInt8) {
            value(state.input) = best_for(state.input, NumberFormat::kInt16);
        }
    }

    void quantize_inputs(size_t index) {
        const ir::Node& node = graph_.nodes[index];
        const OpRule& rule = op_rule(graph_, node);
        const NumberFormat format = activation_format(plan_.node_precision[index]);
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            const ir::ValueId id = node.inputs[i];
            Quantization form;
            const bool first_state = rule.output == OutputRule::kRecurrent && (i == 5 || i == 6);
            if (id != ir::kNoValue && first_state && format != NumberFormat::kFloat32) {
                form = i == 5 ? hidden_state(node, format) : cell_state(node, format);  // like the states it makes
            } else if (id != ir::kNoValue && (!graph_.is_constant(id) || rule.reads_constants)) {
                form = !is_real(id)              ? kIndexForm
                       : !graph_.is_constant(id) ? read_as(id, format)
                                                 : quantize_constant(node, id, format);
            }
            plan_.node_input[index].push_back(form);
        }
        // What moves data states its result's numbers: then they are those of its input too.
        const bool moves = rule.output == OutputRule::kFilled || copies_codes(node, rule.output);
        if (moves && format != NumberFormat::kFloat32) {
            if (const auto stated = stated_as(node.outputs.front(), format)) plan_.node_input[index].front() = *stated;
        }
    }

    Quantization quantize_constant(const ir::Node& node, ir::ValueId id, NumberFormat format) const {
        if (const auto stated = stated_as(id, format)) return *stated;
        try {
            return quantization_for_constant(format, graph_.value(id).constant->to_floats());
        } catch (const Error& error) {
            throw Error(fmt::format("node `{}` ({})", node.name, node.op),
                        fmt::format("constant `{}`: {}", graph_.value(id).name, error.what()));
        }
    }

    /// The activation that becomes the clamp of node `index`, or null.
    const ir::Node* fused_activation(const ir::Node& node) const {
        const std::vector<int> readers = graph_.consumers(node.outputs.front());
        if (readers.size() != 1 || !fuses_into_producer(graph_, plan_, readers.front())) return nullptr;
        return &graph_.nodes[static_cast<size_t>(readers.front())];
    }

    /// What all real inputs of a Concat or Where agree on, if they do.
    std::optional<Quantization> common_input(size_t index) const {
        std::optional<Quantization> common;
        for (size_t i = 0; i < plan_.node_input[index].size(); ++i) {
            const ir::ValueId id = graph_.nodes[index].inputs[i];
            if (id == ir::kNoValue || !is_real(id)) continue;
            const Quantization& form = plan_.node_input[index][i];
            if (common && *common != form) return std::nullopt;
            common = form;
        }
        return common;
    }

    /// The form of the real outputs of node `index`.
    Quantization output_form(size_t index) {
        const ir::Node& node = graph_.nodes[index];
        const NumberFormat format = activation_format(plan_.node_precision[index]);
        const OutputRule output = op_rule(graph_, node).output;
        if (format == NumberFormat::kFloat32) return {};
        if (copies_codes(node, output)) return plan_.node_input[index].front();
        if (output == OutputRule::kFilled) {
            // Pad copies codes: what it reads is already as its output.
            Quantization& input = plan_.node_input[index].front();
            if (!holds(input, fill_value(graph_, node))) input = best_for(node.outputs.front(), format);
            return input;
        }
        const bool joins = output == OutputRule::kConcat || output == OutputRule::kSelect;
        if (joins && !stated_as(node.outputs.front(), format)) {
            if (const std::optional<Quantization> form = common_input(index)) return *form;
        }
        const ir::Node* activation = fused_activation(node);
        return best_for((activation == nullptr ? node : *activation).outputs.front(), format);
    }

    void quantize_outputs(size_t index) {
        const ir::Node& node = graph_.nodes[index];
        std::optional<Quantization> form;
        for (ir::ValueId id : node.outputs) {
            if (id == ir::kNoValue) continue;
            const ir::Node& node = graph_.nodes[index];
            if (op_rule(graph_, node).output == OutputRule::kRecurrent) {
                value(id) = best_for(id, activation_format(plan_.node_precision[index]));
                continue;
            }
            if (is_real(id) && !form) form = output_form(index);
            value(id) = is_real(id) ? *form : kIndexForm;
        }
        if (op_rule(graph_, node).output != OutputRule::kSelect) return;
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (is_real(node.inputs[i])) plan_.node_input[index][i] = *form;
        }
    }

    const ir::Graph& graph_;
    const calibrate::Ranges& ranges_;
    Precision base_;
    Plan plan_;
    std::vector<std::optional<Quantization>> concat_form_;  ///< per value: the form of the Concat that alone reads it
};

}  // namespace

Plan make_plan(const ir::Graph& graph, const calibrate::Ranges& ranges, const PrecisionRules& rules) {
    return Quantizer(graph, ranges, rules).run();
}

}  // namespace tinamix::quantize
