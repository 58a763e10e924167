// The small networks.
#include "tinamix_network.h"

#include <onnx/onnx_pb.h>

#include <random>
#include <vector>

namespace tinamix::tests {
namespace {

/// Uniform in -1..1, the same on every machine (std::uniform_real_distribution promises no particular values).
class Values {
  public:
    explicit Values(unsigned seed) : engine_(seed) {}
    float next() { return static_cast<float>(engine_() >> 8) / static_cast<float>(1 << 23) - 1.0F; }

  private:
    std::mt19937 engine_;
};

void add_weights(onnx::GraphProto* graph, const std::string& name, const std::vector<int64_t>& shape, float size,
                 Values* values) {
    onnx::TensorProto* tensor = graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    int64_t count = 1;
    for (const int64_t dimension : shape) {
        tensor->add_dims(dimension);
        count *= dimension;
    }
    for (int64_t i = 0; i < count; ++i) tensor->add_float_data(size * values->next());
}

onnx::NodeProto* add_node(onnx::GraphProto* graph, const std::string& op, const std::string& name,
                          const std::vector<std::string>& inputs, const std::string& output) {
    onnx::NodeProto* node = graph->add_node();
    node->set_op_type(op);
    node->set_name(name);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    return node;
}

void add_ints(onnx::NodeProto* node, const std::string& name, const std::vector<int64_t>& values) {
    onnx::AttributeProto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (const int64_t value : values) attribute->add_ints(value);
}

void add_int(onnx::NodeProto* node, const std::string& name, int64_t value) {
    onnx::AttributeProto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(value);
}

void set_type(onnx::ValueInfoProto* value, const std::string& name, const std::vector<int64_t>& shape) {
    value->set_name(name);
    auto* tensor = value->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(onnx::TensorProto::FLOAT);
    for (const int64_t dimension : shape) tensor->mutable_shape()->add_dim()->set_dim_value(dimension);
}

}  // namespace

std::string small_network(const std::string& pool_op) {
    onnx::ModelProto model;
    model.set_ir_version(7);
    model.set_producer_name("tinamix tests");
    model.add_opset_import()->set_version(13);
    onnx::GraphProto* graph = model.mutable_graph();
    graph->set_name("small");
    Values values(7);
    set_type(graph->add_input(), "x", {1, 3, 8, 8});
    set_type(graph->add_output(), "scores", {1, 5});
    add_weights(graph, "conv1.weight", {8, 3, 3, 3}, 0.4F, &values);
    add_weights(graph, "conv1.bias", {8}, 0.2F, &values);
    add_weights(graph, "conv2.weight", {8, 1, 3, 3}, 0.5F, &values);
    add_weights(graph, "fc.weight", {5, 8}, 1.0F, &values);
    add_weights(graph, "fc.bias", {5}, 0.5F, &values);
    onnx::NodeProto* conv1 = add_node(graph, "Conv", "conv1", {"x", "conv1.weight", "conv1.bias"}, "conv1_out");
    add_ints(conv1, "pads", {1, 1, 1, 1});
    add_node(graph, "Relu", "relu1", {"conv1_out"}, "relu1/out:0");
    onnx::NodeProto* conv2 = add_node(graph, "Conv", "conv2", {"relu1/out:0", "conv2.weight"}, "conv2_out");
    add_ints(conv2, "pads", {1, 1, 1, 1});
    add_int(conv2, "group", 8);
    add_node(graph, pool_op, "pool", {"conv2_out"}, "pooled");
    add_node(graph, "Flatten", "flatten", {"pooled"}, "flat");
    add_int(add_node(graph, "Gemm", "fc", {"flat", "fc.weight", "fc.bias"}, "scores"), "transB", 1);
    return model.SerializeAsString();
}

ir::Tensor small_samples(int64_t count, unsigned seed) {
    Values values(seed);
    ir::Tensor tensor(ir::ElementType::kFloat32, {count, 3, 8, 8});
    for (int64_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = values.next();
    return tensor;
}

std::string recurrent_network() {
    onnx::ModelProto model;
    model.set_ir_version(7);
    model.add_opset_import()->set_version(13);
    onnx::GraphProto* graph = model.mutable_graph();
    graph->set_name("recurrent");
    Values values(9);
    set_type(graph->add_input(), "x", {1, 4});
    set_type(graph->add_input(), "s", {1, 6});
    set_type(graph->add_output(), "y", {1, 3});
    set_type(graph->add_output(), "s_next", {1, 6});
    add_weights(graph, "w", {4, 6}, 1.0F, &values);
    add_weights(graph, "r", {6, 6}, 0.6F, &values);
    add_weights(graph, "v", {6, 3}, 1.0F, &values);
    add_node(graph, "MatMul", "from_x", {"x", "w"}, "xw");
    add_node(graph, "MatMul", "from_s", {"s", "r"}, "sr");
    add_node(graph, "Add", "sum", {"xw", "sr"}, "z");
    add_node(graph, "Tanh", "tanh", {"z"}, "s_next");
    add_node(graph, "MatMul", "to_y", {"s_next", "v"}, "y");
    return model.SerializeAsString();
}

ir::Tensor recurrent_frames(int64_t count, unsigned seed) {
    Values values(seed);
    ir::Tensor tensor(ir::ElementType::kFloat32, {count, 1, 4});
    for (int64_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = values.next();
    return tensor;
}

}  // namespace tinamix::tests
