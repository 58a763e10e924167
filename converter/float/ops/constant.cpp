// Constant (in each of its forms) and ConstantOfShape.
#include <cstring>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

Tensors constant(Call& call) {
    if (call.node().attributes.size() == 1) {
        const auto& [name, value] = *call.node().attributes.begin();
        if (const auto* tensor = std::get_if<ir::Tensor>(&value); tensor != nullptr && name == "value") {
            return {*tensor};
        }
        if (const auto* number = std::get_if<float>(&value); number != nullptr && name == "value_float") {
            return {ir::Tensor::from<float>({}, {*number})};
        }
        if (const auto* number = std::get_if<int64_t>(&value); number != nullptr && name == "value_int") {
            return {ir::Tensor::from<int64_t>({}, {*number})};
        }
        if (const auto* list = std::get_if<std::vector<float>>(&value); list != nullptr && name == "value_floats") {
            return {ir::Tensor::from<float>({static_cast<int64_t>(list->size())}, *list)};
        }
        if (const auto* list = std::get_if<std::vector<int64_t>>(&value); list != nullptr && name == "value_ints") {
            return {ir::Tensor::from<int64_t>({static_cast<int64_t>(list->size())}, *list)};
        }
    }
    call.fail("exactly one of value, value_float(s), value_int(s) is needed");
}

Tensors constant_of_shape(Call& call) {
    const ir::Shape shape = call.ints(0);
    ir::Tensor value(ir::ElementType::kFloat32, {1});
    if (const auto found = call.node().attributes.find("value"); found != call.node().attributes.end()) {
        const auto* given = std::get_if<ir::Tensor>(&found->second);
        call.require(given != nullptr && given->elements() == 1, "`value` must be a tensor of one element");
        value = *given;
    }
    ir::Tensor result = ir::Tensor::uninitialized(value.type(), shape);
    for (size_t i = 0; i < result.bytes(); i += value.bytes()) {
        std::memcpy(result.raw() + i, value.raw(), value.bytes());
    }
    return {std::move(result)};
}

}  // namespace

TINAMIX_FLOAT_OPS(constant) {
    registry.add("Constant", LayoutUse::kOnnx, constant);
    registry.add("ConstantOfShape", LayoutUse::kOnnx, constant_of_shape);
}

}  // namespace tinamix::float_exec
