#include "import/interface.h"

#include "diagnostics/error.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

/// "1x3xHxW" for the hint about an option.
std::string shape_pattern(const onnx::TensorShapeProto& shape) {
    std::string text;
    for (const auto& dim : shape.dim()) {
        const bool fixed = dim.has_dim_value() && dim.dim_value() > 0;
        text += (text.empty() ? "" : "x") + (fixed ? std::to_string(dim.dim_value()) : text.empty() ? "1" : "N");
    }
    return text;
}

ir::Shape input_shape(const onnx::ValueInfoProto& info, const ImportOptions& options, const std::string& where) {
    const auto given = options.input_shapes.find(info.name());
    const bool has_given = given != options.input_shapes.end();
    if (!info.type().tensor_type().has_shape()) {
        if (!has_given) {
            throw Error(where, "has no shape in the model", "give it with --shape " + info.name() + "=1x3x224x224");
        }
        return given->second;
    }
    const auto& dims = info.type().tensor_type().shape().dim();
    if (has_given && given->second.size() != static_cast<size_t>(dims.size())) {
        throw Error(where, "has " + std::to_string(dims.size()) + " dimensions, the given shape " +
                               ir::shape_text(given->second) + " has " + std::to_string(given->second.size()));
    }
    ir::Shape shape;
    for (int i = 0; i < dims.size(); ++i) {
        // Some exporters write 0 or -1 for "any".
        const bool fixed = dims[i].has_dim_value() && dims[i].dim_value() > 0;
        if (has_given) {
            const int64_t wanted = given->second[static_cast<size_t>(i)];
            if (fixed && dims[i].dim_value() != wanted) {
                throw Error(where, "dimension " + std::to_string(i) + " is " + std::to_string(dims[i].dim_value()) +
                                       " in the model, the given shape says " + std::to_string(wanted));
            }
            shape.push_back(wanted);
        } else if (fixed) {
            shape.push_back(dims[i].dim_value());
        } else if (i == 0) {
            shape.push_back(1);
        } else {
            const std::string symbol = dims[i].dim_param().empty() ? "" : " (`" + dims[i].dim_param() + "`)";
            throw Error(
                where, "dimension " + std::to_string(i) + symbol + " is not fixed",
                "give the shape with --shape " + info.name() + "=" + shape_pattern(info.type().tensor_type().shape()));
        }
    }
    return shape;
}

std::optional<InferredOutput> static_type(const onnx::ValueInfoProto& info) {
    if (!info.type().has_tensor_type() || !info.type().tensor_type().has_shape()) {
        return std::nullopt;
    }
    const auto type = element_type(info.type().tensor_type().elem_type());
    if (!type) {
        return std::nullopt;
    }
    InferredOutput declared{*type, {}};
    for (const auto& dim : info.type().tensor_type().shape().dim()) {
        if (!dim.has_dim_value() || dim.dim_value() < 1) {
            return std::nullopt;
        }
        declared.shape.push_back(dim.dim_value());
    }
    return is_possible_shape(declared.shape) ? std::optional(declared) : std::nullopt;
}

}  // namespace

InferredOutput declared_input(const onnx::ValueInfoProto& info, const ImportOptions& options) {
    const std::string where = "input `" + info.name() + "`";
    if (!info.type().has_tensor_type()) {
        throw Error(where, "is not a tensor");
    }
    const auto type = element_type(info.type().tensor_type().elem_type());
    if (!type) {
        throw Error(where,
                    "element type " + onnx_type_name(info.type().tensor_type().elem_type()) + " is not supported");
    }
    ir::Shape shape = input_shape(info, options, where);
    if (!is_possible_shape(shape) || ir::element_count(shape) == 0) {
        throw Error(where, "impossible shape " + ir::shape_text(shape));
    }
    return {*type, std::move(shape)};
}

void check_constant_input(const onnx::ValueInfoProto& info, const ir::Tensor& tensor) {
    const auto& declared = info.type().tensor_type().shape();
    bool fits =
        element_type(info.type().tensor_type().elem_type()) == tensor.type() &&
        (!info.type().tensor_type().has_shape() || static_cast<size_t>(declared.dim_size()) == tensor.shape().size());
    for (int i = 0; fits && i < declared.dim_size(); ++i) {
        const int64_t wanted = declared.dim(i).has_dim_value() ? declared.dim(i).dim_value() : 0;
        fits = wanted <= 0 || wanted == tensor.shape()[static_cast<size_t>(i)];
    }
    if (!fits) {
        throw Error("input `" + info.name() + "`",
                    "its constant is " + std::string(ir::element_type_name(tensor.type())) + " " +
                        ir::shape_text(tensor.shape()) + ", which is not what the model declares");
    }
}

void check_declared_output(const onnx::ValueInfoProto& info, const ir::Value& value, bool shapes_given) {
    const std::string where = "output `" + info.name() + "`";
    if (!info.type().has_tensor_type()) {
        return;
    }
    const auto& declared = info.type().tensor_type();
    const auto type = element_type(declared.elem_type());
    if (declared.elem_type() != onnx::TensorProto::UNDEFINED && type != value.type) {
        throw Error(where, "is declared as " + onnx_type_name(declared.elem_type()) + ", but is " +
                               std::string(element_type_name(value.type)));
    }
    if (!declared.has_shape() || shapes_given) {
        return;
    }
    const auto& dims = declared.shape().dim();
    bool fits = static_cast<size_t>(dims.size()) == value.shape.size();
    for (int i = 0; fits && i < dims.size(); ++i) {
        fits = !dims[i].has_dim_value() || dims[i].dim_value() <= 0 ||
               dims[i].dim_value() == value.shape[static_cast<size_t>(i)];
    }
    if (!fits) {
        throw Error(where,
                    "is declared with another shape than " + ir::shape_text(value.shape) + ", which its nodes make");
    }
}

std::optional<InferredOutput> declared_type(const onnx::GraphProto& graph, const std::string& name) {
    for (const auto* list : {&graph.value_info(), &graph.output()}) {
        for (const auto& info : *list) {
            if (info.name() == name) {
                return static_type(info);
            }
        }
    }
    return std::nullopt;
}

}  // namespace tinamix::import
