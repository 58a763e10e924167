#include "npu/driver_thread.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

namespace tmx::npu {
namespace {

/// A driver that emulates may compute on it.
constexpr size_t kStackBytes = 1024 * 1024;

struct DriverState {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool has_thread;
    Job* current;
    bool stuck;  ///< the current job has been given up, and its thread is still in it
    int32_t users;
    Viplite viplite;
};
DriverState state;
pthread_once_t state_once = PTHREAD_ONCE_INIT;

void initialize_state() {
    pthread_mutex_init(&state.mutex, nullptr);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);  // unmoved by somebody who sets the clock
    pthread_cond_init(&state.changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct timespec after_milliseconds(int32_t milliseconds) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += static_cast<long>(milliseconds % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        ++time.tv_sec;
    }
    return time;
}

void* serve(void*) {
    lock_driver_state();
    for (;;) {
        while (state.current == nullptr || state.current->done) wait_for_driver_state();
        Job* job = state.current;
        unlock_driver_state();
        job->status = job->work(job->user, state.viplite, job->error);
        lock_driver_state();
        if (job->given_up) {
            unlock_driver_state();
            if (job->abandoned != nullptr) job->abandoned(job->user, state.viplite);
            lock_driver_state();
            state.current = nullptr;
            state.stuck = false;
        }
        job->done = true;
        driver_state_changed();
    }
    return nullptr;
}

/// With the state locked.
tmx_status start_thread(ErrorText& error) {
    if (state.has_thread) return TMX_OK;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    // The application's signals are none of its business.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int result = pthread_create(&thread, &attributes, serve, nullptr);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (result != 0) return error.set(TMX_THREAD_ERROR, "cannot start a thread for the NPU: %s", strerror(result));
    state.has_thread = true;
    return TMX_OK;
}

tmx_status attach(void*, const Viplite&, ErrorText& error) {
    if (state.users == 0) {
        Viplite viplite = {};
        TMX_RETURN_IF_ERROR(load_viplite(&viplite, error));
        TMX_RETURN_IF_ERROR(start_viplite(&viplite, error));
        state.viplite = viplite;
    }
    ++state.users;
    return TMX_OK;
}

tmx_status detach(void*, const Viplite& viplite, ErrorText&) {
    leave_driver(viplite);
    return TMX_OK;
}

/// An attach that came too late: undone, if it has come to something. users counts only what is in order.
void undo_attach(void* job, const Viplite& viplite) {
    if (static_cast<Job*>(job)->status == TMX_OK) leave_driver(viplite);
}

}  // namespace

tmx_status attach_driver(Job* job, int32_t timeout_ms, ErrorText& error) {
    return do_job(job, attach, undo_attach, job, timeout_ms, error);
}

bool detach_driver(Job* job, int32_t timeout_ms) {
    ErrorText ignored;
    return do_job(job, detach, nullptr, job, timeout_ms, ignored) != TMX_NPU_TIMEOUT;
}

void leave_driver(const Viplite& viplite) {
    if (--state.users == 0) viplite.call.destroy();
}

tmx_status do_job(Job* job, Job::Work work, Job::Abandoned abandoned, void* user, int32_t timeout_ms,
                  ErrorText& error) {
    lock_driver_state();
    const tmx_status started = start_thread(error);
    // Whoever is in front is waited for by somebody, who gives it up in time.
    while (started == TMX_OK && state.current != nullptr && !state.stuck) wait_for_driver_state();
    if (started != TMX_OK || state.stuck) {
        unlock_driver_state();
        if (started != TMX_OK) return started;
        return error.set(TMX_NPU_TIMEOUT, "the NPU's driver has not come back from an earlier call");
    }
    job->work = work;
    job->abandoned = abandoned;
    job->user = user;
    job->done = job->given_up = job->copying = false;
    job->error.clear();
    state.current = job;
    driver_state_changed();
    const struct timespec deadline = after_milliseconds(timeout_ms);
    bool late = false;
    while (!job->done && !(late && !job->copying)) {
        if (late) {  // a copy: it ends
            wait_for_driver_state();
        } else {
            late = pthread_cond_timedwait(&state.changed, &state.mutex, &deadline) == ETIMEDOUT;
        }
    }
    if (!job->done) {
        job->given_up = true;
        state.stuck = true;
        driver_state_changed();
        unlock_driver_state();
        return error.set(TMX_NPU_TIMEOUT, "the NPU's driver has not answered for %" PRId32 " ms", timeout_ms);
    }
    state.current = nullptr;
    driver_state_changed();
    const tmx_status status = job->status;
    unlock_driver_state();
    if (status != TMX_OK) error.set(status, "%s", job->error.text);
    return status;
}

bool is_lost(const Job& job) {
    lock_driver_state();
    const bool lost = job.given_up && !job.done;
    unlock_driver_state();
    return lost;
}

bool begin_copy(Job* job) {
    lock_driver_state();
    job->copying = !job->given_up;
    const bool allowed = job->copying;
    unlock_driver_state();
    return allowed;
}

void end_copy(Job* job) {
    lock_driver_state();
    job->copying = false;
    driver_state_changed();
    unlock_driver_state();
}

void lock_driver_state() {
    pthread_once(&state_once, initialize_state);
    pthread_mutex_lock(&state.mutex);
}

void unlock_driver_state() { pthread_mutex_unlock(&state.mutex); }

void wait_for_driver_state() { pthread_cond_wait(&state.changed, &state.mutex); }

void driver_state_changed() { pthread_cond_broadcast(&state.changed); }

const Viplite& attached_viplite() { return state.viplite; }

}  // namespace tmx::npu
