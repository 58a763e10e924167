// What each operator may do, in which precision, on which target, and where the quantization of its output comes from.
// One table drives the plan, the search, the messages and docs/operators.md (operator_table.h).
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::quantize {

/// A set of precisions, one bit each.
class PrecisionSet {
  public:
    constexpr PrecisionSet(std::initializer_list<Precision> precisions) {
        for (Precision precision : precisions) bits_ |= bit(precision);
    }
    constexpr bool contains(Precision precision) const { return (bits_ & bit(precision)) != 0; }
    constexpr bool empty() const { return bits_ == 0; }
    std::vector<Precision> list() const;

  private:
    static constexpr unsigned bit(Precision precision) { return 1U << static_cast<unsigned>(precision); }
    unsigned bits_ = 0;
};

/// Where the quantization of an operator's output comes from.
enum class OutputRule {
    kRange,          ///< the measured range of the output
    kRelu,           ///< the same, within [0, inf)
    kClip,           ///< the same, within the bounds of the Clip
    kInput,          ///< that of input 0, exactly: the op copies codes
    kResize,         ///< that of input 0; the measured range with cubic weights, which overshoot
    kFilled,         ///< that of input 0 where it can hold the fill value of the Pad, else the measured range
    kConcat,         ///< that of the inputs where all agree, else the measured range
    kUnitInterval,   ///< fixed: [0, 1) in steps of 2^-8 (zero point -128) or 2^-15
    kSymmetricUnit,  ///< fixed: [-1, 1) in steps of 2^-7 or 2^-15
    kSelect,         ///< as kConcat; the real inputs are then read in it, because the op copies codes
    kRecurrent,      ///< states of LSTM, GRU and RNN (quantize/recurrent.h)
    kIndex,          ///< int32: indices or truth values, exact in every precision
};

struct OpRule {
    std::string_view op, domain;
    PrecisionSet precisions;  ///< it computes in; for kIndex: its real inputs are read in
    OutputRule output;
    bool has_weights;       ///< input 1 is a constant weight, input 2 a constant bias (quantize/weights.h)
    bool reads_constants;   ///< float32 constants among its inputs are operands, quantized like activations
    bool follows_producer;  ///< unless named, takes the precision of the node that makes its first input
    bool fuses_activation;  ///< a Relu or Clip that alone reads its output can become its clamp
    /// Remark for people: what the operator becomes, its limits, why a precision is missing.
    std::string_view note = "";
    /// Precisions in which the operator makes no sense (`note` says why): in a model of that precision it runs in f32.
    /// A layer that is asked for it by name is an error all the same.
    PrecisionSet in_float = {};
    /// Why this node cannot be computed although its operator can (limits.h), "" when it can; null: no limits.
    std::string (*limit)(const ir::Graph& graph, const ir::Node& node) = nullptr;
    /// Names (globs, separated by spaces) of the targets that run it. Every processor runs every kernel of the runtime.
    std::string_view targets = "*";
    /// Precisions that the operator lacks, but a model (or a pattern) may have: it then takes the nearest legal one.
    PrecisionSet in_nearest = {};
};

/// An operator that is gone before precisions are chosen, and what becomes of it.
struct RewrittenOp {
    std::string_view op, becomes;
};

/// Every operator that has kernels, and those that are rewritten into them.
std::span<const OpRule> op_rules();
std::span<const RewrittenOp> rewritten_ops();
/// Null when there is none.
const OpRule* find_op_rule(std::string_view domain, std::string_view op);
/// The form that kUnitInterval and kSymmetricUnit stand for; nothing for other rules.
std::optional<Quantization> unit_form(OutputRule output, NumberFormat format);
/// The form of the result of an operator whose integer kernels make no other; nothing for the rest.
std::optional<Quantization> fixed_output(const ir::Graph& graph, const ir::Node& node, NumberFormat format);
bool runs_on(const OpRule& rule, std::string_view target);

/// Why no kernel computes this node, in any precision: "" when one does. Unknown operators come with the nearest name.
std::string reason_against(const ir::Graph& graph, const ir::Node& node);
/// Why nothing computes the element types of its results: "" when something does. Indices and truth values come from
/// operators that make them, and from those that move what they get.
std::string reason_against_types(const ir::Graph& graph, const ir::Node& node);
/// True for a MatMul that has no constant matrix as its second operand: nothing to quantize per channel.
bool multiplies_activations(const ir::Graph& graph, const ir::Node& node);
/// Rule of `node`. Throws Error naming the node and its op where reason_against() gives a reason.
const OpRule& op_rule(const ir::Graph& graph, const ir::Node& node);

/// "w8a8 is not among its precisions (nearest: w8a16)"; "" when `precision` is legal. For ops without weights w8a16 and
/// w16a16 are the same: int16 activations.
std::string reason_against(const OpRule& rule, Precision precision);
/// The legal precision that keeps the most of the one asked for: more bits rather than fewer, integers before floats.
Precision nearest_legal(const OpRule& rule, Precision precision);

/// A node that cannot be converted, and why.
struct NodeProblem {
    const ir::Node* node;
    std::string reason;
};
/// Throws one Error from `where` that lists all of `problems`, each with operator, name and reason; returns when there
/// are none.
void fail_with_all(const std::string& where, const std::vector<NodeProblem>& problems);

}  // namespace tinamix::quantize
