// Lengths written out as roots of sums of squares, as the magnitude of a spectrum is, become ReduceL2. A tensor of
// squares would need twice the bits of what they are of; ReduceL2 keeps the sum exact and needs none.
#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// d where `id` is d * d or d ^ 2 and node `reader` alone reads it; else kNoValue.
ir::ValueId squared_by(const ir::Graph& graph, ir::ValueId id, int reader) {
    if (only_reader(graph, id) != reader) {
        return ir::kNoValue;
    }
    if (const ir::Node* product = producer_of(graph, id, "Mul")) {
        return product->inputs[0] == product->inputs[1] ? product->inputs[0] : ir::kNoValue;
    }
    const ir::Node* power = producer_of(graph, id, "Pow");
    const ir::Tensor* exponent = power == nullptr ? nullptr : constant_input(graph, *power, 1);
    const bool is_two = exponent != nullptr && exponent->elements() == 1 && exponent->to_floats().front() == 2.0F;
    return is_two ? power->inputs[0] : ir::kNoValue;
}

/// Root of a * a + b * b: a and b are stacked, and the length taken across.
bool fuse_pair(ir::Graph& graph, size_t root, int sum) {
    const ir::Node& add = graph.nodes[static_cast<size_t>(sum)];
    const ir::ValueId a = squared_by(graph, add.inputs[0], sum), b = squared_by(graph, add.inputs[1], sum);
    if (a == ir::kNoValue || b == ir::kNoValue || graph.value(a).shape != graph.value(b).shape ||
        graph.value(a).type != ir::ElementType::kFloat32) {
        return false;
    }
    ir::Shape layer = graph.value(a).shape, stack = layer;
    layer.insert(layer.begin(), 1);
    stack.insert(stack.begin(), 2);
    const std::string name = graph.value(graph.nodes[root].outputs[0]).name;
    graph.nodes[root].fused = "Add+Sqrt";
    inherit_names(graph.nodes[root], add);
    const ir::ValueId shape =
        add_constant(graph, name + "_layer", ir::Tensor::from<int64_t>({static_cast<int64_t>(layer.size())}, layer));
    const ir::ValueId first = insert_before(graph, root, "Reshape", {a, shape}, layer);
    const ir::ValueId second = insert_before(graph, root + 1, "Reshape", {b, shape}, layer);
    const ir::ValueId both = insert_before(graph, root + 2, "Concat", {first, second}, stack);
    graph.nodes[root + 2].attributes = {{"axis", int64_t{0}}};
    ir::Node& length = graph.nodes[root + 3];
    length.op = "ReduceL2";
    length.inputs = {both};
    length.attributes = {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}};
    return true;
}

/// Root of a ReduceSumSquare, or of a ReduceSum of squares: the reduction becomes ReduceL2 and takes the root's place.
bool fuse_sum(ir::Graph& graph, size_t root, int sum) {
    ir::Node& reduction = graph.nodes[static_cast<size_t>(sum)];
    const ir::ValueId x =
        reduction.op == "ReduceSum" ? squared_by(graph, reduction.inputs[0], sum) : reduction.inputs[0];
    if (x == ir::kNoValue || graph.value(x).type != ir::ElementType::kFloat32) {
        return false;
    }
    reduction.inputs[0] = x;
    absorb_next(graph, sum, static_cast<int>(root));
    graph.nodes[static_cast<size_t>(sum)].op = "ReduceL2";
    return true;
}

bool fuse_length(ir::Graph& graph, size_t root) {
    const ir::Node& node = graph.nodes[root];
    if (node.op != "Sqrt" || !node.domain.empty() || only_reader(graph, node.inputs[0]) != static_cast<int>(root)) {
        return false;
    }
    const int sum = graph.producer(node.inputs[0]);
    if (sum < 0 || !graph.nodes[static_cast<size_t>(sum)].domain.empty()) {
        return false;
    }
    const std::string& op = graph.nodes[static_cast<size_t>(sum)].op;
    if (op == "Add") {
        return fuse_pair(graph, root, sum);
    }
    return (op == "ReduceSum" || op == "ReduceSumSquare") && fuse_sum(graph, root, sum);
}

}  // namespace

void fuse_lengths(ir::Graph& graph) {
    bool fused = false;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        fused |= fuse_length(graph, i);
    }
    if (fused) {
        graph.remove_dead();  // the squares
    }
}

}  // namespace tinamix::optimize
