// Small graphs written down in code, with the ranges that calibration would have measured.
#pragma once

#include <string>
#include <vector>

#include "calibrate/ranges.h"
#include "ir/graph.h"

namespace tinamix::quantize {

class GraphBuilder {
  public:
    GraphBuilder() {
        graph.name = "net";
        graph.opset = 13;
        ranges.samples = 64;
        ranges.model = "net";
    }

    ir::ValueId input(const std::string& name, float min, float max) {
        const ir::ValueId id = value(name, min, max);
        graph.inputs.push_back(id);
        return id;
    }
    ir::ValueId constant(const std::string& name, const std::vector<float>& values) {
        return graph.add_constant(name, ir::Tensor::from({static_cast<int64_t>(values.size())}, values));
    }
    /// A node with one output, both called `name`, the output measured as [min, max].
    ir::ValueId node(const std::string& op, const std::string& name, const std::vector<ir::ValueId>& inputs, float min,
                     float max) {
        const ir::ValueId id = value(name + "_out", min, max);
        ir::Node made;
        made.name = name;
        made.op = op;
        if (op == "Silu") made.domain = "tinamix";
        made.inputs = inputs;
        made.outputs = {id};
        graph.nodes.push_back(made);
        return id;
    }
    /// A Conv of `input` with a weight and a bias.
    ir::ValueId conv(const std::string& name, ir::ValueId from, float min, float max) {
        return node("Conv", name, {from, constant(name + "_w", {1.0F}), constant(name + "_b", {0.5F})}, min, max);
    }
    void output(ir::ValueId id) { graph.outputs.push_back(id); }

    ir::Graph graph;
    calibrate::Ranges ranges;

  private:
    ir::ValueId value(const std::string& name, float min, float max) {
        ranges.tensors[name] = {min, max, min, max};
        return graph.add_value(name, ir::ElementType::kFloat32, {1});
    }
};

}  // namespace tinamix::quantize
