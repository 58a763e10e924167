// Running a model: ops in order, each on as many threads as its size is worth.
#include <inttypes.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "model.h"
#include "model_npu.h"
#include "parts.h"
#include "sections.h"
#include "states.h"

namespace tmx::runtime {
namespace {

/// Waking a worker costs some ten thousand instructions; a part of an op should be well above that.
constexpr int64_t kStepsWorthAThread = 65536;
/// Kernels prepare constants for every part they are given.
constexpr int64_t kStepsWorthATile = 1 << 20;
/// A system call that does not exist: instruction counters under an emulator see it and count between the marks.
constexpr long kMarkSystemCall = 4242;

uint64_t now_nanoseconds() {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000000000U + static_cast<uint64_t>(time.tv_nsec);
}

void mark(const tmx_model& model, long point) {
    if (model.marks_inferences) syscall(kMarkSystemCall, point);
}

int32_t threads_for(const PreparedOp& op, int32_t threads) {
    int64_t wanted = threads;
    if (wanted > op.range) wanted = op.range;
    if (wanted > op.steps / kStepsWorthAThread) wanted = op.steps / kStepsWorthAThread;
    return wanted < 1 ? 1 : static_cast<int32_t>(wanted);
}

/// Per thread.
int32_t tiles_for(const PreparedOp& op, int32_t threads) {
    const int64_t wanted = op.steps / threads / kStepsWorthATile;
    return wanted < 1 ? 1 : wanted > kMaxTiles ? kMaxTiles : static_cast<int32_t>(wanted);
}

void run_op(WorkerPool& pool, const PreparedOp& op) {
    if (op.kind->begin != nullptr) op.kind->begin(op.state);
    const int32_t threads = threads_for(op, pool.threads());
    pool.run(op.kind->run, op.state, op.range, threads, tiles_for(op, threads));
}

bool is_canceled(const tmx_model& model) { return __atomic_load_n(&model.canceled, __ATOMIC_RELAXED) != 0; }

/// Ops [first, end); an NpuCall among them is that of NPU section `npu_section`.
tmx_status run_ops(tmx_model& model, int32_t first, int32_t end, int32_t npu_section) {
    for (int32_t i = first; i < end; ++i) {
        if (is_canceled(model)) return model.error.set(TMX_CANCELED, "canceled before op %" PRId32, i);
        const bool timed = model.timed && model.observer != nullptr;
        const uint64_t begin = timed ? now_nanoseconds() : 0;
        if (model.ops[i].kind->type == format::Options::NpuCall) {
            TMX_RETURN_IF_ERROR(run_npu_call(model, npu_section));
        } else {
            run_op(model.pool, model.ops[i]);
        }
        const uint64_t time = timed ? now_nanoseconds() - begin : 0;
        // An observer may remove itself.
        if (model.observer != nullptr) model.observer(model.observer_user, &model, i, time);
    }
    return TMX_OK;
}

/// A section for an NPU: there, or by its CPU copy.
tmx_status run_npu_section(tmx_model& model, const SectionOps& ops, int32_t npu_section) {
    const bool connected = model.npu[npu_section] != nullptr;
    if (connected) {
        const tmx_status status = run_ops(model, ops.first, ops.copy, npu_section);
        if (status == TMX_OK || status == TMX_CANCELED || model.npu_only || !ops.has_copy()) return status;
        ++model.npu_fallbacks;
    }
    if (!ops.has_copy()) {
        return model.error.set(TMX_NPU_UNAVAILABLE,
                               "ops %" PRId32 " to %" PRId32 " have no CPU copy, and the NPU is off", ops.first,
                               ops.end - 1);
    }
    return run_ops(model, ops.copy, ops.end, npu_section);
}

tmx_status run_sections(tmx_model& model) {
    if (model.npu_sections == 0) return run_ops(model, 0, model.op_count, 0);
    const auto& sections = *model.graph.file->sections();
    for (uint32_t i = 0, npu_section = 0; i < sections.size(); ++i) {
        const SectionOps ops = ops_of(*sections.Get(i));
        if (is_npu(*sections.Get(i))) {
            TMX_RETURN_IF_ERROR(run_npu_section(model, ops, static_cast<int32_t>(npu_section++)));
        } else {
            TMX_RETURN_IF_ERROR(run_ops(model, ops.first, ops.end, 0));
        }
    }
    return TMX_OK;
}

}  // namespace

void run_one_op(tmx_model& model, int32_t op) { run_op(model.pool, model.ops[op]); }

}  // namespace tmx::runtime

tmx_status tmx_run(tmx_model* model) {
    using namespace tmx::runtime;
    if (model == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model is NULL");
    mark(*model, 1);
    __atomic_store_n(&model->canceled, 0U, __ATOMIC_RELAXED);
    TMX_RETURN_IF_ERROR(run_sections(*model));
    keep_states(model->graph);
    mark(*model, 2);
    return TMX_OK;
}

void tmx_cancel(tmx_model* model) {
    if (model == nullptr) return;
    __atomic_store_n(&model->canceled, 1U, __ATOMIC_RELAXED);
    for (int32_t i = 0; i < model->npu_sections; ++i) {
        if (model->npu[i] != nullptr) tmx::npu::cancel(model->npu[i]);
    }
}

void tmx_reset_state(tmx_model* model) {
    if (model != nullptr) tmx::runtime::clear_states(model->graph);
}

void tmx_set_observer(tmx_model* model, tmx_observer observer, void* user, int32_t timed) {
    if (model == nullptr) return;
    model->observer = observer;
    model->observer_user = user;
    model->timed = timed != 0;
}
