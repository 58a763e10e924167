#include "float/sample_loop.h"

#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tinamix::float_exec {
namespace {

/// Hands out samples in order, counts the finished ones and keeps the error of the earliest bad sample: the samples
/// before it have all been handed out, so it is the same for any number of threads.
class Samples {
  public:
    Samples(size_t total, const std::function<void(size_t, size_t)>& progress) : total_(total), progress_(progress) {}

    bool take(size_t& sample) {
        const std::lock_guard lock(mutex_);
        if (error_ || next_ == total_) return false;
        sample = next_++;
        return true;
    }
    void done() {
        const std::lock_guard lock(mutex_);
        ++done_;
        if (progress_ && !error_) progress_(done_, total_);
    }
    void fail(size_t sample, std::exception_ptr error) {
        const std::lock_guard lock(mutex_);
        if (error_ && sample >= bad_sample_) return;
        error_ = std::move(error);
        bad_sample_ = sample;
    }
    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

  private:
    std::mutex mutex_;
    const size_t total_;
    const std::function<void(size_t, size_t)>& progress_;
    size_t next_ = 0, done_ = 0, bad_sample_ = 0;
    std::exception_ptr error_;
};

}  // namespace

void for_each_sample(const ir::Graph& graph, size_t count, size_t threads,
                     const std::function<void(Executor&, size_t, size_t)>& visit,
                     const std::function<void(size_t, size_t)>& progress) {
    Samples samples(count, progress);
    const auto work = [&](size_t thread) {
        size_t sample = 0;
        try {
            Executor executor(graph);
            while (samples.take(sample)) {
                visit(executor, thread, sample);
                samples.done();
            }
        } catch (...) {
            samples.fail(sample, std::current_exception());
        }
    };
    {
        std::vector<std::jthread> others;
        for (size_t thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
        work(0);
    }
    samples.rethrow();
}

}  // namespace tinamix::float_exec
