// libonnx has the schemas up to opset 17; those that changed later and those of new operators stand in a table here.
#include "import/operator_schema.h"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "diagnostics/error.h"

namespace tinamix::import {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using Attributes = std::vector<std::pair<std::string, AttributeProto::AttributeType>>;

/// The form of an operator from opset `since` on. All but the first inputs may be absent, as long as they are below
/// `least_inputs` their names must be there.
struct NewerForm {
    std::string op;
    int64_t since;
    int least_inputs, most_inputs;
    bool many_outputs;  ///< otherwise one
    Attributes attributes;
};

constexpr AttributeProto::AttributeType kInt = AttributeProto::INT, kInts = AttributeProto::INTS,
                                        kFloat = AttributeProto::FLOAT, kText = AttributeProto::STRING;

std::vector<NewerForm> make_newer_forms() {
    const Attributes window = {{"auto_pad", kText},     {"ceil_mode", kInt}, {"dilations", kInts},
                               {"kernel_shape", kInts}, {"pads", kInts},     {"strides", kInts}};
    const auto with = [](Attributes attributes, const char* name) {
        attributes.emplace_back(name, kInt);
        return attributes;
    };
    std::vector<NewerForm> forms = {
        // Also of 16 bits, and with the attributes of opset 21 and of the contributed operators.
        {"QuantizeLinear",
         10,
         2,
         3,
         false,
         {{"axis", kInt}, {"saturate", kInt}, {"block_size", kInt}, {"output_dtype", kInt}, {"precision", kInt}}},
        {"DequantizeLinear", 10, 2, 3, false, {{"axis", kInt}, {"block_size", kInt}}},
        {"Split", 18, 1, 2, true, {{"axis", kInt}, {"num_outputs", kInt}}},
        {"Pad", 18, 2, 4, false, {{"mode", kText}}},
        {"Resize",
         18,
         1,
         4,
         false,
         {{"antialias", kInt},
          {"axes", kInts},
          {"coordinate_transformation_mode", kText},
          {"cubic_coeff_a", kFloat},
          {"exclude_outside", kInt},
          {"extrapolation_value", kFloat},
          {"keep_aspect_ratio_policy", kText},
          {"mode", kText},
          {"nearest_mode", kText}}},
        {"LpPool", 18, 1, 1, false, with(window, "p")},
        {"AveragePool", 19, 1, 1, false, with(window, "count_include_pad")},
        {"Mish", 18, 1, 1, false, {}},
        {"GroupNormalization", 18, 3, 3, false, {{"epsilon", kFloat}, {"num_groups", kInt}, {"stash_type", kInt}}},
        {"Cast", 19, 1, 1, false, {{"saturate", kInt}, {"to", kInt}}},
        {"CastLike", 19, 2, 2, false, {{"saturate", kInt}}},
        {"Gelu", 20, 1, 1, false, {{"approximate", kText}}},
        {"DFT", 20, 1, 3, false, {{"inverse", kInt}, {"onesided", kInt}}},
    };
    // ReduceSum took its axes as an input from opset 13 on, and libonnx knows that.
    for (const char* op : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMin",
                           "ReduceMean", "ReduceProd", "ReduceSumSquare"}) {
        forms.push_back({op, 18, 1, 2, false, {{"keepdims", kInt}, {"noop_with_empty_axes", kInt}}});
    }
    return forms;
}

/// Null where libonnx knows the form, or nobody.
const NewerForm* newer_form(const std::string& op, int64_t opset) {
    static const std::vector<NewerForm> forms = make_newer_forms();
    const auto found = std::find_if(forms.begin(), forms.end(),
                                    [&](const NewerForm& form) { return form.op == op && opset >= form.since; });
    return found == forms.end() ? nullptr : &*found;
}

const onnx::OpSchema* libonnx_schema(const std::string& op, int64_t opset) {
    return onnx::OpSchemaRegistry::Schema(op, static_cast<int>(opset), "");
}

void check_attribute_names(const NodeProto& node, const std::vector<std::string>& known, const std::string& where) {
    for (const AttributeProto& attribute : node.attribute()) {
        if (std::find(known.begin(), known.end(), attribute.name()) == known.end()) {
            throw Error(where, "has no attribute `" + attribute.name() + "`", did_you_mean(attribute.name(), known));
        }
    }
}

[[noreturn]] void fail_missing(const char* what, int index, const std::string& where) {
    throw Error(where, std::string(what) + " " + std::to_string(index) + " is missing");
}

void check_newer_form(const NodeProto& node, const NewerForm& form, const std::string& where) {
    std::vector<std::string> names;
    for (const auto& [name, type] : form.attributes) {
        names.push_back(name);
    }
    check_attribute_names(node, names, where);
    for (const AttributeProto& attribute : node.attribute()) {
        const auto known = std::find_if(form.attributes.begin(), form.attributes.end(),
                                        [&](const auto& entry) { return entry.first == attribute.name(); });
        if (attribute.type() != known->second) {
            throw Error(where, "attribute `" + attribute.name() + "` is of the wrong type");
        }
    }
    if (node.input_size() < form.least_inputs || node.input_size() > form.most_inputs || node.output_size() < 1 ||
        (!form.many_outputs && node.output_size() != 1)) {
        throw Error(where, "has " + std::to_string(node.input_size()) + " inputs and " +
                               std::to_string(node.output_size()) + " outputs");
    }
    for (int i = 0; i < form.least_inputs; ++i) {
        if (node.input(i).empty()) {
            fail_missing("input", i, where);
        }
    }
    if (node.output(0).empty()) {
        fail_missing("output", 0, where);
    }
}

/// Outputs that have no name although they must: libonnx looks at inputs only.
void check_outputs(const NodeProto& node, const onnx::OpSchema& schema, const std::string& where) {
    for (int i = 0; i < node.output_size() && !schema.outputs().empty(); ++i) {
        const auto& parameter = schema.outputs()[std::min(static_cast<size_t>(i), schema.outputs().size() - 1)];
        if (node.output(i).empty() && parameter.GetOption() == onnx::OpSchema::Single) {
            fail_missing("output", i, where);
        }
    }
}

void check_known_form(const NodeProto& node, const onnx::OpSchema& schema, const std::string& where) {
    std::vector<std::string> names;
    for (const auto& [name, attribute] : schema.attributes()) {
        names.push_back(name);
    }
    check_attribute_names(node, names, where);
    try {
        schema.Verify(node);
    } catch (const std::exception& problem) {
        throw Error(where, problem.what());
    }
    check_outputs(node, schema, where);
}

/// Numbers beyond any real network, so that nobody has to think of overflow.
void check_attribute_ranges(const NodeProto& node, const std::string& where) {
    constexpr int64_t kLargest = 1 << 24;
    for (const AttributeProto& attribute : node.attribute()) {
        const std::string& name = attribute.name();
        const bool counts = name == "strides" || name == "dilations" || name == "kernel_shape" || name == "group";
        const bool distances = name == "pads" || name == "output_padding";
        if (!counts && !distances) {
            continue;
        }
        std::vector<int64_t> values(attribute.ints().begin(), attribute.ints().end());
        if (attribute.type() == AttributeProto::INT) {
            values.push_back(attribute.i());
        }
        for (int64_t value : values) {
            if (value < (counts ? 1 : -kLargest) || value > kLargest) {
                throw Error(where, "attribute `" + name + "` has an entry of " + std::to_string(value));
            }
        }
    }
}

}  // namespace

bool is_onnx_operator(const std::string& op, int64_t opset) {
    return libonnx_schema(op, opset) != nullptr || newer_form(op, opset) != nullptr;
}

void check_schema(const NodeProto& node, int64_t opset, const std::string& where) {
    if (const NewerForm* form = newer_form(node.op_type(), opset); form != nullptr) {
        check_newer_form(node, *form, where);
    } else if (const onnx::OpSchema* schema = libonnx_schema(node.op_type(), opset); schema != nullptr) {
        check_known_form(node, *schema, where);
    }
    check_attribute_ranges(node, where);
}

}  // namespace tinamix::import
