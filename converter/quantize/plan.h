// Decides the number format of every tensor and the precision of every node. Pure over the IR: knows no file format
// and no kernel.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/ranges.h"
#include "ir/graph.h"

namespace tinamix::quantize {

enum class Precision { kW8A8, kW8A16, kW16A16, kF32 };
std::string_view precision_name(Precision precision);  ///< "w8a8", ...
/// Throws Error with the nearest name. Accepts "int8" (w8a8), "int16" (w16a16) and "float" (f32) too.
Precision precision_from_name(std::string_view name);

enum class NumberFormat { kInt8, kInt16, kFloat32 };
NumberFormat activation_format(Precision precision);

/// real = scale * (q - zero_point); float32: scale 1, zero_point 0.
struct Quantization {
    NumberFormat format = NumberFormat::kFloat32;
    float scale = 1.0F;
    int32_t zero_point = 0;
    bool operator==(const Quantization&) const = default;
};

/// Smallest-error parameters that cover [min, max], widened to contain 0. Int8: asymmetric over 256 codes; int16:
/// symmetric.
Quantization quantization_for(NumberFormat format, float min, float max);

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

struct Plan {
    std::vector<Precision> node_precision;  ///< per node of the graph
    std::vector<Quantization> value;        ///< per value of the graph: the form in which its producer leaves it
};

/// Precision: rules over node names (and, so that users may name what they see, output tensor names); nodes that only
/// move data (Reshape, Transpose, Concat of equals, MaxPool, ...) follow their producer unless named.
/// Quantization: from ranges, with the constraints of docs/arithmetic.md (max pool, slice, ... keep their input's;
/// Softmax has a fixed output scale). Throws Error for a rule that matches nothing (with the nearest names), a
/// precision an operator lacks (with the nearest legal one), and a tensor without a range.
Plan make_plan(const ir::Graph& graph, const calibrate::Ranges& ranges, const PrecisionRules& rules);

}  // namespace tinamix::quantize
