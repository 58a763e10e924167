// Matrix products, Einsum, determinants and recurrent layers.
#include "float/broadcast.h"
#include "float/einsum_plan.h"
#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

/// NumPy's matrix product of both inputs: vectors become matrices and lose the added dimension again.
ir::Shape product_shape(const ShapeCall& call) {
    ir::Shape left = call.shape(0), right = call.shape(1);
    call.require(!left.empty() && !right.empty(), "the inputs must not be scalars");
    const bool row_vector = left.size() == 1, column_vector = right.size() == 1;
    if (row_vector) {
        left.insert(left.begin(), 1);
    }
    if (column_vector) {
        right.push_back(1);
    }
    call.require(right[right.size() - 2] == left.back(), "the inner dimensions of A and B differ");
    ir::Shape shape = float_exec::broadcast_shape(call.node(), ir::Shape(left.begin(), left.end() - 2),
                                                  ir::Shape(right.begin(), right.end() - 2));
    if (!row_vector) {
        shape.push_back(left[left.size() - 2]);
    }
    if (!column_vector) {
        shape.push_back(right.back());
    }
    return shape;
}

Outputs matmul(const ShapeCall& call) {
    call.require_one_type();
    return {{call.type(0), product_shape(call)}};
}

Outputs matmul_integer(const ShapeCall& call) { return {{ir::ElementType::kInt32, product_shape(call)}}; }

Outputs gemm(const ShapeCall& call) {
    call.require_one_type();
    call.require(call.rank(0) == 2 && call.rank(1) == 2, "A and B must be matrices");
    const bool a_turned = call.node().integer("transA", 0) != 0, b_turned = call.node().integer("transB", 0) != 0;
    const ir::Shape &a = call.shape(0), &b = call.shape(1);
    call.require(a[a_turned ? 0 : 1] == b[b_turned ? 1 : 0], "the inner dimensions of A and B differ");
    const ir::Shape shape{a[a_turned ? 1 : 0], b[b_turned ? 0 : 1]};
    call.require(!call.has(2) || float_exec::broadcast_shape(call.node(), shape, call.shape(2)) == shape,
                 "C does not broadcast to the result");
    return {{call.type(0), shape}};
}

Outputs einsum(const ShapeCall& call) {
    call.require_one_type();
    std::vector<ir::Shape> shapes;
    for (size_t i = 0; i < call.input_count(); ++i) {
        shapes.push_back(call.shape(i));
    }
    const float_exec::EinsumPlan plan = float_exec::einsum_plan(call.node(), shapes);
    return {{call.type(0),
             ir::Shape(plan.sizes.begin(), plan.sizes.begin() + static_cast<std::ptrdiff_t>(plan.output_rank))}};
}

Outputs determinant(const ShapeCall& call) {
    const ir::Shape& from = call.shape(0);
    call.require(from.size() >= 2 && from.back() == from[from.size() - 2], "the input must be square matrices");
    return {{call.type(0), ir::Shape(from.begin(), from.end() - 2)}};
}

/// LSTM, GRU and RNN: all steps, the last state, and for LSTM the last cell state.
Outputs recurrent(const ShapeCall& call) {
    call.require(call.rank(0) == 3, "X must have three dimensions");
    const ir::Shape& x = call.shape(0);
    const int64_t hidden = call.node().integer("hidden_size", 0);
    const int64_t directions = call.node().text("direction", "forward") == "bidirectional" ? 2 : 1;
    call.require(hidden >= 1, "the attribute hidden_size is missing or not positive");
    const bool batch_first = call.node().integer("layout", 0) != 0;
    const int64_t steps = x[batch_first ? 1 : 0], batch = x[batch_first ? 0 : 1];
    const ir::Shape state = batch_first ? ir::Shape{batch, directions, hidden} : ir::Shape{directions, batch, hidden};
    const ir::Shape all =
        batch_first ? ir::Shape{batch, steps, directions, hidden} : ir::Shape{steps, directions, batch, hidden};
    Outputs outputs{{call.type(0), all}, {call.type(0), state}};
    if (call.node().op == "LSTM") {
        outputs.push_back({call.type(0), state});
    }
    return outputs;
}

}  // namespace

void add_product_rules(ShapeRules& rules) {
    rules["MatMul"] = matmul;
    rules["MatMulInteger"] = matmul_integer;
    rules["Gemm"] = gemm;
    rules["Einsum"] = einsum;
    rules["Det"] = determinant;
    rules["LSTM"] = rules["GRU"] = rules["RNN"] = recurrent;
}

}  // namespace tinamix::import
