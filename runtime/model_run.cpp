// Running a model: ops in order, each on as many threads as its size is worth.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "model.h"
#include "parts.h"
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

void run_observed(tmx_model& model) {
    for (int32_t i = 0; i < model.op_count; ++i) {
        const uint64_t begin = model.timed ? now_nanoseconds() : 0;
        run_op(model.pool, model.ops[i]);
        const uint64_t end = model.timed ? now_nanoseconds() : 0;
        // An observer may remove itself.
        if (model.observer != nullptr) model.observer(model.observer_user, &model, i, end - begin);
    }
}

}  // namespace

void run_one_op(tmx_model& model, int32_t op) { run_op(model.pool, model.ops[op]); }

}  // namespace tmx::runtime

tmx_status tmx_run(tmx_model* model) {
    using namespace tmx::runtime;
    if (model == nullptr) return thread_error().set(TMX_INVALID_ARGUMENT, "model is NULL");
    mark(*model, 1);
    if (model->observer != nullptr) {
        run_observed(*model);
    } else {
        for (int32_t i = 0; i < model->op_count; ++i) run_op(model->pool, model->ops[i]);
    }
    keep_states(model->graph);
    mark(*model, 2);
    return TMX_OK;
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
