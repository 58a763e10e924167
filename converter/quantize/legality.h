// What each operator may do: its precisions and where the quantization of its output comes from. One table drives the
// plan and the messages about it.
#pragma once

#include <initializer_list>
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
};

struct OpRule {
    std::string_view op, domain;
    PrecisionSet precisions;
    OutputRule output;
    bool has_weights;       ///< input 1 is a constant weight, input 2 a constant bias (quantize/weights.h)
    bool reads_constants;   ///< float32 constants among its inputs are operands, quantized like activations
    bool follows_producer;  ///< unless named, takes the precision of the node that makes its first input
    bool fuses_activation;  ///< a Relu or Clip that alone reads its output can become its clamp
};

/// Every operator that has kernels.
std::span<const OpRule> op_rules();
/// Rule of `node`. Throws Error naming the node and its op when there is none (with the nearest op), and when the node
/// uses an attribute or a dynamic operand that no kernel has (Resize that is not nearest, weights that are not
/// constant).
const OpRule& op_rule(const ir::Graph& graph, const ir::Node& node);
/// Throws Error at `where` naming node, op and the legal precisions when `precision` is not legal. For ops without
/// weights w8a16 and w16a16 are the same: int16 activations.
void require_legal(const OpRule& rule, const ir::Node& node, Precision precision, const std::string& where);

}  // namespace tinamix::quantize
