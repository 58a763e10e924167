// Values at the model's own interface: float32 in ONNX order. One pass quantizes (docs/arithmetic.md, 7) and reorders.
#include <inttypes.h>
#include <string.h>

#include "kernels/reference/arithmetic.h"
#include "model.h"
#include "parts.h"

namespace tmx::runtime {
namespace {

/// Steps through ONNX order for each storage dimension, in elements.
void onnx_strides(const Tensor& tensor, int64_t* strides) {
    int32_t onnx_shape[kMaxRank];
    for (int32_t d = 0; d < tensor.rank; ++d) onnx_shape[tensor.onnx_axes[d]] = tensor.shape[d];
    int64_t onnx_strides[kMaxRank];
    int64_t stride = 1;
    for (int32_t d = tensor.rank - 1; d >= 0; --d) {
        onnx_strides[d] = stride;
        stride *= onnx_shape[d];
    }
    for (int32_t d = 0; d < tensor.rank; ++d) strides[d] = onnx_strides[tensor.onnx_axes[d]];
}

/// Moves a row of the last dimension: elements next to each other in storage, `step` apart among the values.
using MoveRow = void (*)(const Tensor& tensor, size_t first, float inverse_scale, float* values, int64_t step);

/// Moves every element, in storage order. (One walk for all types and both directions: code size.)
void move_rows(const Tensor& tensor, MoveRow move, float* values) {
    int64_t strides[kMaxRank];
    onnx_strides(tensor, strides);
    const int32_t last = tensor.rank - 1;
    const float inverse_scale = 1.0F / tensor.scale;
    int32_t position[kMaxRank] = {};
    int64_t onnx = 0;  // of the row's first element
    for (size_t storage = 0; storage < tensor.elements; storage += static_cast<size_t>(tensor.shape[last])) {
        move(tensor, storage, inverse_scale, values + onnx, strides[last]);
        for (int32_t d = last - 1; d >= 0; --d) {  // the next row, like an odometer
            onnx += strides[d];
            if (++position[d] < tensor.shape[d]) break;
            onnx -= strides[d] * tensor.shape[d];
            position[d] = 0;
        }
    }
}

/// To the nearest integer, ties to even, as far as int32 reaches; NaN gives 0.
int32_t index_from(float value) {
    constexpr float kBound = 2147483648.0F;
    if (value != value) return 0;
    if (value >= kBound) return INT32_MAX;
    if (value < -kBound) return INT32_MIN;
    constexpr float kWhole = 4194304.0F;  // from 2^22 on, what has a fraction is a half at most: see round_half_even
    return static_cast<int32_t>(value < kWhole && value > -kWhole ? kernels::round_half_even(value) : value);
}

template <typename T>
T element_from(const Tensor& tensor, float inverse_scale, float value) {
    return kernels::quantize<T>(value, inverse_scale, tensor.zero_point);
}
template <>
float element_from(const Tensor& /*tensor*/, float /*inverse_scale*/, float value) {
    return value;
}
template <>
int32_t element_from(const Tensor& /*tensor*/, float /*inverse_scale*/, float value) {
    return index_from(value);
}

template <typename T>
float value_of(const Tensor& tensor, T element) {
    return kernels::dequantize(element, tensor.scale, tensor.zero_point);
}
template <>
float value_of(const Tensor& /*tensor*/, float element) {
    return element;
}
template <>
float value_of(const Tensor& /*tensor*/, int32_t element) {
    return static_cast<float>(element);
}

template <typename T>
void write_row(const Tensor& tensor, size_t first, float inverse_scale, float* values, int64_t step) {
    T* data = static_cast<T*>(tensor.data) + first;
    const int32_t count = tensor.shape[tensor.rank - 1];
    for (int32_t i = 0; i < count; ++i, values += step) data[i] = element_from<T>(tensor, inverse_scale, *values);
}

template <typename T>
void read_row(const Tensor& tensor, size_t first, float /*inverse_scale*/, float* values, int64_t step) {
    const T* data = static_cast<const T*>(tensor.data) + first;
    const int32_t count = tensor.shape[tensor.rank - 1];
    for (int32_t i = 0; i < count; ++i, values += step) *values = value_of<T>(tensor, data[i]);
}

// In the order of format::DataType.
constexpr MoveRow kWriteRow[] = {write_row<int8_t>, write_row<int16_t>, write_row<float>, write_row<int32_t>};
constexpr MoveRow kReadRow[] = {read_row<int8_t>, read_row<int16_t>, read_row<float>, read_row<int32_t>};

void write_values(const Tensor& tensor, const float* values) {
    // They are only read.
    move_rows(tensor, kWriteRow[static_cast<int>(tensor.type)], const_cast<float*>(values));
}

tmx_status check_call(const tmx_model* model, const char* what, int32_t index, int32_t count) {
    if (model == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model is NULL");
    if (index < 0 || index >= count) {
        return model->error.set(TMX_INVALID_ARGUMENT, "%s %" PRId32 ": the model has %" PRId32, what, index, count);
    }
    return TMX_OK;
}

tmx_status check_values(const tmx_model* model, const Tensor& tensor, const float* values, size_t count) {
    if (values == nullptr)
        return model->error.set(TMX_INVALID_ARGUMENT, "tensor '%.100s': values is NULL", tensor.name);
    if (count != tensor.elements) {
        return model->error.set(TMX_WRONG_SIZE, "tensor '%.100s' has %zu elements, not %zu", tensor.name,
                                tensor.elements, count);
    }
    return TMX_OK;
}

int32_t count_of(const flatbuffers::Vector<int32_t>& indices) { return static_cast<int32_t>(indices.size()); }

}  // namespace

void write_tensor(const tmx_model& model, int32_t tensor, const float* values) {
    write_values(model.graph.tensors[tensor], values);
}

}  // namespace tmx::runtime

tmx_status tmx_input_set_f32(tmx_model* model, int32_t index, const float* values, size_t count) {
    using namespace tmx::runtime;
    TMX_RETURN_IF_ERROR(
        check_call(model, "input", index, model == nullptr ? 0 : count_of(*model->graph.file->inputs())));
    const Tensor& tensor = model->graph.tensors[tmx_input_tensor_index(model, index)];
    TMX_RETURN_IF_ERROR(check_values(model, tensor, values, count));
    write_values(tensor, values);
    return TMX_OK;
}

tmx_status tmx_output_get_f32(const tmx_model* model, int32_t index, float* values, size_t count) {
    using namespace tmx::runtime;
    TMX_RETURN_IF_ERROR(
        check_call(model, "output", index, model == nullptr ? 0 : count_of(*model->graph.file->outputs())));
    return tmx_tensor_get_f32(model, tmx_output_tensor_index(model, index), values, count);
}

tmx_status tmx_tensor_get_f32(const tmx_model* model, int32_t tensor_index, float* values, size_t count) {
    using namespace tmx::runtime;
    TMX_RETURN_IF_ERROR(check_call(model, "tensor", tensor_index, model == nullptr ? 0 : model->graph.tensor_count));
    const Tensor& tensor = model->graph.tensors[tensor_index];
    TMX_RETURN_IF_ERROR(check_values(model, tensor, values, count));
    move_rows(tensor, kReadRow[static_cast<int>(tensor.type)], values);
    return TMX_OK;
}
