#include "qdq_model.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "import/tensor_proto.h"
#include "quantize/quantization.h"

namespace tinamix {
namespace {

using onnx::TensorProto;

class Writer {
  public:
    Writer(const ir::Graph& graph, const calibrate::Ranges& ranges, const QdqOptions& options)
        : graph_(graph), ranges_(ranges), options_(options) {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(options.opset);
        if (*options.domain != '\0') {
            auto& contributed = *model_.add_opset_import();
            contributed.set_domain(options.domain);
            contributed.set_version(1);
        }
        out().set_name(graph.name);
    }

    onnx::ModelProto run() {
        for (ir::ValueId id : graph_.inputs) {
            declare(*out().add_input(), id);
            quantize(id, graph_.value(id).name);
        }
        for (const ir::Node& node : graph_.nodes) {
            write(node);
        }
        for (ir::ValueId id : graph_.outputs) {
            declare(*out().add_output(), id);
        }
        return model_;
    }

  private:
    onnx::GraphProto& out() { return *model_.mutable_graph(); }
    const ir::Value& value(ir::ValueId id) const { return graph_.value(id); }

    void declare(onnx::ValueInfoProto& info, ir::ValueId id) const {
        info.set_name(value(id).name);
        info.mutable_type()->mutable_tensor_type()->set_elem_type(TensorProto::FLOAT);
        for (int64_t dim : value(id).shape) {
            info.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(dim);
        }
    }

    onnx::NodeProto& node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                          const std::string& output) {
        onnx::NodeProto& made = *out().add_node();
        made.set_op_type(op);
        made.set_name(name);
        for (const std::string& input : inputs) {
            made.add_input(input);
        }
        made.add_output(output);
        return made;
    }

    void floats(const std::string& name, const ir::Shape& shape, const std::vector<float>& values) {
        TensorProto proto = import::to_proto(ir::Tensor::from<float>(shape, values));
        proto.set_name(name);
        *out().add_initializer() = proto;
    }

    void integers(const std::string& name, int32_t type, const ir::Shape& shape, const std::vector<int64_t>& values) {
        TensorProto& proto = *out().add_initializer();
        proto.set_name(name);
        proto.set_data_type(type);
        for (int64_t dim : shape) {
            proto.add_dims(dim);
        }
        for (int64_t code : values) {
            proto.add_int32_data(static_cast<int32_t>(code));
        }
    }

    /// Pairs stand where quantization tools put them: not between a layer and the Relu that becomes its clamp.
    bool is_quantized(ir::ValueId id) const {
        if (value(id).type != ir::ElementType::kFloat32) {
            return false;
        }
        const std::vector<int> readers = graph_.consumers(id);
        const bool clamped = readers.size() == 1 && (graph_.nodes[static_cast<size_t>(readers[0])].op == "Relu" ||
                                                     graph_.nodes[static_cast<size_t>(readers[0])].op == "Clip");
        return !clamped || graph_.is_output(id) || graph_.producer(id) < 0;
    }

    quantize::Quantization activation(ir::ValueId id) const {
        const calibrate::Range& range = ranges_.tensors.at(value(id).name);
        const bool wide = options_.activations == TensorProto::INT16 || options_.activations == TensorProto::UINT16;
        return quantize::quantization_for(wide ? quantize::NumberFormat::kInt16 : quantize::NumberFormat::kInt8,
                                          range.min, range.max);
    }

    /// Q and D of the tensor that the model has under the name `made`; what reads the value reads `<name>_dq`.
    void quantize(ir::ValueId id, const std::string& made) {
        const std::string& name = value(id).name;
        const std::string real = graph_.is_output(id) ? name : name + "_dq";
        const quantize::Quantization form = activation(id);
        const int32_t shift = options_.activations == TensorProto::UINT8    ? 128
                              : options_.activations == TensorProto::UINT16 ? 32768
                                                                            : 0;
        floats(name + "_scale", {}, {form.scale});
        integers(name + "_zero_point", options_.activations, {}, {form.zero_point + shift});
        node("QuantizeLinear", name + "_Q", {made, name + "_scale", name + "_zero_point"}, name + "_q")
            .set_domain(options_.domain);
        node("DequantizeLinear", name + "_D", {name + "_q", name + "_scale", name + "_zero_point"}, real)
            .set_domain(options_.domain);
        read_as_[id] = real;
    }

    void per_axis(onnx::NodeProto& dequantize, int64_t axis) {
        onnx::AttributeProto& attribute = *dequantize.add_attribute();
        attribute.set_name("axis");
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(axis);
        dequantize.set_domain(options_.domain);
    }

    /// Codes of a constant with one scale per index of `axis`; returns the scales.
    std::vector<float> weights(ir::ValueId id, int64_t axis) {
        const ir::Tensor& tensor = *value(id).constant;
        const std::vector<float> real = tensor.to_floats();
        int64_t inner = 1;
        for (size_t i = static_cast<size_t>(axis) + 1; i < tensor.shape().size(); ++i) {
            inner *= tensor.shape()[i];
        }
        const int64_t channels = tensor.shape()[static_cast<size_t>(axis)];
        const auto channel = [&](size_t i) { return static_cast<size_t>(static_cast<int64_t>(i) / inner % channels); };
        std::vector<float> scales(static_cast<size_t>(channels), 0);
        for (size_t i = 0; i < real.size(); ++i) {
            scales[channel(i)] = std::max(scales[channel(i)], std::fabs(real[i]) / 127);
        }
        float largest = 1e-6F;
        for (float scale : scales) {
            largest = std::max(largest, scale);
        }
        for (float& scale : scales) {
            scale = options_.per_channel && scale > 0 ? scale : largest;
        }
        const bool is_unsigned = options_.weights == TensorProto::UINT8;
        std::vector<int64_t> codes;
        for (size_t i = 0; i < real.size(); ++i) {
            codes.push_back(std::lround(real[i] / scales[channel(i)]) + (is_unsigned ? 128 : 0));
        }
        const std::string& name = value(id).name;
        integers(name + "_q", options_.weights, tensor.shape(), codes);
        const std::vector<int64_t> zeros(options_.per_channel ? scales.size() : 1, is_unsigned ? 128 : 0);
        const ir::Shape shape = options_.per_channel ? ir::Shape{channels} : ir::Shape{};
        floats(name + "_scale", shape, options_.per_channel ? scales : std::vector<float>{largest});
        integers(name + "_zero_point", options_.weights, shape, zeros);
        per_axis(
            node("DequantizeLinear", name + "_D", {name + "_q", name + "_scale", name + "_zero_point"}, name + "_dq"),
            axis);
        read_as_[id] = name + "_dq";
        return scales;
    }

    void bias(ir::ValueId id, float input_scale, const std::vector<float>& weight_scales) {
        const std::vector<float> real = value(id).constant->to_floats();
        std::vector<float> scales;
        std::vector<int64_t> codes;
        for (size_t i = 0; i < real.size(); ++i) {
            scales.push_back(input_scale * weight_scales[i]);
            codes.push_back(std::lround(real[i] / scales.back()));
        }
        const std::string& name = value(id).name;
        const auto count = static_cast<int64_t>(real.size());
        integers(name + "_q", TensorProto::INT32, {count}, codes);
        floats(name + "_scale", {count}, scales);
        per_axis(node("DequantizeLinear", name + "_D", {name + "_q", name + "_scale"}, name + "_dq"), 0);
        read_as_[id] = name + "_dq";
    }

    void constant(ir::ValueId id) {
        if (read_as_.count(id) != 0) {
            return;
        }
        TensorProto proto = import::to_proto(*value(id).constant);
        proto.set_name(value(id).name);
        *out().add_initializer() = proto;
        read_as_[id] = value(id).name;
    }

    void write(const ir::Node& node_) {
        const bool layer = node_.op == "Conv" || node_.op == "Gemm" || node_.op == "MatMul";
        if (layer && graph_.is_constant(node_.inputs[1])) {
            const int64_t axis = node_.op == "Conv" || node_.integer("transB", 0) != 0 ? 0 : 1;
            const std::vector<float> scales = weights(node_.inputs[1], axis);
            if (node_.inputs.size() > 2) {
                bias(node_.inputs[2], activation(node_.inputs[0]).scale, scales);
            }
        }
        std::vector<std::string> inputs;
        for (ir::ValueId id : node_.inputs) {
            if (id != ir::kNoValue && graph_.is_constant(id)) {
                constant(id);
            }
            inputs.push_back(id == ir::kNoValue ? "" : read_as_.at(id));
        }
        const ir::ValueId result = node_.outputs[0];
        const bool quantized = is_quantized(result);
        const std::string made = quantized ? value(result).name + "_raw" : value(result).name;
        onnx::NodeProto& proto = node(node_.op, node_.name, inputs, made);
        for (const auto& [name, attribute] : node_.attributes) {
            write_attribute(*proto.add_attribute(), name, attribute);
        }
        read_as_[result] = made;
        if (quantized) {
            quantize(result, made);
        }
    }

    static void write_attribute(onnx::AttributeProto& proto, const std::string& name, const ir::Attribute& attribute) {
        proto.set_name(name);
        if (const auto* integer = std::get_if<int64_t>(&attribute)) {
            proto.set_type(onnx::AttributeProto::INT);
            proto.set_i(*integer);
        } else if (const auto* real = std::get_if<float>(&attribute)) {
            proto.set_type(onnx::AttributeProto::FLOAT);
            proto.set_f(*real);
        } else if (const auto* text = std::get_if<std::string>(&attribute)) {
            proto.set_type(onnx::AttributeProto::STRING);
            proto.set_s(*text);
        } else if (const auto* list = std::get_if<std::vector<int64_t>>(&attribute)) {
            proto.set_type(onnx::AttributeProto::INTS);
            proto.mutable_ints()->Add(list->begin(), list->end());
        }
    }

    const ir::Graph& graph_;
    const calibrate::Ranges& ranges_;
    const QdqOptions& options_;
    onnx::ModelProto model_;
    std::map<ir::ValueId, std::string> read_as_;
};

}  // namespace

onnx::ModelProto qdq_model(const ir::Graph& graph, const calibrate::Ranges& ranges, const QdqOptions& options) {
    return Writer(graph, ranges, options).run();
}

}  // namespace tinamix
