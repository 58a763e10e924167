// An open model: one block of memory that holds this struct, the tensors, and the ops with their kernels' arguments.
#ifndef TINAMIX_RUNTIME_MODEL_H_
#define TINAMIX_RUNTIME_MODEL_H_

#include "error_text.h"
#include "frame.h"
#include "graph.h"
#include "mapped_file.h"
#include "npu/npu.h"
#include "op.h"
#include "tinamix.h"
#include "worker_pool.h"

struct tmx_model {
    tmx::runtime::Graph graph;
    uint64_t checksum;
    uint64_t key_id;
    uint32_t model_version;
    uint64_t file_bytes;
    tmx::runtime::MappedFile file;  ///< null if the caller owns the bytes
    void* own_arena;                ///< mapped here, or null if the caller gave one
    tmx::kernels::KernelTable kernels;
    const char* isa;
    tmx::runtime::PreparedOp* ops;
    int32_t op_count;
    tmx::runtime::WorkerPool pool;
    tmx_observer observer;
    void* observer_user;
    bool timed;
    uint32_t canceled;  ///< set by tmx_cancel from any thread
    /// One per section for an NPU, null where its CPU copy runs; null without such sections.
    tmx::npu::Connection** npu;
    int32_t npu_sections;
    bool npu_only;  ///< no fallback
    uint32_t npu_fallbacks;
    tmx::runtime::ErrorText npu_text;
    bool marks_inferences;  ///< environment: TMX_MARK=1
    mutable tmx::runtime::ErrorText error;
};

#endif  // TINAMIX_RUNTIME_MODEL_H_
