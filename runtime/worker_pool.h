// Threads that share the work of one op.
//
// An op's range is cut into one share per thread, the same for every op, so that a thread finds in its caches what it
// wrote in the op before. Shares of large ops are cut into a few tiles: who has finished takes tiles of another share,
// and a worker that is late costs nothing but its help. Shares and tiles depend on the number of threads only, and
// results do not depend on them (kernel_table.h).
//
// Workers do not spin: one that finds nothing to do stays awake for kAwakeNanoseconds, about the gap between two ops of
// a run, because sleeping and waking costs as much as a small op takes; then it sleeps in the kernel. Between runs all
// sleep.
#ifndef TINAMIX_RUNTIME_WORKER_POOL_H_
#define TINAMIX_RUNTIME_WORKER_POOL_H_

#include <pthread.h>
#include <stdint.h>

#include "error_text.h"

namespace tmx::runtime {

inline constexpr int32_t kMaxThreads = 8;
inline constexpr int32_t kMaxTiles = 4;

class WorkerPool {
  public:
    using Part = void (*)(const void* state, int64_t first, int64_t last);

    /// Starts threads - 1 workers; the object must be zeroed memory and must not move afterwards. TMX_THREAD_ERROR if
    /// the system refuses one; stop() must be called then, too.
    tmx_status start(int32_t threads, ErrorText& error);
    /// Ends and joins the workers.
    void stop();

    int32_t threads() const { return worker_count_ + 1; }

    /// Calls `part` for all of [0, range) on this thread and threads - 1 workers, and returns when everything is done.
    /// 1 <= threads <= threads(); 1 <= tiles <= kMaxTiles per thread. One thread: in one call.
    void run(Part part, const void* state, int64_t range, int32_t threads, int32_t tiles);

  private:
    struct Worker {
        WorkerPool* pool;
        int32_t index;  ///< of its share; the caller's is 0
        pthread_t thread;
    };
    struct Job {
        Part part;
        const void* state;
        int64_t range;
        int32_t threads;
    };
    /// Tiles of one thread in one word: job number (16 bits), tiles (8), tiles taken (8). A tile is taken by one
    /// compare-and-swap, and a worker that comes late cannot take one of a job that is over. On a cache line of its
    /// own.
    struct Share {
        uint32_t tickets;
        uint8_t other_line[60];
    };

    static void* worker_main(void* worker);
    void serve(int32_t index);
    void work(int32_t index);
    void work_share(int32_t owner);

    Share shares_[kMaxThreads];
    uint32_t job_number_;  ///< workers sleep on it
    uint32_t sleepers_;    ///< workers asleep, or about to be
    uint32_t stopping_;
    uint32_t unfinished_;  ///< tiles of the current job; the caller sleeps on it
    Job job_;              ///< stable while tiles of it are unfinished
    int32_t worker_count_;
    Worker workers_[kMaxThreads - 1];
};

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_WORKER_POOL_H_
