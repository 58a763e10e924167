// Operators that make one value of many.
#include "float/movement_shapes.h"
#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

Outputs reduce(const ShapeCall& call) {
    const std::vector<char> reduced = float_exec::reduced_axes(call.node(), call.rank(0), call.ints_of(1, "axes"));
    return {{call.type(0), float_exec::reduced_shape(call.node(), call.shape(0), reduced)}};
}

Outputs arg_reduce(const ShapeCall& call) {
    std::vector<char> reduced(call.rank(0), 0);
    reduced[call.attribute_axis(0)] = 1;
    return {{ir::ElementType::kInt64, float_exec::reduced_shape(call.node(), call.shape(0), reduced)}};
}

/// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss, which can give the log probabilities too.
Outputs loss(const ShapeCall& call) {
    const bool each = call.node().text("reduction", "mean") == "none";
    return {{call.type(0), each ? call.shape(1) : ir::Shape{}}, {call.type(0), call.shape(0)}};
}

}  // namespace

void add_reduction_rules(ShapeRules& rules) {
    for (const char* op : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
                           "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"}) {
        rules[op] = reduce;
    }
    rules["ArgMax"] = rules["ArgMin"] = arg_reduce;
    rules["NegativeLogLikelihoodLoss"] = rules["SoftmaxCrossEntropyLoss"] = loss;
}

}  // namespace tinamix::import
