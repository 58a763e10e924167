// ONNX tensors <-> IR tensors, with every size checked before it is used.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <optional>
#include <string>

#include "ir/graph.h"

namespace tinamix::import {

/// Largest number of elements of one tensor, constant or not.
inline constexpr int64_t kMaxElements = (int64_t{1} << 31) - 1;

/// Whether a tensor may have this shape: no more elements, even if the empty dimensions had one, and no more dimensions
/// than anybody needs. So no product of dimensions overflows.
bool is_possible_shape(const ir::Shape& shape);

/// IR type of an ONNX element type; half-precision floats are widened to float32 (exactly). Nothing for types without
/// an IR form.
std::optional<ir::ElementType> element_type(int32_t onnx_type);
/// "float16", "uint64", ...: the ONNX name of an element type, for errors.
std::string onnx_type_name(int32_t onnx_type);

/// The data of an initializer or attribute, from raw_data, the typed fields, or an external file inside `folder`.
/// `where` names the tensor in errors. Throws Error for a type without IR form, a wrong amount of data, impossible
/// dimensions, and an external file that is missing, too short, or outside `folder`.
ir::Tensor read_tensor(const onnx::TensorProto& proto, const std::filesystem::path& folder, const std::string& where);

/// Bytes that read_tensor will take for it, by its type and shape alone. 0 for types without IR form. Throws Error for
/// impossible dimensions.
uint64_t held_bytes(const onnx::TensorProto& proto, const std::string& where);

/// For shape inference, which wants constants in ONNX form.
onnx::TensorProto to_proto(const ir::Tensor& tensor);

/// ONNX number of an IR type.
int32_t onnx_type(ir::ElementType type);

}  // namespace tinamix::import
