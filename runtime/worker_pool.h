// Threads that share the work of one op. No spinning: workers sleep between ops. The split depends on the number of
// threads only, and results do not depend on the split (kernel_table.h).
#ifndef TINAMIX_RUNTIME_WORKER_POOL_H_
#define TINAMIX_RUNTIME_WORKER_POOL_H_

#include <pthread.h>
#include <stdint.h>

#include "error_text.h"

namespace tmx::runtime {

inline constexpr int32_t kMaxThreads = 8;

class WorkerPool {
  public:
    using Part = void (*)(const void* state, int64_t first, int64_t last);

    /// Starts threads - 1 workers; the object must be zeroed memory and must not move afterwards. TMX_THREAD_ERROR if
    /// the system refuses one; stop() must be called then, too.
    tmx_status start(int32_t threads, ErrorText& error);
    /// Ends and joins the workers.
    void stop();

    int32_t threads() const { return worker_count_ + 1; }

    /// Calls `part` for [0, range) in `parts` pieces, the first one on the calling thread, and returns when all are
    /// done. 1 <= parts <= threads().
    void run(Part part, const void* state, int64_t range, int32_t parts);

  private:
    struct Worker {
        WorkerPool* pool;
        int32_t index;
        pthread_t thread;
    };
    struct Job {
        Part part;
        const void* state;
        int64_t range;
        int32_t parts;
    };

    static void* worker_main(void* worker);
    static void run_piece(const Job& job, int32_t index);
    void serve(int32_t index);

    pthread_mutex_t mutex_;
    pthread_cond_t job_posted_;
    pthread_cond_t job_done_;
    bool initialised_;
    bool stopping_;
    uint32_t generation_;  ///< counts jobs
    int32_t pending_;      ///< pieces of workers that are not done
    Job job_;
    int32_t worker_count_;
    Worker workers_[kMaxThreads - 1];
};

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_WORKER_POOL_H_
