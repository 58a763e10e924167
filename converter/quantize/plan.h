// Decides the number format of every tensor and the precision of every node. Pure over the IR: knows no file format
// and no kernel.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/ranges.h"
#include "ir/graph.h"
#include "quantize/head_join.h"
#include "quantize/quantization.h"

namespace tinamix::quantize {

enum class Precision { kW8A8, kW8A16, kW16A16, kF32 };
std::string_view precision_name(Precision precision);  ///< "w8a8", ...
/// Throws Error with the nearest name. Accepts "int8" (w8a8), "int16" (w16a16) and "float" (f32) too.
Precision precision_from_name(std::string_view name);

NumberFormat activation_format(Precision precision);

/// Names (globs: * ? [..]) and their precision, in the order given; the last match wins.
struct PrecisionRules {
    Precision base = Precision::kW8A8;
    struct Rule {
        std::string pattern;
        Precision precision;
        std::string where;  ///< "layers.yaml:7", for errors
    };
    std::vector<Rule> rules;
};
/// YAML: `layers: {pattern: precision, ...}` or a list of `- {name: pattern, precision: w8a16}`. Strict.
std::vector<PrecisionRules::Rule> read_layer_rules(const std::string& path);

/// True if the whole of `text` matches `pattern`: * any characters (also /), ? any one, [abc], [a-z], [!a-z] one of
/// (not of) a set, \x the character x. A [ without its ] is itself.
bool glob_matches(std::string_view pattern, std::string_view text);

struct Plan {
    std::vector<Precision> node_precision;  ///< per node of the graph
    /// Per value of the graph: the form in which its producer (for graph inputs: the interface) leaves it. Where a Relu
    /// or Clip fuses (quantize/fusion.h), the skipped value has the form of the activation's output. Values that are
    /// not float32: int32. Constants: the default; see node_input.
    std::vector<Quantization> value;
    /// Per node and input: the form in which the node reads it. For computed values it differs from `value` exactly
    /// where a Requantize, Quantize or Dequantize must stand between. For constant operands of Add, Concat and their
    /// kin it is the form to quantize them to. Weights, biases, and inputs that are parameters or absent: the default.
    std::vector<std::vector<Quantization>> node_input;
    /// The joins (quantize/head_join.h) that are float32 because no rule names them.
    std::vector<HeadJoin> head_joins;
};

/// Precision: rules over node names (and, so that users may name what they see, output tensor names). Unless named,
/// nodes that only move data (Reshape, Transpose, Concat, MaxPool, ...) and Relu and Clip follow the node that makes
/// their first input; movers of a graph input take the highest precision of their readers. A Concat that joins values
/// of very different size for an output (quantize/head_join.h), and what only moves its result, is float32, so that
/// every input keeps its own scale. Ops without weights keep the name that was asked for; w8a16 and w16a16 then both
/// mean int16 activations. Quantization: from ranges, with the constraints of docs/arithmetic.md (max pool, slice, ...
/// keep their input's; Softmax has a fixed output scale). What only a Concat reads is made in the Concat's form. A
/// graph that states its quantization (quantize/stated.h) says the precision of nodes that no rule names, and the
/// parameters of its tensors, which need no ranges then. Throws
/// Error for a rule that matches nothing (with the nearest names), a precision an operator lacks (with the legal ones),
/// an operator without kernels, and a tensor without a range.
Plan make_plan(const ir::Graph& graph, const calibrate::Ranges& ranges, const PrecisionRules& rules);

}  // namespace tinamix::quantize
