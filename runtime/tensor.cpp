#include "tensor.h"

#include <inttypes.h>

#include "model_file.h"

namespace tmx::runtime {
namespace {

bool is_finite(float value) { return value - value == 0.0F; }

/// Reads one tensor; `memory` bounds it.
class TensorReader {
  public:
    TensorReader(const format::Tensor& file, uint32_t index, const TensorMemory& memory, ErrorText& error)
        : file_(file), index_(index), memory_(memory), error_(error) {}

    tmx_status read(Tensor* tensor) const {
        tensor->name = file_.name()->c_str();
        tensor->type = file_.type();
        tensor->derived = file_.derived();
        if (tensor->type > format::DataType::MAX) return fail("unknown element type");
        if (file_.storage() > format::Storage::MAX) return fail("unknown storage");
        tensor->constant = file_.storage() == format::Storage::Constant;
        TMX_RETURN_IF_ERROR(read_shape(tensor));
        TMX_RETURN_IF_ERROR(read_axes(tensor));
        TMX_RETURN_IF_ERROR(read_quantization(tensor));
        TMX_RETURN_IF_ERROR(read_place(tensor));
        tensor->alias_of = file_.alias_of();
        tensor->owner = tensor->alias_of < 0 ? static_cast<int32_t>(index_) : tensor->alias_of;
        return TMX_OK;
    }

  private:
    tmx_status fail(const char* reason) const {
        return error_.set(TMX_CORRUPT_MODEL, "tensor %" PRIu32 " '%.100s': %s", index_, file_.name()->c_str(), reason);
    }

    tmx_status read_shape(Tensor* tensor) const {
        const flatbuffers::Vector<int32_t>& shape = *file_.shape();
        if (shape.size() < 1 || shape.size() > static_cast<uint32_t>(kMaxRank)) return fail("rank is not 1 to 6");
        tensor->rank = static_cast<int32_t>(shape.size());
        int64_t elements = 1;
        for (int32_t i = 0; i < tensor->rank; ++i) {
            const int32_t size = shape.Get(static_cast<uint32_t>(i));
            if (size <= 0) return fail("a dimension is not positive");
            elements *= size;  // both factors below 2^31
            if (elements > kMaxTensorElements) return fail("more than 2^30 elements");
            tensor->shape[i] = size;
        }
        for (int32_t i = tensor->rank; i < kMaxRank; ++i) tensor->shape[i] = 1;
        tensor->elements = static_cast<size_t>(elements);
        const uint64_t bytes = static_cast<uint64_t>(elements) * static_cast<uint64_t>(element_bytes(tensor->type));
        if (bytes > SIZE_MAX / 2) return fail("larger than the address space");
        tensor->bytes = static_cast<size_t>(bytes);
        return TMX_OK;
    }

    tmx_status read_axes(Tensor* tensor) const {
        const flatbuffers::Vector<uint8_t>* axes = file_.onnx_axes();
        for (int32_t i = 0; i < kMaxRank; ++i) tensor->onnx_axes[i] = static_cast<uint8_t>(i);
        if (axes == nullptr || axes->size() == 0) return TMX_OK;
        if (axes->size() != static_cast<uint32_t>(tensor->rank)) return fail("onnx_axes and shape differ in length");
        uint32_t seen = 0;
        for (int32_t i = 0; i < tensor->rank; ++i) {
            const uint8_t axis = axes->Get(static_cast<uint32_t>(i));
            if (axis >= tensor->rank || (seen >> axis & 1U) != 0) return fail("onnx_axes is not a permutation");
            seen |= 1U << axis;
            tensor->onnx_axes[i] = axis;
        }
        return TMX_OK;
    }

    tmx_status read_quantization(Tensor* tensor) const {
        tensor->scale = file_.scale();
        tensor->zero_point = file_.zero_point();
        if (!is_finite(tensor->scale) || tensor->scale <= 0.0F) return fail("scale is not finite and positive");
        switch (tensor->type) {
            case format::DataType::Int8:
                if (tensor->zero_point < -128 || tensor->zero_point > 127) return fail("zero point outside int8");
                break;
            case format::DataType::Int16:
                if (tensor->zero_point != 0) return fail("int16 with a zero point");
                break;
            case format::DataType::Float32:
                if (tensor->scale != 1.0F || tensor->zero_point != 0) return fail("float32 with a quantization");
                break;
            case format::DataType::Int32:
                if (tensor->scale != 1.0F || tensor->zero_point != 0) return fail("int32 with a quantization");
                break;
        }
        return TMX_OK;
    }

    tmx_status read_place(Tensor* tensor) const {
        tensor->offset = file_.offset();
        if (tensor->offset % kAlignment != 0) return fail("offset is not a multiple of 64");
        // Kernels may read, never write, some bytes behind a buffer. Behind the weights the trailer serves for that.
        const uint64_t room = tensor->constant ? memory_.weights_bytes : memory_.arena_bytes;
        const uint64_t needed = tensor->bytes + (tensor->constant ? 0 : kernels::kReadableSlackBytes);
        if (needed > room || tensor->offset > room - needed) {
            return fail(tensor->constant ? "outside the weight segment" : "outside the arena");
        }
        if (tensor->constant) {
            // Never written: only inputs of the graph and outputs of ops are, and those must be in the arena.
            tensor->data = const_cast<uint8_t*>(memory_.weights) + tensor->offset;
        } else {
            tensor->data = memory_.arena == nullptr ? nullptr : memory_.arena + tensor->offset;
        }
        return TMX_OK;
    }

    const format::Tensor& file_;
    uint32_t index_;
    const TensorMemory& memory_;
    ErrorText& error_;
};

tmx_status check_alias(const Tensor* tensors, uint32_t count, uint32_t index, ErrorText& error) {
    const Tensor& tensor = tensors[index];
    if (tensor.alias_of == -1) return TMX_OK;
    const char* reason = nullptr;
    if (tensor.alias_of < 0 || static_cast<uint32_t>(tensor.alias_of) >= count) {
        reason = "alias of a tensor that does not exist";
    } else {
        const Tensor& owner = tensors[tensor.alias_of];
        if (owner.alias_of != -1) {
            reason = "alias of an alias";  // of itself, too
        } else if (owner.constant != tensor.constant || owner.offset != tensor.offset || owner.bytes != tensor.bytes) {
            reason = "does not lie where the tensor lies that it is an alias of";
        } else if (!same_quantization(owner, tensor)) {
            reason = "differs in type or quantization from the tensor that it is an alias of";
        }
    }
    if (reason == nullptr) return TMX_OK;
    return error.set(TMX_CORRUPT_MODEL, "tensor %" PRIu32 " '%.100s': %s", index, tensor.name, reason);
}

}  // namespace

const char* type_name(format::DataType type) {
    static const char* const kNames[] = {"int8", "int16", "float32", "int32"};
    return kNames[static_cast<int>(type)];
}

bool same_quantization(const Tensor& a, const Tensor& b) {
    return a.type == b.type && a.scale == b.scale && a.zero_point == b.zero_point;
}

tmx_status read_tensors(const format::Model& file, const TensorMemory& memory, Tensor* tensors, ErrorText& error) {
    const uint32_t count = file.tensors()->size();
    for (uint32_t i = 0; i < count; ++i) {
        TMX_RETURN_IF_ERROR(TensorReader(*file.tensors()->Get(i), i, memory, error).read(&tensors[i]));
    }
    for (uint32_t i = 0; i < count; ++i) TMX_RETURN_IF_ERROR(check_alias(tensors, count, i, error));
    return TMX_OK;
}

}  // namespace tmx::runtime
