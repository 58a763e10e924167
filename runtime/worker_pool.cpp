#include "worker_pool.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

namespace tmx::runtime {

void WorkerPool::run_piece(const Job& job, int32_t index) {
    const int64_t first = job.range * index / job.parts;
    const int64_t last = job.range * (index + 1) / job.parts;
    if (first < last) job.part(job.state, first, last);
}

void WorkerPool::serve(int32_t index) {
    uint32_t seen = 0;
    pthread_mutex_lock(&mutex_);
    for (;;) {
        while (!stopping_ && generation_ == seen) pthread_cond_wait(&job_posted_, &mutex_);
        if (stopping_) break;
        seen = generation_;
        if (index >= job_.parts) continue;
        const Job job = job_;
        pthread_mutex_unlock(&mutex_);
        run_piece(job, index);
        pthread_mutex_lock(&mutex_);
        if (--pending_ == 0) pthread_cond_signal(&job_done_);
    }
    pthread_mutex_unlock(&mutex_);
}

void* WorkerPool::worker_main(void* data) {
    const Worker* worker = static_cast<const Worker*>(data);
    worker->pool->serve(worker->index);
    return nullptr;
}

namespace {

/// Kernels keep their pointer tables and partial sums on the stack, up to about 280 KB; musl's threads have 128 KB.
constexpr size_t kStackBytes = 512 * 1024;

}  // namespace

tmx_status WorkerPool::start(int32_t threads, ErrorText& error) {
    if (threads == 1) return TMX_OK;
    if (pthread_mutex_init(&mutex_, nullptr) != 0) return error.set(TMX_THREAD_ERROR, "cannot make a mutex");
    if (pthread_cond_init(&job_posted_, nullptr) != 0 || pthread_cond_init(&job_done_, nullptr) != 0) {
        return error.set(TMX_THREAD_ERROR, "cannot make a condition variable");
    }
    initialised_ = true;
    // Signals are the application's: its threads handle them, not ours.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure == 0) failure = pthread_attr_setstacksize(&attributes, kStackBytes);
    for (int32_t i = 1; i < threads && failure == 0; ++i) {
        Worker& worker = workers_[worker_count_];
        worker.pool = this;
        worker.index = i;
        failure = pthread_create(&worker.thread, &attributes, worker_main, &worker);
        if (failure == 0) ++worker_count_;
    }
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failure != 0) {
        return error.set(TMX_THREAD_ERROR, "cannot start thread %" PRId32 " of %" PRId32 ": %s", worker_count_ + 2,
                         threads, strerror(failure));
    }
    return TMX_OK;
}

void WorkerPool::stop() {
    if (!initialised_) return;
    pthread_mutex_lock(&mutex_);
    stopping_ = true;
    pthread_cond_broadcast(&job_posted_);
    pthread_mutex_unlock(&mutex_);
    for (int32_t i = 0; i < worker_count_; ++i) pthread_join(workers_[i].thread, nullptr);
    pthread_cond_destroy(&job_done_);
    pthread_cond_destroy(&job_posted_);
    pthread_mutex_destroy(&mutex_);
    initialised_ = false;
    worker_count_ = 0;
}

void WorkerPool::run(Part part, const void* state, int64_t range, int32_t parts) {
    if (parts == 1) {
        part(state, 0, range);
        return;
    }
    pthread_mutex_lock(&mutex_);
    job_ = {part, state, range, parts};
    pending_ = parts - 1;
    ++generation_;
    pthread_cond_broadcast(&job_posted_);
    pthread_mutex_unlock(&mutex_);
    run_piece({part, state, range, parts}, 0);
    pthread_mutex_lock(&mutex_);
    while (pending_ != 0) pthread_cond_wait(&job_done_, &mutex_);
    pthread_mutex_unlock(&mutex_);
}

}  // namespace tmx::runtime
