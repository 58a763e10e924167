// A table of the operators, and the writing out.
#include "import/integer_operators.h"

#include <algorithm>
#include <optional>

#include "diagnostics/error.h"

namespace tinamix::import {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;

/// Positions of codes, scale and zero point among the inputs.
struct Codes {
    int codes, scale, zero_point;
    std::optional<int64_t> axis = {};  ///< of scales per channel
};

struct Form {
    const char *domain, *op, *real_op;
    std::vector<Codes> operands;
    int result_scale;                                    ///< the zero point follows
    int bias = -1;                                       ///< int32, in steps of the product of both operands' scales
    std::vector<std::pair<const char*, int64_t>> fixed;  ///< attributes that the real operator lacks: the only value
};

const std::vector<Form>& forms() {
    static const std::vector<Form> forms = {
        {"", "QLinearConv", "Conv", {{0, 1, 2}, {3, 4, 5, 0}}, 6, 8, {}},
        {"", "QLinearMatMul", "MatMul", {{0, 1, 2}, {3, 4, 5, -1}}, 6, -1, {}},
        {"com.microsoft", "QGemm", "Gemm", {{0, 1, 2}, {3, 4, 5, 1}}, 7, 6, {}},
        {"com.microsoft", "QLinearAdd", "Add", {{0, 1, 2}, {3, 4, 5}}, 6, -1, {}},
        {"com.microsoft", "QLinearMul", "Mul", {{0, 1, 2}, {3, 4, 5}}, 6, -1, {}},
        {"com.microsoft", "QLinearSigmoid", "Sigmoid", {{0, 1, 2}}, 3, -1, {}},
        {"com.microsoft", "QLinearLeakyRelu", "LeakyRelu", {{0, 1, 2}}, 3, -1, {}},
        {"com.microsoft", "QLinearAveragePool", "AveragePool", {{0, 1, 2}}, 3, -1, {{"channels_last", 0}}},
        {"com.microsoft", "QLinearGlobalAveragePool", "GlobalAveragePool", {{0, 1, 2}}, 3, -1, {{"channels_last", 0}}},
        {"com.microsoft", "QLinearConcat", "Concat", {}, 0, -1, {}},
    };
    return forms;
}

const Form* find_form(const NodeProto& node) {
    const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
    const auto found = std::find_if(forms().begin(), forms().end(), [&](const Form& form) {
        return domain == form.domain && node.op_type() == form.op;
    });
    return found == forms().end() ? nullptr : &*found;
}

AttributeProto* find_attribute(NodeProto& node, const std::string& name) {
    for (AttributeProto& attribute : *node.mutable_attribute()) {
        if (attribute.name() == name) {
            return &attribute;
        }
    }
    return nullptr;
}

void set_int(NodeProto& node, const std::string& name, int64_t value) {
    AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(AttributeProto::INT);
    attribute.set_i(value);
}

class Writer {
  public:
    Writer(const NodeProto& node, const std::string& where) : node_(node), where_(where) {
        if (node_.output_size() != 1 || node_.output(0).empty()) {
            throw Error(where_, "must have one output");
        }
        name_ = node.name().empty() ? node.output(0) : node.name();
        made_ = node.output(0) + "/";
    }

    std::vector<NodeProto> write(const Form& form) {
        NodeProto real;
        real.set_op_type(form.real_op);
        real.set_name(name_);
        *real.mutable_attribute() = node_.attribute();
        for (const auto& [attribute, only] : form.fixed) {
            drop_attribute(real, attribute, only);
        }
        std::vector<Codes> operands = form.operands;
        if (operands.empty()) {
            operands = listed_operands();
        }
        if (const AttributeProto* turned = find_attribute(real, "transB"); turned != nullptr && turned->i() != 0) {
            operands.at(1).axis = 0;  // B is [outputs, inputs]
        }
        for (const Codes& operand : operands) {
            real.add_input(dequantized(operand));
        }
        if (form.bias >= 0 && has(form.bias)) {
            real.add_input(dequantized_bias(form, operands, real));
        }
        const bool floats = std::string(form.op) == "QGemm" && !has(form.result_scale);
        real.add_output(floats ? node_.output(0) : made_ + "real");
        nodes_.push_back(real);
        if (!floats) {
            quantize(form.result_scale);
        }
        return std::move(nodes_);
    }

  private:
    bool has(int index) const { return index < node_.input_size() && !node_.input(index).empty(); }
    const std::string& input(int index) const {
        if (!has(index)) {
            throw Error(where_, "input " + std::to_string(index) + " is missing");
        }
        return node_.input(index);
    }

    void drop_attribute(NodeProto& real, const std::string& name, int64_t only) const {
        auto* attributes = real.mutable_attribute();
        for (int i = attributes->size(); i-- > 0;) {
            const AttributeProto& attribute = attributes->Get(i);
            if (attribute.name() != name) {
                continue;
            }
            if (attribute.type() != AttributeProto::INT || attribute.i() != only) {
                throw Error(where_, "attribute `" + name + "` must be " + std::to_string(only));
            }
            attributes->DeleteSubrange(i, 1);
        }
    }

    /// QLinearConcat: scale and zero point of the result, then three inputs for each part.
    std::vector<Codes> listed_operands() const {
        std::vector<Codes> operands;
        for (int i = 2; i < node_.input_size(); i += 3) {
            operands.push_back({i, i + 1, i + 2});
        }
        return operands;
    }

    NodeProto& add(const char* op, const std::string& what, const std::vector<std::string>& inputs,
                   const std::string& output) {
        NodeProto& made = nodes_.emplace_back();
        made.set_op_type(op);
        made.set_name(name_ + "/" + what);
        for (const std::string& name : inputs) {
            made.add_input(name);
        }
        made.add_output(output);
        return made;
    }

    std::string dequantized(const Codes& operand) {
        const std::string what = "dequantize_" + std::to_string(operand.codes);
        std::string output = made_ + what;
        std::vector<std::string> inputs{input(operand.codes), input(operand.scale)};
        if (has(operand.zero_point)) {
            inputs.push_back(input(operand.zero_point));
        }
        NodeProto& made = add("DequantizeLinear", what, inputs, output);
        if (operand.axis) {
            set_int(made, "axis", *operand.axis);
        }
        return output;
    }

    /// The bias of a Gemm is multiplied by alpha, as its product is.
    std::string dequantized_bias(const Form& form, const std::vector<Codes>& operands, NodeProto& real) {
        const std::string scale = made_ + "bias_scale";
        std::string output = made_ + "dequantize_bias";
        add("Mul", "bias_scale", {input(operands.at(0).scale), input(operands.at(1).scale)}, scale);
        set_int(add("DequantizeLinear", "dequantize_bias", {input(form.bias), scale}, output), "axis", -1);
        if (const AttributeProto* alpha = find_attribute(real, "alpha"); alpha != nullptr) {
            AttributeProto beta = *alpha;
            beta.set_name("beta");
            *real.add_attribute() = beta;
        }
        return output;
    }

    void quantize(int scale) {
        add("QuantizeLinear", "quantize", {made_ + "real", input(scale), input(scale + 1)}, node_.output(0));
    }

    const NodeProto& node_;
    const std::string& where_;
    std::string name_;  ///< of the node
    std::string made_;  ///< start of the names of new tensors; outputs are unique, names of nodes need not be
    std::vector<NodeProto> nodes_;
};

}  // namespace

bool is_integer_operator(const NodeProto& node) { return find_form(node) != nullptr; }

std::vector<NodeProto> written_out(const NodeProto& node, const std::string& where) {
    return Writer(node, where).write(*find_form(node));
}

}  // namespace tinamix::import
