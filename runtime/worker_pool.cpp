#include "worker_pool.h"

#include <inttypes.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace tmx::runtime {
namespace {

/// Kernels keep their pointer tables and partial sums on the stack, up to about 280 KB; musl's threads have 128 KB.
constexpr size_t kStackBytes = 512 * 1024;
constexpr uint64_t kAwakeNanoseconds = 50000;
/// Looks at a word between two looks at the clock.
constexpr int kLooks = 32;

uint64_t now_nanoseconds() {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000000000U + static_cast<uint64_t>(time.tv_nsec);
}

uint32_t load(const uint32_t* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}

/// Sleeps until woken, unless *word is no longer `value`. May also return early.
void sleep_on(uint32_t* word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
void wake(uint32_t* word, int32_t threads) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, nullptr, nullptr, 0);
}

/// Watches *word for kAwakeNanoseconds; true as soon as it is not `value`.
bool changes_soon(const uint32_t* word, uint32_t value) {
    const uint64_t end = now_nanoseconds() + kAwakeNanoseconds;
    do {
        for (int look = 0; look < kLooks; ++look) {
            if (load(word) != value) return true;
            pause_briefly();
        }
    } while (now_nanoseconds() < end);
    return false;
}

constexpr uint32_t kTileBits = 8;
constexpr uint32_t kTileMask = (1U << kTileBits) - 1;

uint32_t taken(uint32_t tickets) { return tickets & kTileMask; }
uint32_t tiles_of(uint32_t tickets) { return tickets >> kTileBits & kTileMask; }
/// Nothing taken yet.
uint32_t new_tickets(uint32_t job_number, uint32_t tiles) { return job_number << 2 * kTileBits | tiles << kTileBits; }

}  // namespace

void WorkerPool::work_share(int32_t owner) {
    uint32_t* tickets = &shares_[owner].tickets;
    uint32_t seen = load(tickets);
    while (taken(seen) < tiles_of(seen)) {
        if (!__atomic_compare_exchange_n(tickets, &seen, seen + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) continue;
        const int64_t begin = job_.range * owner / job_.threads;
        const int64_t size = job_.range * (owner + 1) / job_.threads - begin;
        const int64_t first = begin + size * taken(seen) / tiles_of(seen);
        const int64_t last = begin + size * (taken(seen) + 1) / tiles_of(seen);
        if (first < last) job_.part(job_.state, first, last);
        if (__atomic_sub_fetch(&unfinished_, 1, __ATOMIC_SEQ_CST) == 0) wake(&unfinished_, 1);
        seen = load(tickets);
    }
}

void WorkerPool::work(int32_t index) {
    for (int32_t i = 0; i <= worker_count_; ++i) work_share((index + i) % (worker_count_ + 1));
}

void WorkerPool::serve(int32_t index) {
    for (;;) {
        const uint32_t seen = load(&job_number_);
        work(index);
        if (load(&stopping_) != 0) return;
        if (changes_soon(&job_number_, seen)) continue;
        __atomic_add_fetch(&sleepers_, 1, __ATOMIC_SEQ_CST);
        sleep_on(&job_number_, seen);
        __atomic_sub_fetch(&sleepers_, 1, __ATOMIC_SEQ_CST);
    }
}

void* WorkerPool::worker_main(void* data) {
    const Worker* worker = static_cast<const Worker*>(data);
    worker->pool->serve(worker->index);
    return nullptr;
}

tmx_status WorkerPool::start(int32_t threads, ErrorText& error) {
    if (threads == 1) return TMX_OK;
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
    if (worker_count_ == 0) return;
    __atomic_store_n(&stopping_, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&job_number_, 1, __ATOMIC_SEQ_CST);
    wake(&job_number_, worker_count_);
    for (int32_t i = 0; i < worker_count_; ++i) pthread_join(workers_[i].thread, nullptr);
    worker_count_ = 0;
}

void WorkerPool::run(Part part, const void* state, int64_t range, int32_t threads, int32_t tiles) {
    if (threads == 1) {
        part(state, 0, range);
        return;
    }
    const uint32_t number = job_number_ + 1;
    job_ = {part, state, range, threads};
    __atomic_store_n(&unfinished_, static_cast<uint32_t>(threads * tiles), __ATOMIC_SEQ_CST);
    for (int32_t i = 0; i < threads; ++i) {
        __atomic_store_n(&shares_[i].tickets, new_tickets(number, static_cast<uint32_t>(tiles)), __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&job_number_, number, __ATOMIC_SEQ_CST);
    if (load(&sleepers_) != 0) wake(&job_number_, threads - 1);
    work(0);
    for (uint32_t left = load(&unfinished_); left != 0; left = load(&unfinished_)) {
        if (!changes_soon(&unfinished_, left)) sleep_on(&unfinished_, left);
    }
}

}  // namespace tmx::runtime
