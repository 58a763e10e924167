// Gemm in the form that has kernels: a constant matrix on the right, a constant bias. What differs becomes Transpose,
// MatMul, Mul and Add, whose results calibration can measure.
#include <utility>

#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// Inserts nodes before node `position` and keeps track of where that one is.
class Splitter {
  public:
    Splitter(ir::Graph& graph, size_t position) : graph_(graph), position_(position) {}

    ir::Node& gemm() { return graph_.nodes[position_]; }
    const ir::Shape& shape(ir::ValueId value) const { return graph_.value(value).shape; }

    /// A node `op` called "<gemm>#<what>" before the Gemm; its result has `shape`.
    ir::ValueId insert(const std::string& op, const std::string& what, std::vector<ir::ValueId> inputs,
                       ir::Shape shape) {
        ir::Node node;
        node.name = gemm().name + "#" + what;
        node.op = op;
        node.inputs = std::move(inputs);
        const ir::ValueId result = graph_.add_value(node.name, ir::ElementType::kFloat32, std::move(shape));
        node.outputs = {result};
        graph_.nodes.insert(graph_.nodes.begin() + static_cast<std::ptrdiff_t>(position_++), std::move(node));
        return result;
    }
    ir::ValueId transposed(ir::ValueId matrix, const std::string& what) {
        return insert("Transpose", what, {matrix}, {shape(matrix)[1], shape(matrix)[0]});
    }
    ir::ValueId scaled(ir::ValueId value, float factor, const std::string& what) {
        if (factor == 1.0F) {
            return value;
        }
        const ir::ValueId constant =
            add_constant(graph_, gemm().name + "#" + what + "_factor", ir::Tensor::from<float>({}, {factor}));
        return insert("Mul", what, {value, constant}, shape(value));
    }

  private:
    ir::Graph& graph_;
    size_t position_;
};

bool is_gemm(const ir::Graph& graph, const ir::Node& node) {
    return node.op == "Gemm" && node.domain.empty() && node.inputs.size() >= 2 &&
           graph.value(node.inputs[0]).type == ir::ElementType::kFloat32;
}

bool has_c(const ir::Node& node) { return node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue; }

}  // namespace

void split_gemm(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!is_gemm(graph, graph.nodes[i])) {
            continue;
        }
        const bool product_of_activations = !graph.is_constant(graph.nodes[i].inputs[1]);
        const bool computes_bias = has_c(graph.nodes[i]) && !graph.is_constant(graph.nodes[i].inputs[2]);
        Splitter split(graph, i);
        if (split.gemm().integer("transA", 0) != 0) {
            const ir::ValueId a = split.transposed(split.gemm().inputs[0], "a");
            split.gemm().inputs[0] = a;
            split.gemm().attributes.erase("transA");
        }
        if (product_of_activations || computes_bias) {
            const ir::ValueId result = split.gemm().outputs[0];
            const ir::Shape shape = graph.value(result).shape;
            const ir::ValueId c = has_c(split.gemm()) ? split.gemm().inputs[2] : ir::kNoValue;
            const float alpha = split.gemm().real("alpha", 1.0F), beta = split.gemm().real("beta", 1.0F);
            ir::ValueId product = ir::kNoValue;
            if (product_of_activations) {
                ir::ValueId b = split.gemm().inputs[1];
                if (split.gemm().integer("transB", 0) != 0) {
                    b = split.transposed(b, "b");
                }
                product = split.insert("MatMul", "product", {split.gemm().inputs[0], b}, shape);
                product = split.scaled(product, alpha, "alpha");
            } else {
                const std::map<std::string, ir::Attribute> attributes = split.gemm().attributes;
                const std::vector<ir::ValueId> inputs = {split.gemm().inputs[0], split.gemm().inputs[1]};
                product = split.insert("Gemm", "product", inputs, shape);
                graph.nodes[static_cast<size_t>(graph.producer(product))].attributes = attributes;
            }
            // The node that remains keeps the Gemm's name and output.
            ir::Node& last = split.gemm();
            if (c == ir::kNoValue) {
                last.op = "Identity";
                last.inputs = {product};
            } else {
                const ir::ValueId bias = split.scaled(c, beta, "beta");
                split.gemm().op = "Add";
                split.gemm().inputs = {product, bias};
            }
            split.gemm().fused = "Gemm";
            split.gemm().attributes.clear();
        }
        while (graph.nodes[i].outputs[0] != split.gemm().outputs[0]) {
            ++i;
        }
    }
}

}  // namespace tinamix::optimize
