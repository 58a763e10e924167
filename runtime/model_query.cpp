// What a model tells about itself.
#include <inttypes.h>
#include <string.h>

#include "model.h"
#include "model_file.h"
#include "sections.h"
#include "states.h"

#define TMX_TEXT_OF(number) #number
#define TMX_TEXT(number) TMX_TEXT_OF(number)

namespace tmx::runtime {
namespace {

const char* text_or_empty(const flatbuffers::String* text) { return text == nullptr ? "" : text->c_str(); }

void describe(const Tensor& tensor, tmx_tensor* result) {
    memset(result, 0, sizeof(*result));
    result->name = tensor.name;
    result->type = static_cast<tmx_type>(tensor.type);
    result->rank = tensor.rank;
    for (int32_t d = 0; d < tensor.rank; ++d) {
        result->shape[d] = tensor.shape[d];
        result->onnx_axes[d] = tensor.onnx_axes[d];
        result->onnx_shape[tensor.onnx_axes[d]] = tensor.shape[d];
    }
    result->scale = tensor.scale;
    result->zero_point = tensor.zero_point;
    result->elements = tensor.elements;
    result->bytes = tensor.bytes;
    result->data = tensor.data;
    result->alias_of = tensor.alias_of;
    result->derived = tensor.derived ? 1 : 0;
    result->constant = tensor.constant ? 1 : 0;
}

tmx_status out_of_range(const tmx_model& model, const char* what, int32_t index, int32_t count) {
    return model.error.set(TMX_INVALID_ARGUMENT, "%s %" PRId32 ": the model has %" PRId32, what, index, count);
}

int32_t entry(const flatbuffers::Vector<int32_t>& indices, int32_t index) {
    if (index < 0 || static_cast<uint32_t>(index) >= indices.size()) return -1;
    return indices.Get(static_cast<uint32_t>(index));
}

}  // namespace
}  // namespace tmx::runtime

using tmx::runtime::thread_error;

void tmx_model_info(const tmx_model* model, tmx_info* info) {
    if (info == nullptr) return;
    memset(info, 0, sizeof(*info));
    info->producer = info->target = info->settings = info->isa = info->npu = "";
    if (model == nullptr) return;
    const tmx::format::Model& file = *model->graph.file;
    info->producer = file.producer()->c_str();
    info->target = file.target()->c_str();
    info->settings = tmx::runtime::text_or_empty(file.settings());
    info->isa = model->isa;
    info->checksum = model->checksum;
    info->key_id = model->key_id;
    info->model_version = model->model_version;
    info->file_bytes = model->file_bytes;
    info->weights_bytes = model->graph.memory.weights_bytes;
    info->arena_bytes = model->graph.memory.arena_bytes;
    info->input_count = static_cast<int32_t>(file.inputs()->size());
    info->output_count = static_cast<int32_t>(file.outputs()->size());
    info->tensor_count = model->graph.tensor_count;
    info->op_count = model->op_count;
    info->threads = model->pool.threads();
    for (int32_t i = 0; i < model->op_count; ++i) info->unread_packings += model->ops[i].unread_packing ? 1 : 0;
    info->state_count = static_cast<int32_t>(tmx::runtime::state_count(model->graph));
    info->npu_sections = model->npu_sections;
    for (int32_t i = 0; i < model->npu_sections; ++i) info->npu_active += model->npu[i] != nullptr ? 1 : 0;
    info->npu_target = file.npu_target();
    info->npu_fallbacks = model->npu_fallbacks;
    info->npu = model->npu_text.text;
}

tmx_status tmx_model_tensor(const tmx_model* model, int32_t index, tmx_tensor* tensor) {
    if (model == nullptr || tensor == nullptr) {
        return thread_error().set(TMX_INVALID_ARGUMENT, "model or tensor is NULL");
    }
    if (index < 0 || index >= model->graph.tensor_count) {
        return tmx::runtime::out_of_range(*model, "tensor", index, model->graph.tensor_count);
    }
    tmx::runtime::describe(model->graph.tensors[index], tensor);
    return TMX_OK;
}

tmx_status tmx_model_op(const tmx_model* model, int32_t index, tmx_op* op) {
    if (model == nullptr || op == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model or op is NULL");
    if (index < 0 || index >= model->op_count) {
        return tmx::runtime::out_of_range(*model, "op", index, model->op_count);
    }
    const tmx::format::Op& file = *model->graph.file->ops()->Get(static_cast<uint32_t>(index));
    memset(op, 0, sizeof(*op));
    op->layer = file.layer()->c_str();
    op->onnx_type = tmx::runtime::text_or_empty(file.onnx_type());
    op->type = model->ops[index].kind->name;
    op->kernel = model->ops[index].kernel;
    op->precision = static_cast<tmx_precision>(file.precision());
    op->inputs = file.inputs()->data();
    op->input_count = static_cast<int32_t>(file.inputs()->size());
    op->outputs = file.outputs()->data();
    op->output_count = static_cast<int32_t>(file.outputs()->size());
    op->macs = file.macs();
    op->role = tmx::runtime::role_of(*model->graph.file, index);
    return TMX_OK;
}

int32_t tmx_input_tensor_index(const tmx_model* model, int32_t index) {
    return model == nullptr ? -1 : tmx::runtime::entry(*model->graph.file->inputs(), index);
}

int32_t tmx_output_tensor_index(const tmx_model* model, int32_t index) {
    return model == nullptr ? -1 : tmx::runtime::entry(*model->graph.file->outputs(), index);
}

tmx_status tmx_input(const tmx_model* model, int32_t index, tmx_tensor* tensor) {
    if (model == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model is NULL");
    const int32_t tensor_index = tmx_input_tensor_index(model, index);
    if (tensor_index < 0) {
        return tmx::runtime::out_of_range(*model, "input", index,
                                          static_cast<int32_t>(model->graph.file->inputs()->size()));
    }
    return tmx_model_tensor(model, tensor_index, tensor);
}

tmx_status tmx_output(const tmx_model* model, int32_t index, tmx_tensor* tensor) {
    if (model == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model is NULL");
    const int32_t tensor_index = tmx_output_tensor_index(model, index);
    if (tensor_index < 0) {
        return tmx::runtime::out_of_range(*model, "output", index,
                                          static_cast<int32_t>(model->graph.file->outputs()->size()));
    }
    return tmx_model_tensor(model, tensor_index, tensor);
}

tmx_status tmx_state(const tmx_model* model, int32_t index, tmx_tensor* tensor) {
    if (model == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model is NULL");
    const uint32_t count = tmx::runtime::state_count(model->graph);
    if (index < 0 || static_cast<uint32_t>(index) >= count) {
        return tmx::runtime::out_of_range(*model, "state", index, static_cast<int32_t>(count));
    }
    return tmx_model_tensor(model, model->graph.file->states()->Get(static_cast<uint32_t>(index))->input(), tensor);
}

const char* tmx_last_error(const tmx_model* model) {
    return model == nullptr ? thread_error().text : model->error.text;
}

const char* tmx_status_name(tmx_status status) {
    switch (status) {
        case TMX_OK:
            return "TMX_OK";
        case TMX_INVALID_ARGUMENT:
            return "TMX_INVALID_ARGUMENT";
        case TMX_WRONG_SIZE:
            return "TMX_WRONG_SIZE";
        case TMX_ARENA_TOO_SMALL:
            return "TMX_ARENA_TOO_SMALL";
        case TMX_OUT_OF_MEMORY:
            return "TMX_OUT_OF_MEMORY";
        case TMX_IO_ERROR:
            return "TMX_IO_ERROR";
        case TMX_THREAD_ERROR:
            return "TMX_THREAD_ERROR";
        case TMX_CANCELED:
            return "TMX_CANCELED";
        case TMX_NOT_A_MODEL:
            return "TMX_NOT_A_MODEL";
        case TMX_BAD_CHECKSUM:
            return "TMX_BAD_CHECKSUM";
        case TMX_CORRUPT_MODEL:
            return "TMX_CORRUPT_MODEL";
        case TMX_TOO_NEW:
            return "TMX_TOO_NEW";
        case TMX_UNSUPPORTED_ISA:
            return "TMX_UNSUPPORTED_ISA";
        case TMX_UNSUPPORTED_OP:
            return "TMX_UNSUPPORTED_OP";
        case TMX_NOT_INSTALLED:
            return "TMX_NOT_INSTALLED";
        case TMX_STORE_BUSY:
            return "TMX_STORE_BUSY";
        case TMX_DAMAGED_STORE:
            return "TMX_DAMAGED_STORE";
        case TMX_BAD_SIGNATURE:
            return "TMX_BAD_SIGNATURE";
        case TMX_DOWNGRADE:
            return "TMX_DOWNGRADE";
        case TMX_WRONG_BOARD:
            return "TMX_WRONG_BOARD";
        case TMX_CHECK_FAILED:
            return "TMX_CHECK_FAILED";
        case TMX_NPU_UNAVAILABLE:
            return "TMX_NPU_UNAVAILABLE";
        case TMX_NPU_FAILED:
            return "TMX_NPU_FAILED";
        case TMX_NPU_TIMEOUT:
            return "TMX_NPU_TIMEOUT";
    }
    return "unknown status";
}

const char* tmx_version(void) {
    return TMX_TEXT(TMX_VERSION_MAJOR) "." TMX_TEXT(TMX_VERSION_MINOR) "." TMX_TEXT(TMX_VERSION_PATCH);
}

uint64_t tmx_digest(const void* data, size_t bytes) { return data == nullptr ? 0 : tmx::xxh64(data, bytes); }
