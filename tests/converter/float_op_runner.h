// Runs one operator on given tensors through the float executor: every input is an input of a one-node graph.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "float/executor.h"
#include "ir/graph.h"

namespace tinamix {

class OpRunner {
  public:
    explicit OpRunner(const std::string& op, int64_t opset = 13, const std::string& domain = "") {
        graph_.name = "one node";
        graph_.opset = opset;
        ir::Node node;
        node.name = "the node";
        node.op = op;
        node.domain = domain;
        graph_.nodes.push_back(node);
    }
    OpRunner& input(ir::Tensor tensor) {
        const ir::ValueId id = graph_.add_value("in" + std::to_string(tensors_.size()), tensor.type(), tensor.shape());
        graph_.inputs.push_back(id);
        node().inputs.push_back(id);
        tensors_.push_back(std::move(tensor));
        return *this;
    }
    OpRunner& floats(const ir::Shape& shape, const std::vector<float>& values) {
        return input(ir::Tensor::from<float>(shape, values));
    }
    OpRunner& ints(const std::vector<int64_t>& values) {
        return input(ir::Tensor::from<int64_t>({static_cast<int64_t>(values.size())}, values));
    }
    OpRunner& absent() {
        node().inputs.push_back(ir::kNoValue);
        return *this;
    }
    OpRunner& attribute(const std::string& name, ir::Attribute value) {
        node().attributes[name] = std::move(value);
        return *this;
    }
    OpRunner& outputs(int count) {
        output_count_ = count;
        return *this;
    }
    /// All outputs, after a run through a graph that declares exactly their shapes.
    std::vector<ir::Tensor> run_all() {
        std::vector<const ir::Tensor*> inputs;
        size_t next = 0;
        for (ir::ValueId id : node().inputs) {
            inputs.push_back(id == ir::kNoValue ? nullptr : &tensors_[next++]);
        }
        node().outputs.assign(static_cast<size_t>(output_count_), ir::kNoValue);
        const std::vector<ir::Tensor> alone = float_exec::evaluate_node(graph_, node(), inputs);
        for (size_t i = 0; i < node().outputs.size(); ++i) {
            node().outputs[i] = graph_.add_value("out" + std::to_string(i), alone[i].type(), alone[i].shape());
            graph_.outputs.push_back(node().outputs[i]);
        }
        return float_exec::Executor(graph_).run(tensors_);
    }
    ir::Tensor run() { return run_all().at(0); }

  private:
    ir::Node& node() { return graph_.nodes[0]; }

    ir::Graph graph_;
    std::vector<ir::Tensor> tensors_;
    int output_count_ = 1;
};

/// 0, 1, 2, ... of a shape.
inline std::vector<float> counting(int64_t count, float first = 0) {
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) {
        values.push_back(first + static_cast<float>(i));
    }
    return values;
}

}  // namespace tinamix
