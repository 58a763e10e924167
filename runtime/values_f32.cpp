// Values at the model's own interface: float32 in ONNX order. One pass quantizes (docs/arithmetic.md, 7), by the
// kernels that models use for it, and reorders.
#include <inttypes.h>
#include <string.h>

#include "kernels/reference/arithmetic.h"
#include "model.h"
#include "parts.h"
#include "strided_copy.h"

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

/// A line of elements: so many apart in storage, and among the values.
struct Line {
    size_t storage;  ///< its first element
    int64_t storage_step;
    float* values;
    int64_t value_step;
    int32_t count;
};
using MoveLine = void (*)(const tmx_model& model, const Tensor& tensor, const Line& line);

/// Moves every element, along the longer one of the two dimensions that are dense in storage and among the values.
void move_lines(const tmx_model& model, const Tensor& tensor, MoveLine move, float* values) {
    int64_t onnx[kMaxRank], storage[kMaxRank];
    onnx_strides(tensor, onnx);
    dense_strides(tensor, storage);
    bool same_order = true;
    int32_t along = 0;
    for (int32_t d = 0; d < tensor.rank; ++d) {
        if (tensor.shape[d] == 1) continue;
        same_order = same_order && onnx[d] == storage[d];
        if ((onnx[d] == 1 || storage[d] == 1) && tensor.shape[d] > tensor.shape[along]) along = d;
    }
    if (same_order) return move(model, tensor, {0, 1, values, 1, static_cast<int32_t>(tensor.elements)});
    int32_t position[kMaxRank] = {};
    int64_t at_storage = 0, at_onnx = 0;  // of the line's first element
    for (int32_t d = tensor.rank; d >= 0;) {
        move(model, tensor,
             {static_cast<size_t>(at_storage), storage[along], values + at_onnx, onnx[along], tensor.shape[along]});
        for (d = tensor.rank - 1; d >= 0; --d) {  // the next line, like an odometer
            if (d == along) continue;
            at_storage += storage[d];
            at_onnx += onnx[d];
            if (++position[d] < tensor.shape[d]) break;
            at_storage -= storage[d] * tensor.shape[d];
            at_onnx -= onnx[d] * tensor.shape[d];
            position[d] = 0;
        }
    }
}

/// Elements that kernels convert at once.
constexpr int32_t kPiece = 256;

template <typename T>
void gather(const T* from, int64_t step, int32_t count, T* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = from[i * step];
}
template <typename T>
void scatter(const T* from, int32_t count, int64_t step, T* to) {
    for (int32_t i = 0; i < count; ++i) to[i * step] = from[i];
}

/// Calls move(first element, count) for pieces of a line.
template <typename Move>
void for_each_piece(const Line& line, const Move& move) {
    for (int32_t first = 0; first < line.count; first += kPiece) {
        move(first, line.count - first < kPiece ? line.count - first : kPiece);
    }
}

/// The kernel of the table, or the reference in builds for models that do not need it.
template <typename Args>
auto run_of(const kernels::Kernel<Args>& kernel, void (*reference)(const Args&, int64_t, int64_t)) {
    return kernel.run != nullptr ? kernel.run : reference;
}

template <typename T>
void write_codes(const tmx_model& model, const Tensor& tensor, const Line& line) {
    const auto run = run_of(model.kernels.quantize[static_cast<int>(tensor.type)],
                            sizeof(T) == 1 ? kernels::i8_quantize__reference : kernels::i16_quantize__reference);
    T* data = static_cast<T*>(tensor.data) + line.storage;
    const float inverse_scale = 1.0F / tensor.scale;
    for_each_piece(line, [&](int32_t first, int32_t count) {
        // Kernels may read behind the last element; the caller's array may end there.
        float copies[kPiece + kernels::kReadableSlackBytes / sizeof(float)];
        T codes[kPiece];
        const float* values = line.values + first * line.value_step;
        if (line.value_step != 1 || count < kPiece) {
            gather(values, line.value_step, count, copies);
            values = copies;
        }
        T* to = line.storage_step == 1 ? data + first : codes;
        run({values, inverse_scale, tensor.zero_point, to}, 0, count);
        if (to == codes) scatter(codes, count, line.storage_step, data + first * line.storage_step);
    });
}

template <typename T>
void read_codes(const tmx_model& model, const Tensor& tensor, const Line& line) {
    const auto run = run_of(model.kernels.dequantize[static_cast<int>(tensor.type)],
                            sizeof(T) == 1 ? kernels::i8_dequantize__reference : kernels::i16_dequantize__reference);
    const T* data = static_cast<const T*>(tensor.data) + line.storage;
    for_each_piece(line, [&](int32_t first, int32_t count) {
        T codes[kPiece + kernels::kReadableSlackBytes / sizeof(T)];
        float copies[kPiece];
        const T* from = data + first;
        if (line.storage_step != 1) {
            gather(data + first * line.storage_step, line.storage_step, count, codes);
            from = codes;
        }
        float* values = line.value_step == 1 ? line.values + first : copies;
        run({from, tensor.scale, tensor.zero_point, values}, 0, count);
        if (values == copies) scatter(copies, count, line.value_step, line.values + first * line.value_step);
    });
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

void write_floats(const tmx_model& /*model*/, const Tensor& tensor, const Line& line) {
    float* data = static_cast<float*>(tensor.data) + line.storage;
    for (int32_t i = 0; i < line.count; ++i) data[i * line.storage_step] = line.values[i * line.value_step];
}
void read_floats(const tmx_model& /*model*/, const Tensor& tensor, const Line& line) {
    const float* data = static_cast<const float*>(tensor.data) + line.storage;
    for (int32_t i = 0; i < line.count; ++i) line.values[i * line.value_step] = data[i * line.storage_step];
}

void write_indices(const tmx_model& /*model*/, const Tensor& tensor, const Line& line) {
    int32_t* data = static_cast<int32_t*>(tensor.data) + line.storage;
    for (int32_t i = 0; i < line.count; ++i) data[i * line.storage_step] = index_from(line.values[i * line.value_step]);
}
void read_indices(const tmx_model& /*model*/, const Tensor& tensor, const Line& line) {
    const int32_t* data = static_cast<const int32_t*>(tensor.data) + line.storage;
    for (int32_t i = 0; i < line.count; ++i) {
        line.values[i * line.value_step] = static_cast<float>(data[i * line.storage_step]);
    }
}

// In the order of format::DataType.
constexpr MoveLine kWriteLine[] = {write_codes<int8_t>, write_codes<int16_t>, write_floats, write_indices};
constexpr MoveLine kReadLine[] = {read_codes<int8_t>, read_codes<int16_t>, read_floats, read_indices};

void write_values(const tmx_model& model, const Tensor& tensor, const float* values) {
    // They are only read.
    move_lines(model, tensor, kWriteLine[static_cast<int>(tensor.type)], const_cast<float*>(values));
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
    write_values(model, model.graph.tensors[tensor], values);
}

}  // namespace tmx::runtime

tmx_status tmx_input_set_f32(tmx_model* model, int32_t index, const float* values, size_t count) {
    using namespace tmx::runtime;
    TMX_RETURN_IF_ERROR(
        check_call(model, "input", index, model == nullptr ? 0 : count_of(*model->graph.file->inputs())));
    const Tensor& tensor = model->graph.tensors[tmx_input_tensor_index(model, index)];
    TMX_RETURN_IF_ERROR(check_values(model, tensor, values, count));
    write_values(*model, tensor, values);
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
    move_lines(*model, tensor, kReadLine[static_cast<int>(tensor.type)], values);
    return TMX_OK;
}
