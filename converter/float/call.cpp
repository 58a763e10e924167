// Input access and errors of an operator call.
#include "float/call.h"

#include "float/layout.h"

namespace tinamix::float_exec {

std::string where(const ir::Node& node) { return node.op + " `" + node.name + "`"; }

size_t normalized_axis(const ir::Node& node, int64_t axis, size_t rank) {
    const auto signed_rank = static_cast<int64_t>(rank);
    if (axis < -signed_rank || axis >= signed_rank) {
        throw Error(where(node),
                    "axis " + std::to_string(axis) + " of a tensor with " + std::to_string(rank) + " dimensions");
    }
    return static_cast<size_t>(axis < 0 ? axis + signed_rank : axis);
}

void require(const ir::Node& node, bool condition, const char* what) {
    if (!condition) {
        throw Error(where(node), what);
    }
}

const ir::Tensor& Call::input(size_t index) const {
    if (!has(index)) {
        fail("input " + std::to_string(index) + " is missing");
    }
    return *arguments_[index].tensor;
}

const ir::Shape& Call::declared_shape(size_t index) const {
    if (index >= node_.inputs.size() || node_.inputs[index] == ir::kNoValue) {
        fail("input " + std::to_string(index) + " is missing");
    }
    return graph_.value(node_.inputs[index]).shape;
}

std::vector<int64_t> Call::ints(size_t index) const {
    const ir::Tensor& tensor = input(index);
    if (tensor.type() == ir::ElementType::kFloat32 || tensor.type() == ir::ElementType::kFloat64) {
        fail("input " + std::to_string(index) + " must hold integers");
    }
    return tensor.to_ints();
}

int64_t Call::scalar(size_t index, int64_t otherwise) const {
    if (!has(index)) {
        return otherwise;
    }
    require(input(index).elements() == 1, "a size, count or axis must be one number");
    return ints(index)[0];
}

std::vector<int64_t> Call::ints_of(size_t index, const char* name) const {
    return has(index) ? ints(index) : node_.integers(name);
}

size_t Call::axis(int64_t axis, size_t index) const {
    size_t rank = input(index).shape().size();
    return storage_axis(normalized_axis(axis, rank), rank, layout(index));
}

ir::Tensor Call::reuse(size_t index) {
    Argument& argument = arguments_[index];
    if (argument.dying != nullptr) {
        ir::Tensor* tensor = argument.dying;
        for (Argument& other : arguments_) {
            other.dying = other.dying == tensor ? nullptr : other.dying;
        }
        return std::move(*tensor);
    }
    return ir::Tensor::uninitialized(argument.tensor->type(), argument.tensor->shape());
}

void Call::fail(const std::string& what) const { throw Error(where(node_), what); }

}  // namespace tinamix::float_exec
