// Tensor data in its three ONNX forms: raw bytes, typed fields, external files.
#include "import/tensor_proto.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "import/external_data.h"

namespace tinamix::import {

namespace {

using onnx::TensorProto;

float widened_float16(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const float magnitude = exponent == 31  ? (fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                                                             : std::numeric_limits<float>::infinity())
                            : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                            : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

float widened_bfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

ir::Shape checked_shape(const TensorProto& proto, const std::string& where) {
    ir::Shape shape(proto.dims().begin(), proto.dims().end());
    if (!is_possible_shape(shape)) {
        throw Error(where, "impossible dimensions " + ir::shape_text(shape));
    }
    return shape;
}

void require_amount(const ir::Tensor& tensor, size_t have, size_t want, const char* unit, const std::string& where) {
    if (have != want) {
        throw Error(where, "holds " + std::to_string(have) + " " + unit + ", but its shape " +
                               ir::shape_text(tensor.shape()) + " needs " + std::to_string(want));
    }
}

template <typename T, typename Field>
void copy_field(ir::Tensor& tensor, const Field& field, const std::string& where) {
    require_amount(tensor, static_cast<size_t>(field.size()), static_cast<size_t>(tensor.elements()), "values", where);
    T* to = tensor.data<T>();
    for (const auto& value : field) {
        if constexpr (std::is_same_v<T, bool>) {
            *to++ = value != 0;
        } else {
            const T narrow = static_cast<T>(value);
            if constexpr (std::is_integral_v<T>) {
                if (static_cast<int64_t>(narrow) != static_cast<int64_t>(value)) {
                    throw Error(where, "the value " + std::to_string(value) + " does not fit its type");
                }
            }
            *to++ = narrow;
        }
    }
}

bool is_half(int32_t type) { return type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16; }

float widened(int32_t type, uint16_t bits) {
    return type == TensorProto::FLOAT16 ? widened_float16(bits) : widened_bfloat16(bits);
}

void copy_typed(ir::Tensor& tensor, const TensorProto& proto, const std::string& where) {
    if (is_half(proto.data_type())) {
        require_amount(tensor, static_cast<size_t>(proto.int32_data_size()), static_cast<size_t>(tensor.elements()),
                       "values", where);
        for (int i = 0; i < proto.int32_data_size(); ++i) {
            tensor.data<float>()[i] = widened(proto.data_type(), static_cast<uint16_t>(proto.int32_data(i)));
        }
        return;
    }
    switch (tensor.type()) {
        case ir::ElementType::kFloat32:
            return copy_field<float>(tensor, proto.float_data(), where);
        case ir::ElementType::kFloat64:
            return copy_field<double>(tensor, proto.double_data(), where);
        case ir::ElementType::kInt64:
            return copy_field<int64_t>(tensor, proto.int64_data(), where);
        case ir::ElementType::kInt32:
            return copy_field<int32_t>(tensor, proto.int32_data(), where);
        case ir::ElementType::kInt16:
            return copy_field<int16_t>(tensor, proto.int32_data(), where);
        case ir::ElementType::kUInt16:
            return copy_field<uint16_t>(tensor, proto.int32_data(), where);
        case ir::ElementType::kInt8:
            return copy_field<int8_t>(tensor, proto.int32_data(), where);
        case ir::ElementType::kUInt8:
            return copy_field<uint8_t>(tensor, proto.int32_data(), where);
        case ir::ElementType::kBool:
            return copy_field<bool>(tensor, proto.int32_data(), where);
    }
}

void copy_raw(ir::Tensor& tensor, int32_t type, const std::string& raw, const std::string& where) {
    if (is_half(type)) {
        require_amount(tensor, raw.size(), static_cast<size_t>(tensor.elements()) * 2, "bytes", where);
        for (size_t i = 0; i < raw.size() / 2; ++i) {
            uint16_t bits = 0;
            std::memcpy(&bits, raw.data() + 2 * i, sizeof bits);
            tensor.data<float>()[i] = widened(type, bits);
        }
        return;
    }
    require_amount(tensor, raw.size(), tensor.bytes(), "bytes", where);
    if (tensor.type() == ir::ElementType::kBool) {
        for (size_t i = 0; i < raw.size(); ++i) {
            tensor.raw()[i] = std::byte{raw[i] != 0};
        }
        return;
    }
    if (!raw.empty()) {
        std::memcpy(tensor.raw(), raw.data(), raw.size());
    }
}

}  // namespace

bool is_possible_shape(const ir::Shape& shape) {
    constexpr size_t kMostDimensions = 64;
    int64_t elements = 1;
    for (int64_t dim : shape) {
        if (dim < 0 || elements > kMaxElements / std::max<int64_t>(dim, 1)) {
            return false;
        }
        elements *= std::max<int64_t>(dim, 1);
    }
    return shape.size() <= kMostDimensions;
}

std::optional<ir::ElementType> element_type(int32_t onnx_type) {
    switch (onnx_type) {
        case TensorProto::FLOAT:
        case TensorProto::FLOAT16:
        case TensorProto::BFLOAT16:
            return ir::ElementType::kFloat32;
        case TensorProto::DOUBLE:
            return ir::ElementType::kFloat64;
        case TensorProto::INT8:
            return ir::ElementType::kInt8;
        case TensorProto::UINT8:
            return ir::ElementType::kUInt8;
        case TensorProto::INT16:
            return ir::ElementType::kInt16;
        case TensorProto::UINT16:
            return ir::ElementType::kUInt16;
        case TensorProto::INT32:
            return ir::ElementType::kInt32;
        case TensorProto::INT64:
            return ir::ElementType::kInt64;
        case TensorProto::BOOL:
            return ir::ElementType::kBool;
        default:
            return std::nullopt;
    }
}

std::string onnx_type_name(int32_t onnx_type) {
    // Types newer than the library knows are named by number.
    if (onnx_type == TensorProto::UNDEFINED || !onnx::TensorProto_DataType_IsValid(onnx_type)) {
        return "number " + std::to_string(onnx_type);
    }
    std::string name = onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(onnx_type));
    for (char& letter : name) {
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return name;
}

int32_t onnx_type(ir::ElementType type) {
    switch (type) {
        case ir::ElementType::kFloat32:
            return TensorProto::FLOAT;
        case ir::ElementType::kFloat64:
            return TensorProto::DOUBLE;
        case ir::ElementType::kInt8:
            return TensorProto::INT8;
        case ir::ElementType::kUInt8:
            return TensorProto::UINT8;
        case ir::ElementType::kInt16:
            return TensorProto::INT16;
        case ir::ElementType::kUInt16:
            return TensorProto::UINT16;
        case ir::ElementType::kInt32:
            return TensorProto::INT32;
        case ir::ElementType::kInt64:
            return TensorProto::INT64;
        case ir::ElementType::kBool:
            return TensorProto::BOOL;
    }
    return TensorProto::UNDEFINED;
}

ir::Tensor read_tensor(const TensorProto& proto, const std::filesystem::path& folder, const std::string& where) {
    const auto type = element_type(proto.data_type());
    if (!type) {
        throw Error(where, "element type " + onnx_type_name(proto.data_type()) + " is not supported");
    }
    if (proto.has_segment()) {
        throw Error(where, "segmented tensors are not supported");
    }
    const ir::Shape shape = checked_shape(proto, where);
    const auto stored_bytes =
        static_cast<uint64_t>(ir::element_count(shape)) * (is_half(proto.data_type()) ? 2 : ir::element_bytes(*type));
    const bool external = proto.data_location() == TensorProto::EXTERNAL;
    const std::string from_file = external ? read_external_data(proto, stored_bytes, folder, where) : std::string();
    // The amount is checked against the shape before memory is taken for a shape that may be a lie.
    const uint64_t given =
        external ? from_file.size()
        : proto.has_raw_data()
            ? proto.raw_data().size()
            : static_cast<uint64_t>(proto.float_data_size()) + static_cast<uint64_t>(proto.double_data_size()) +
                  static_cast<uint64_t>(proto.int32_data_size()) + static_cast<uint64_t>(proto.int64_data_size());
    const auto wanted =
        external || proto.has_raw_data() ? stored_bytes : static_cast<uint64_t>(ir::element_count(shape));
    if (given != wanted) {
        throw Error(where, "holds " + std::to_string(given) + (wanted == stored_bytes ? " bytes" : " values") +
                               ", but its shape " + ir::shape_text(shape) + " needs " + std::to_string(wanted));
    }
    ir::Tensor tensor = ir::Tensor::uninitialized(*type, shape);
    if (external) {
        copy_raw(tensor, proto.data_type(), from_file, where);
    } else if (proto.has_raw_data()) {
        copy_raw(tensor, proto.data_type(), proto.raw_data(), where);
    } else {
        copy_typed(tensor, proto, where);
    }
    return tensor;
}

uint64_t held_bytes(const TensorProto& proto, const std::string& where) {
    const auto type = element_type(proto.data_type());
    const ir::Shape shape = checked_shape(proto, where);
    return type ? static_cast<uint64_t>(ir::element_count(shape)) * ir::element_bytes(*type) : 0;
}

TensorProto to_proto(const ir::Tensor& tensor) {
    TensorProto proto;
    proto.set_data_type(onnx_type(tensor.type()));
    for (int64_t dim : tensor.shape()) {
        proto.add_dims(dim);
    }
    proto.set_raw_data(tensor.raw(), tensor.bytes());
    return proto;
}

}  // namespace tinamix::import
