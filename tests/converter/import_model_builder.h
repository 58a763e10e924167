// Small ONNX files for tests, made with the protobuf classes of ONNX.
#pragma once

#include <onnx/onnx_pb.h>

#include <fstream>
#include <string>
#include <vector>

namespace tinamix {

class ModelBuilder {
  public:
    explicit ModelBuilder(int64_t opset = 13) {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(opset);
        model_.mutable_graph()->set_name("test network");
    }
    onnx::ModelProto& model() { return model_; }
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }

    /// A dimension of 0 becomes the symbol "N<i>".
    ModelBuilder& input(const std::string& name, const std::vector<int64_t>& shape,
                        int32_t type = onnx::TensorProto::FLOAT) {
        describe(*graph().add_input(), name, shape, type);
        return *this;
    }
    ModelBuilder& output(const std::string& name, const std::vector<int64_t>& shape,
                         int32_t type = onnx::TensorProto::FLOAT) {
        describe(*graph().add_output(), name, shape, type);
        return *this;
    }
    onnx::TensorProto& initializer(const std::string& name, const std::vector<int64_t>& shape, int32_t type) {
        onnx::TensorProto& tensor = *graph().add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(type);
        for (int64_t dim : shape) {
            tensor.add_dims(dim);
        }
        return tensor;
    }
    ModelBuilder& floats(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
        onnx::TensorProto& tensor = initializer(name, shape, onnx::TensorProto::FLOAT);
        tensor.mutable_float_data()->Add(values.begin(), values.end());
        return *this;
    }
    ModelBuilder& ints(const std::string& name, const std::vector<int64_t>& values) {
        onnx::TensorProto& tensor = initializer(name, {static_cast<int64_t>(values.size())}, onnx::TensorProto::INT64);
        tensor.mutable_int64_data()->Add(values.begin(), values.end());
        return *this;
    }
    onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs, const std::string& name = "") {
        onnx::NodeProto& node = *graph().add_node();
        node.set_op_type(op);
        node.set_name(name);
        for (const std::string& input : inputs) {
            node.add_input(input);
        }
        for (const std::string& output : outputs) {
            node.add_output(output);
        }
        return node;
    }
    static void ints_attribute(onnx::NodeProto& node, const std::string& name, const std::vector<int64_t>& values) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::INTS);
        attribute.mutable_ints()->Add(values.begin(), values.end());
    }
    static void int_attribute(onnx::NodeProto& node, const std::string& name, int64_t value) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(value);
    }
    void save(const std::string& path) const {
        std::ofstream file(path, std::ios::binary);
        model_.SerializeToOstream(&file);
    }

  private:
    static void describe(onnx::ValueInfoProto& info, const std::string& name, const std::vector<int64_t>& shape,
                         int32_t type) {
        info.set_name(name);
        info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
        auto* dims = info.mutable_type()->mutable_tensor_type()->mutable_shape();
        for (size_t i = 0; i < shape.size(); ++i) {
            if (shape[i] == 0) {
                dims->add_dim()->set_dim_param("N" + std::to_string(i));
            } else {
                dims->add_dim()->set_dim_value(shape[i]);
            }
        }
    }

    onnx::ModelProto model_;
};

}  // namespace tinamix
