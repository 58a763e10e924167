// A constant added per channel becomes the bias of the product before it; MatMul by a constant is a Gemm of all rows.
#include <cstdint>
#include <string>
#include <utility>

#include "optimize/optimize.h"
#include "optimize/per_channel.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// Gemm takes matrices only, so a MatMul over batches stays one.
void turn_into_gemm(const ir::Graph& graph, ir::Node& node) {
    const ir::Tensor* weights = constant_input(graph, node, 1);
    if (node.op == "MatMul" && node.domain.empty() && weights != nullptr && weights->shape().size() == 2 &&
        weights->type() == ir::ElementType::kFloat32 && graph.value(node.inputs[0]).shape.size() == 2) {
        node.fused = fused_name(node);
        node.op = "Gemm";
    }
}

/// The one value per column that `node` adds to `x` [..., columns], or null.
const ir::Tensor* added_row(const ir::Graph& graph, const ir::Node& node, ir::ValueId x, int64_t columns) {
    if (node.op != "Add" || !node.domain.empty()) return nullptr;
    const ir::Tensor* row = constant_input(graph, node, node.inputs[0] == x ? 1 : 0);
    if (row == nullptr || row->type() != ir::ElementType::kFloat32 || row->elements() != columns) return nullptr;
    return !row->shape().empty() && row->shape().back() == columns ? row : nullptr;
}

bool is_clamp(const ir::Node& node) { return node.domain.empty() && (node.op == "Relu" || node.op == "Clip"); }

/// `node` gives back `from` in the shape of its output from now on.
void turn_into_reshape(ir::Graph& graph, ir::Node& node, ir::ValueId from) {
    const ir::Shape& shape = graph.value(node.outputs[0]).shape;
    ir::Tensor sizes = ir::Tensor::from({static_cast<int64_t>(shape.size())}, std::vector<int64_t>(shape));
    node.name += "#shape";
    node.op = node.fused = "Reshape";
    node.attributes.clear();
    node.inputs = {from, add_constant(graph, node.name, std::move(sizes))};
}

/// A value like that of the output of `node`, as a matrix.
ir::ValueId add_matrix(ir::Graph& graph, const ir::Node& node, const ir::Shape& shape) {
    const std::string stem = graph.value(node.outputs[0]).name + "#rows";
    std::string name = stem;
    for (int count = 1; graph.find_value(name) != ir::kNoValue; ++count) name = stem + "_" + std::to_string(count);
    return graph.add_value(name, ir::ElementType::kFloat32, shape);
}

/// MatMul of a batch of matrices by a constant, an Add of a constant row [and Relu or Clip] -> Reshape, Gemm [, clamp],
/// Reshape: the rows of all matrices are one matrix, and the sum is rounded once. False where node `index` is none.
bool turn_into_gemm_of_rows(ir::Graph& graph, size_t index) {
    const ir::Node& product = graph.nodes[index];
    const ir::Tensor* weights = constant_input(graph, product, 1);
    if (product.op != "MatMul" || !product.domain.empty() || weights == nullptr || weights->shape().size() != 2 ||
        weights->type() != ir::ElementType::kFloat32 || graph.value(product.inputs[0]).stated) {
        return false;
    }
    const ir::ValueId x = product.inputs[0], y = product.outputs[0];
    const int64_t inputs = weights->shape()[0], columns = weights->shape()[1];
    const int64_t elements = ir::element_count(graph.value(x).shape);
    int add = only_reader(graph, y);
    if (add < 0 || elements == 0 || graph.value(x).shape.size() < 3) return false;
    const ir::Tensor* row = added_row(graph, graph.nodes[static_cast<size_t>(add)], y, columns);
    const ir::ValueId sum = graph.nodes[static_cast<size_t>(add)].outputs[0];
    if (row == nullptr || graph.value(sum).shape != graph.value(y).shape || graph.value(sum).stated) return false;
    ir::Tensor bias = ir::Tensor::from({columns}, row->to_floats());
    const int64_t rows = elements / inputs;

    const ir::ValueId matrix = insert_before(graph, index, "Reshape", {x, ir::kNoValue}, {rows, inputs});
    graph.nodes[index].fused = "Reshape";
    graph.nodes[index].inputs[1] = add_constant(graph, graph.nodes[index].name + "#shape",
                                                ir::Tensor::from({2}, std::vector<int64_t>{rows, inputs}));
    ir::Node& gemm = graph.nodes[index + 1];
    ir::Node& next = graph.nodes[static_cast<size_t>(++add)];
    const ir::ValueId sums = add_matrix(graph, next, {rows, columns});
    gemm.op = "Gemm";
    gemm.fused = "MatMul+Add";
    gemm.inputs = {matrix, gemm.inputs[1], add_constant(graph, gemm.name + "#bias", std::move(bias))};
    gemm.outputs = {sums};
    inherit_names(gemm, next);
    const int clamp = only_reader(graph, sum);
    if (clamp >= 0 && is_clamp(graph.nodes[static_cast<size_t>(clamp)])) {
        // The clamp before the Reshape, where it can join the product.
        ir::Node& last = graph.nodes[static_cast<size_t>(clamp)];
        const ir::ValueId clamped = add_matrix(graph, last, {rows, columns});
        ir::Node moved = last;
        moved.inputs[0] = sums;
        moved.outputs = {clamped};
        next = std::move(moved);
        turn_into_reshape(graph, last, clamped);
    } else {
        turn_into_reshape(graph, next, sums);
    }
    return true;
}

}  // namespace

void fuse_bias(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const auto index = static_cast<int>(i);
        turn_into_gemm(graph, graph.nodes[i]);
        if (turn_into_gemm_of_rows(graph, i)) continue;
        while (takes_affine(graph.nodes[i])) {
            const ir::ValueId out = graph.nodes[i].outputs[0];
            const int next = only_reader(graph, out);
            const auto affine = next < 0 ? std::nullopt : affine_of(graph, graph.nodes[static_cast<size_t>(next)], out);
            if (!affine || !affine->only_offset || !take_into_weights(graph, index, *affine)) {
                break;
            }
            absorb_next(graph, index, next);
        }
    }
}

}  // namespace tinamix::optimize
