// A section of a model and the driver's network for it.
#ifndef TINAMIX_RUNTIME_NPU_CONNECTION_H_
#define TINAMIX_RUNTIME_NPU_CONNECTION_H_

#include "npu/driver_thread.h"
#include "npu/npu.h"

namespace tmx::npu {

struct DriverBuffer {
    VipBuffer buffer;
    bool in_place;  ///< over the arena
};

struct Connection {
    const NpuCall* call;
    ConnectOptions options;
    Job job;
    int32_t failures;  ///< runs that have failed since one succeeded
    bool attached;
    // Of the driver's thread:
    VipNetwork network;  ///< null: to be made
    bool prepared;
    DriverBuffer inputs[kMaxInputs];
    DriverBuffer outputs[kMaxOutputs];
    // Under lock_driver_state:
    bool in_run;
    int32_t cancels;  ///< threads that are canceling this run
    Connection* next_orphan;
    bool orphaned;  ///< its model has been closed, in spite of a call that has not come back
};

/// On the driver's thread. Makes the network ready to run, or leaves nothing behind.
tmx_status create(Connection* connection, const Viplite& viplite, ErrorText& error);
void destroy(Connection* connection, const Viplite& viplite);

/// That the NBG is for this NPU, in words for who flashes it.
tmx_status check_target(const NbgHeader& header, const Viplite& viplite, ErrorText& error);

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_CONNECTION_H_
