// Opening and closing a model. Everything the model will ever need is allocated here: one block for the model itself,
// one mapping for the arena unless the caller gives one.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dataflow.h"
#include "graph_verifier.h"
#include "model.h"
#include "model_file.h"
#include "model_npu.h"
#include "op_site.h"
#include "parts.h"
#include "states.h"

namespace tmx::runtime {
namespace {

// A model of 65536 ops stays far below; a graph that asks for more is an attack.
constexpr uint64_t kMaxContextBytes = uint64_t{1} << 28;
constexpr int32_t kDefaultNpuTimeoutMs = 5000;

uint64_t rounded_up(uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

tmx_status check_options(const tmx_options& options, ErrorText& error) {
    if (options.threads < 1 || options.threads > kMaxThreads) {
        return error.set(TMX_INVALID_ARGUMENT, "%" PRId32 " threads, legal are 1 to %" PRId32, options.threads,
                         kMaxThreads);
    }
    if (options.arena != nullptr && reinterpret_cast<uintptr_t>(options.arena) % kAlignment != 0) {
        return error.set(TMX_ARENA_TOO_SMALL, "the arena is not aligned to 64 bytes");
    }
    if (options.npu < TMX_NPU_AUTO || options.npu > TMX_NPU_ONLY || options.npu_timeout_ms < 1) {
        return error.set(TMX_INVALID_ARGUMENT, "npu %" PRId32 " with a timeout of %" PRId32 " ms", options.npu,
                         options.npu_timeout_ms);
    }
    return TMX_OK;
}

/// One zeroed block: model, tensors, ops, state of the ops.
tmx_status allocate_model(const Frame& frame, uint64_t state_bytes, tmx_model** model, uint8_t** states,
                          ErrorText& error) {
    const uint64_t tensors = frame.graph->tensors()->size();
    const uint64_t ops = frame.graph->ops()->size();
    const uint64_t tensors_offset = rounded_up(sizeof(tmx_model));
    const uint64_t ops_offset = tensors_offset + rounded_up(tensors * sizeof(Tensor));
    const uint64_t states_offset = ops_offset + rounded_up(ops * sizeof(PreparedOp));
    const uint64_t bytes = states_offset + state_bytes;
    void* block = bytes > kMaxContextBytes ? nullptr : calloc(1, static_cast<size_t>(bytes));
    if (block == nullptr) {
        return error.set(TMX_OUT_OF_MEMORY, "cannot allocate %" PRIu64 " bytes for %" PRIu64 " ops", bytes, ops);
    }
    uint8_t* base = static_cast<uint8_t*>(block);
    *model = static_cast<tmx_model*>(block);
    (*model)->graph.tensors = reinterpret_cast<Tensor*>(base + tensors_offset);
    (*model)->graph.tensor_count = static_cast<int32_t>(tensors);
    (*model)->ops = reinterpret_cast<PreparedOp*>(base + ops_offset);
    (*model)->op_count = static_cast<int32_t>(ops);
    *states = base + states_offset;
    return TMX_OK;
}

tmx_status provide_arena(const tmx_options& options, tmx_model* model, ErrorText& error) {
    TensorMemory& memory = model->graph.memory;
    if (options.arena != nullptr) {
        if (options.arena_bytes < memory.arena_bytes) {
            return error.set(TMX_ARENA_TOO_SMALL, "the arena has %zu bytes, the model needs %" PRIu64,
                             options.arena_bytes, memory.arena_bytes);
        }
        memory.arena = static_cast<uint8_t*>(options.arena);
        return TMX_OK;
    }
    void* arena = mmap(nullptr, static_cast<size_t>(memory.arena_bytes), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED) {
        return error.set(TMX_OUT_OF_MEMORY, "cannot allocate an arena of %" PRIu64 " bytes", memory.arena_bytes);
    }
    model->own_arena = arena;
    memory.arena = static_cast<uint8_t*>(arena);
    return TMX_OK;
}

tmx_status choose_kernels(tmx_model* model, ErrorText& error) {
    const char* limit = getenv("TMX_KERNELS");
    model->isa = kernels::select_kernels(limit, &model->kernels);
    if (model->isa == nullptr) {
        return error.set(TMX_UNSUPPORTED_ISA, "TMX_KERNELS=%.60s: unknown, or this processor lacks it", limit);
    }
    return TMX_OK;
}

tmx_status verify_dataflow(const Graph& graph, ErrorText& error) {
    const size_t entries = kDataflowEntries * static_cast<size_t>(graph.tensor_count) + 1;
    int32_t* work = static_cast<int32_t*>(malloc(entries * sizeof(int32_t)));
    if (work == nullptr) return error.set(TMX_OUT_OF_MEMORY, "cannot allocate memory to verify the graph");
    const tmx_status status = check_dataflow(graph, work, error);
    free(work);
    return status;
}

tmx_status prepare_ops(tmx_model* model, uint8_t* states, ErrorText& error) {
    const auto& ops = *model->graph.file->ops();
    for (int32_t i = 0; i < model->op_count; ++i) {
        const format::Op& op = *ops.Get(static_cast<uint32_t>(i));
        PreparedOp& prepared = model->ops[i];
        prepared.kind = find_op_kind(op.options_type());
        prepared.state = states;
        states += op_state_bytes(op);
        const OpSite site(model->graph, model->kernels, op, i, prepared.kind->name, error);
        TMX_RETURN_IF_ERROR(prepared.kind->prepare(site, &prepared));
        // Only in a build for some models (op_selection.cmake).
        if (prepared.kernel == nullptr) {
            return site.unsupported("no kernel for precision %s in this build",
                                    format::EnumNamePrecision(op.precision()));
        }
    }
    return TMX_OK;
}

/// Everything behind the allocation of *model. What it acquires is released by tmx_model_close, on failure too.
tmx_status fill_model(const Frame& frame, const tmx_options& options, tmx_model* model, uint8_t* states,
                      ErrorText& error) {
    model->graph.file = frame.graph;
    model->graph.memory = {nullptr, frame.graph->arena_bytes(), frame.weights, frame.weights_bytes};
    model->checksum = frame.checksum;
    model->key_id = frame.key_id;
    model->model_version = frame.model_version;
    TMX_RETURN_IF_ERROR(choose_kernels(model, error));
    TMX_RETURN_IF_ERROR(provide_arena(options, model, error));
    TMX_RETURN_IF_ERROR(read_tensors(*frame.graph, model->graph.memory, model->graph.tensors, error));
    TMX_RETURN_IF_ERROR(verify_dataflow(model->graph, error));
    TMX_RETURN_IF_ERROR(check_states(model->graph, error));
    clear_states(model->graph);
    TMX_RETURN_IF_ERROR(prepare_ops(model, states, error));
    TMX_RETURN_IF_ERROR(connect_npu(options, model, error));
    const char* mark = getenv("TMX_MARK");
    model->marks_inferences = mark != nullptr && strcmp(mark, "1") == 0;
    return model->pool.start(options.threads, error);
}

tmx_status open_in_frame(const Frame& frame, size_t bytes, const tmx_options& options, tmx_model** result,
                         ErrorText& error) {
    uint64_t state_bytes = 0;
    TMX_RETURN_IF_ERROR(check_graph_header(frame, &state_bytes, error));
    tmx_model* model = nullptr;
    uint8_t* states = nullptr;
    TMX_RETURN_IF_ERROR(allocate_model(frame, state_bytes, &model, &states, error));
    model->file_bytes = bytes;
    const tmx_status status = fill_model(frame, options, model, states, error);
    if (status != TMX_OK) {
        tmx_model_close(model);
        return status;
    }
    *result = model;
    return TMX_OK;
}

/// `file` is null-filled if the caller owns the bytes; else the model takes it over on success.
tmx_status open_bytes(const uint8_t* data, size_t bytes, const tmx_options& options, const MappedFile& file,
                      tmx_model** result, ErrorText& error) {
    Frame frame;
    TMX_RETURN_IF_ERROR(open_frame(data, bytes, options.skip_checksum != 0, &frame, error));
    TMX_RETURN_IF_ERROR(open_in_frame(frame, bytes, options, result, error));
    (*result)->file = file;
    return TMX_OK;
}

}  // namespace

tmx_status open_parts(const format::Model& graph, const uint8_t* weights, uint64_t weights_bytes,
                      const tmx_options& options, tmx_model** model) {
    ErrorText& error = thread_error();
    error.clear();
    *model = nullptr;
    TMX_RETURN_IF_ERROR(check_options(options, error));
    return open_in_frame({&graph, weights, weights_bytes, 0, 0, 0}, 0, options, model, error);
}

}  // namespace tmx::runtime

void tmx_options_init(tmx_options* options) {
    if (options == nullptr) return;
    memset(options, 0, sizeof(*options));
    options->threads = 1;
    options->npu_timeout_ms = tmx::runtime::kDefaultNpuTimeoutMs;
}

tmx_status tmx_model_open(const char* path, const tmx_options* options, tmx_model** model) {
    using namespace tmx::runtime;
    ErrorText& error = thread_error();
    error.clear();
    if (path == nullptr || model == nullptr) return error.set(TMX_INVALID_ARGUMENT, "path or model is NULL");
    *model = nullptr;
    tmx_options defaults;
    tmx_options_init(&defaults);
    if (options == nullptr) options = &defaults;
    TMX_RETURN_IF_ERROR(check_options(*options, error));
    MappedFile file = {};
    TMX_RETURN_IF_ERROR(map_file(path, &file, error));
    const tmx_status status = open_bytes(file.data, file.bytes, *options, file, model, error);
    if (status != TMX_OK) unmap_file(&file);
    return status;
}

tmx_status tmx_model_open_memory(const void* data, size_t bytes, const tmx_options* options, tmx_model** model) {
    using namespace tmx::runtime;
    ErrorText& error = thread_error();
    error.clear();
    if (data == nullptr || model == nullptr) return error.set(TMX_INVALID_ARGUMENT, "data or model is NULL");
    *model = nullptr;
    if (reinterpret_cast<uintptr_t>(data) % tmx::kAlignment != 0) {
        return error.set(TMX_INVALID_ARGUMENT, "data is not aligned to 64 bytes");
    }
    tmx_options defaults;
    tmx_options_init(&defaults);
    if (options == nullptr) options = &defaults;
    TMX_RETURN_IF_ERROR(check_options(*options, error));
    return open_bytes(static_cast<const uint8_t*>(data), bytes, *options, MappedFile{}, model, error);
}

void tmx_model_close(tmx_model* model) {
    if (model == nullptr) return;
    model->pool.stop();
    // A driver that hangs may still read what it was given: then that stays.
    if (!tmx::runtime::disconnect_npu(model)) return;
    if (model->own_arena != nullptr) munmap(model->own_arena, static_cast<size_t>(model->graph.memory.arena_bytes));
    unmap_file(&model->file);
    free(model);
}
