// Access to the inputs of a node under inference.
#include "import/shapes/rule.h"

namespace tinamix::import {

const ir::Value& ShapeCall::value(size_t index) const {
    if (!has(index)) {
        throw Error(float_exec::where(node_), "input " + std::to_string(index) + " is missing");
    }
    return *inputs_[index].value;
}

const ir::Tensor& ShapeCall::known(size_t index) const {
    const ir::Value& input = value(index);
    if (inputs_[index].known == nullptr) {
        throw ShapeDependsOnData(float_exec::where(node_), "the shape of its output depends on the content of input " +
                                                               std::to_string(index) + " (`" + input.name + "`)");
    }
    return *inputs_[index].known;
}

std::vector<int64_t> ShapeCall::ints(size_t index) const {
    const ir::Tensor& tensor = known(index);
    require(tensor.type() != ir::ElementType::kFloat32 && tensor.type() != ir::ElementType::kFloat64,
            "a list of integers is of a float type");
    return tensor.to_ints();
}

std::vector<int64_t> ShapeCall::ints_of(size_t index, const char* name) const {
    return has(index) ? ints(index) : node_.integers(name);
}

int64_t ShapeCall::scalar(size_t index, int64_t otherwise) const {
    if (!has(index)) {
        return otherwise;
    }
    require(ir::element_count(shape(index)) == 1, "an input must be one number");
    return ints(index)[0];
}

void ShapeCall::require_one_type(size_t first) const {
    for (size_t i = first + 1; i < input_count(); ++i) {
        require(!has(i) || type(i) == type(first), "the inputs must have one element type");
    }
}

float_exec::Call ShapeCall::executor_call() const {
    std::vector<float_exec::Argument> arguments(inputs_.size());
    for (size_t i = 0; i < inputs_.size(); ++i) {
        arguments[i].tensor = inputs_[i].known;
    }
    return {graph_, node_, std::move(arguments), nullptr};
}

std::vector<InferredOutput> like_first(const ShapeCall& call) { return {{call.type(0), call.shape(0)}}; }

}  // namespace tinamix::import
