// Operators that move elements, or make tensors whose shape they are given.
#include "float/broadcast.h"
#include "float/movement_shapes.h"
#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

Outputs reshape(const ShapeCall& call) {
    return {{call.type(0), float_exec::reshaped_shape(call.node(), call.shape(0), call.ints_of(1, "shape"))}};
}

Outputs flatten(const ShapeCall& call) {
    return {{call.type(0), float_exec::flattened_shape(call.node(), call.shape(0))}};
}

Outputs squeeze(const ShapeCall& call) {
    return {{call.type(0), float_exec::squeezed_shape(call.node(), call.shape(0), call.ints_of(1, "axes"))}};
}

Outputs unsqueeze(const ShapeCall& call) {
    return {{call.type(0), float_exec::unsqueezed_shape(call.node(), call.shape(0), call.ints_of(1, "axes"))}};
}

Outputs shape_of(const ShapeCall& call) {
    const auto length = static_cast<int64_t>(float_exec::stated_part(call.node(), call.shape(0)).size());
    return {{ir::ElementType::kInt64, {length}}};
}

Outputs size_of(const ShapeCall& call) {
    call.shape(0);
    return {{ir::ElementType::kInt64, {}}};
}

Outputs transpose(const ShapeCall& call) {
    const ir::Shape& from = call.shape(0);
    const std::vector<int64_t> order = call.node().integers("perm");
    ir::Shape shape(from.rbegin(), from.rend());
    if (call.node().has("perm")) {
        call.require(order.size() == from.size(), "`perm` needs one entry per dimension");
        std::vector<char> seen(from.size(), 0);
        for (size_t i = 0; i < from.size(); ++i) {
            const size_t axis = call.axis(order[i], from.size());
            call.require(seen[axis] == 0, "`perm` names an axis twice");
            seen[axis] = 1;
            shape[i] = from[axis];
        }
    }
    return {{call.type(0), shape}};
}

/// A shape that an input states.
ir::Shape stated_shape(const ShapeCall& call, size_t index) {
    const ir::Shape shape = call.ints(index);
    for (int64_t dim : shape) {
        call.require(dim >= 0, "the wanted shape has a negative dimension");
    }
    return shape;
}

Outputs expand(const ShapeCall& call) {
    return {{call.type(0), float_exec::broadcast_shape(call.node(), call.shape(0), stated_shape(call, 1))}};
}

Outputs constant_of_shape(const ShapeCall& call) {
    ir::ElementType type = ir::ElementType::kFloat32;
    if (const auto found = call.node().attributes.find("value"); found != call.node().attributes.end()) {
        const auto* value = std::get_if<ir::Tensor>(&found->second);
        call.require(value != nullptr && value->elements() == 1, "`value` must be a tensor of one element");
        type = value->type();
    }
    return {{type, stated_shape(call, 0)}};
}

Outputs tile(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    const std::vector<int64_t> repeats = call.ints(1);
    call.require(repeats.size() == shape.size(), "one repeat per axis is needed");
    for (size_t i = 0; i < shape.size(); ++i) {
        call.require(repeats[i] >= 0 && repeats[i] < (int64_t{1} << 31), "a repeat is out of range");
        shape[i] *= repeats[i];
    }
    return {{call.type(0), shape}};
}

Outputs concat(const ShapeCall& call) {
    call.require_one_type();
    ir::Shape shape = call.shape(0);
    const size_t axis = call.attribute_axis(call.opset() < 4 ? 1 : 0);
    for (size_t i = 1; i < call.input_count(); ++i) {
        ir::Shape other = call.shape(i);
        call.require(other.size() == shape.size(), "all inputs must have as many dimensions");
        const int64_t length = other[axis];
        other[axis] = shape[axis];
        call.require(other == shape, "the inputs differ in more than the joined axis");
        shape[axis] += length;
    }
    return {{call.type(0), shape}};
}

Outputs split(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    const size_t axis = call.attribute_axis(0);
    Outputs outputs;
    for (int64_t size : float_exec::split_sizes(call.node(), call.opset(), shape[axis], call.ints_of(1, "split"))) {
        shape[axis] = size;
        outputs.push_back({call.type(0), shape});
    }
    return outputs;
}

Outputs slice(const ShapeCall& call) {
    float_exec::SliceLists lists{call.ints_of(1, "starts"), call.ints_of(2, "ends"), std::nullopt,
                                 call.ints_of(4, "steps")};
    if (call.has(3) || call.node().has("axes")) {
        lists.axes = call.ints_of(3, "axes");
    }
    ir::Shape shape = call.shape(0);
    for (const float_exec::AxisRange& range : float_exec::slice_ranges(call.node(), call.shape(0), std::move(lists))) {
        shape[range.axis] = range.count;
    }
    return {{call.type(0), shape}};
}

Outputs pad(const ShapeCall& call) {
    const std::optional<std::vector<int64_t>> axes = call.has(3) ? std::optional(call.ints(3)) : std::nullopt;
    const float_exec::AxisPads pads =
        float_exec::pads_per_axis(call.node(), call.shape(0), call.ints_of(1, "pads"), axes);
    ir::Shape shape = call.shape(0);
    for (size_t i = 0; i < shape.size(); ++i) {
        shape[i] += pads.before[i] + pads.after[i];
    }
    return {{call.type(0), shape}};
}

int64_t block_size(const ShapeCall& call) {
    const int64_t block = call.node().integer("blocksize", 0);
    call.require(call.rank(0) == 4, "the input must have four dimensions");
    call.require(block >= 1 && block < (1 << 15), "`blocksize` is out of range");
    return block;
}

Outputs depth_to_space(const ShapeCall& call) {
    const int64_t block = block_size(call);
    const ir::Shape& from = call.shape(0);
    call.require(from[1] % (block * block) == 0, "the channels do not divide into blocks");
    return {{call.type(0), {from[0], from[1] / (block * block), from[2] * block, from[3] * block}}};
}

Outputs space_to_depth(const ShapeCall& call) {
    const int64_t block = block_size(call);
    const ir::Shape& from = call.shape(0);
    call.require(from[2] % block == 0 && from[3] % block == 0, "the image does not divide into blocks");
    return {{call.type(0), {from[0], from[1] * block * block, from[2] / block, from[3] / block}}};
}

Outputs constant(const ShapeCall& call) {
    const auto find = [&](const char* name) {
        const auto found = call.node().attributes.find(name);
        return found == call.node().attributes.end() ? nullptr : &found->second;
    };
    if (const ir::Attribute* value = find("value"); value != nullptr && std::holds_alternative<ir::Tensor>(*value)) {
        const auto& tensor = std::get<ir::Tensor>(*value);
        return {{tensor.type(), tensor.shape()}};
    }
    throw ShapeDependsOnData(float_exec::where(call.node()), "its value is no tensor");
}

}  // namespace

void add_movement_rules(ShapeRules& rules) {
    rules["Reshape"] = reshape;
    rules["Flatten"] = flatten;
    rules["Squeeze"] = squeeze;
    rules["Unsqueeze"] = unsqueeze;
    rules["Shape"] = shape_of;
    rules["Size"] = size_of;
    rules["Transpose"] = transpose;
    rules["Expand"] = expand;
    rules["ConstantOfShape"] = constant_of_shape;
    rules["Tile"] = tile;
    rules["Concat"] = concat;
    rules["Split"] = split;
    rules["Slice"] = slice;
    rules["Pad"] = pad;
    rules["DepthToSpace"] = depth_to_space;
    rules["SpaceToDepth"] = space_to_depth;
    rules["Constant"] = constant;
}

}  // namespace tinamix::import
