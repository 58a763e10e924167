// Loops over a thread pool. How the range is cut never changes a result.
#pragma once

#include <pthreadpool.h>

#include <cstddef>

namespace tinamix::float_exec {

/// Calls body(begin, count) over [0, range) in pieces of at most `grain`; `body` must not throw. A null pool means the
/// calling thread alone.
template <typename Body>
void parallel_for(pthreadpool_t pool, size_t range, size_t grain, const Body& body) {
    if (range <= grain || pool == nullptr || pthreadpool_get_threads_count(pool) == 1) {
        if (range != 0) {
            body(size_t{0}, range);
        }
        return;
    }
    auto piece = [](void* context, size_t begin, size_t count) { (*static_cast<const Body*>(context))(begin, count); };
    pthreadpool_parallelize_1d_tile_1d(pool, piece, const_cast<Body*>(&body), range, grain, 0);
}

/// Elements of a cheap element-wise loop that are worth a thread.
inline constexpr size_t kElementGrain = 16384;

}  // namespace tinamix::float_exec
