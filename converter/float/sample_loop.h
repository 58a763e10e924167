// Whole samples in parallel: one executor per thread, which scales better than the layers of one sample do.
#pragma once

#include <cstddef>
#include <functional>

#include "float/executor.h"
#include "ir/graph.h"

namespace tinamix::float_exec {

/// Calls visit(executor, thread, sample) for every sample 0..count-1, each with the executor of the thread
/// (0..threads-1) that took it; which thread that is, is chance. `progress`: after each sample with (done, count), one
/// at a time; may be empty. After an exception no more samples are handed out; the one of the earliest bad sample is
/// thrown here, whatever the number of threads.
void for_each_sample(const ir::Graph& graph, size_t count, size_t threads,
                     const std::function<void(Executor&, size_t thread, size_t sample)>& visit,
                     const std::function<void(size_t, size_t)>& progress = {});

}  // namespace tinamix::float_exec
