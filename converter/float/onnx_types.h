// ONNX numbers its element types; operators like Cast carry those numbers as attributes.
#pragma once

#include <cstdint>
#include <optional>

#include "ir/graph.h"

namespace tinamix::float_exec {

/// Numbers of TensorProto.DataType in the ONNX specification. Half-precision floats are computed in float32.
inline std::optional<ir::ElementType> element_type_of_onnx(int64_t number) {
    switch (number) {
        case 1:   // FLOAT
        case 10:  // FLOAT16
        case 16:  // BFLOAT16
            return ir::ElementType::kFloat32;
        case 2:
            return ir::ElementType::kUInt8;
        case 3:
            return ir::ElementType::kInt8;
        case 4:
            return ir::ElementType::kUInt16;
        case 5:
            return ir::ElementType::kInt16;
        case 6:
            return ir::ElementType::kInt32;
        case 7:
            return ir::ElementType::kInt64;
        case 9:
            return ir::ElementType::kBool;
        case 11:
            return ir::ElementType::kFloat64;
        default:
            return std::nullopt;
    }
}

}  // namespace tinamix::float_exec
