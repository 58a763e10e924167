// The one thread of the process that talks to the NPU's driver. The driver wants to be started and stopped by the same
// thread, need not be safe for several, and may hang; so every call of it is part of a job that this thread does, one
// after the other, while whoever needs it waits, but not for ever.
#ifndef TINAMIX_RUNTIME_NPU_DRIVER_THREAD_H_
#define TINAMIX_RUNTIME_NPU_DRIVER_THREAD_H_

#include "npu/viplite.h"

namespace tmx::npu {

struct Job {
    using Work = tmx_status (*)(void* user, const Viplite& viplite, ErrorText& error);
    using Abandoned = void (*)(void* user, const Viplite& viplite);

    Work work;
    Abandoned abandoned;
    void* user;
    tmx_status status;
    ErrorText error;
    bool done;
    bool given_up;  ///< nobody waits for it any more
    bool copying;   ///< between begin_copy and end_copy
};

/// A user of the driver comes: the first starts it (load_viplite, start_viplite). `job` as in do_job.
tmx_status attach_driver(Job* job, int32_t timeout_ms, ErrorText& error);
/// A user goes; the last one stops the driver. False if it does not answer.
bool detach_driver(Job* job, int32_t timeout_ms);
/// The same from within a job.
void leave_driver(const Viplite& viplite);

/// Waits for its turn, has `work` done, and returns its status. After timeout_ms without an end the job is given up:
/// TMX_NPU_TIMEOUT. It then belongs to the driver's thread until that comes back, if ever: it calls `abandoned` (may be
/// null), and the driver can be used again. As long as it does not, every job ends with TMX_NPU_TIMEOUT at once.
tmx_status do_job(Job* job, Job::Work work, Job::Abandoned abandoned, void* user, int32_t timeout_ms, ErrorText& error);
/// True if the driver's thread still has it.
bool is_lost(const Job& job);

/// For `work`: memory of the caller may be used between the two. False when the job has been given up.
bool begin_copy(Job* job);
void end_copy(Job* job);

/// For state that a job shares with other threads.
void lock_driver_state();
void unlock_driver_state();
/// With the state locked: until somebody calls driver_state_changed.
void wait_for_driver_state();
void driver_state_changed();

/// As it was started last. Behind attach_driver.
const Viplite& attached_viplite();

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_DRIVER_THREAD_H_
