// Sections of a model on an NPU (VeriSilicon VIP9000), through the vendor's driver library, which is loaded at run
// time. A static build cannot load libraries: there absent.cpp stands in for the driver and says so.
#ifndef TINAMIX_RUNTIME_NPU_NPU_H_
#define TINAMIX_RUNTIME_NPU_NPU_H_

#include "error_text.h"
#include "npu/npu_call.h"

namespace tmx::npu {

using runtime::ErrorText;

/// One NpuCall and the driver. Made by connect(), owned by the model.
struct Connection;

struct ConnectOptions {
    int32_t timeout_ms;  ///< of one run, at least 1
    bool shares_arena;   ///< the arena is the model's own: the NPU may read it in place
};

/// Loads the driver if this is the first, checks that the NBG is for this NPU and has the borders of `call`, and makes
/// it ready to run. `call` and the memory it points to outlive the connection. On failure *connection is null, unless
/// the driver hangs: then it must be kept for disconnect(), and a run may work once the driver has come back.
/// TMX_NPU_UNAVAILABLE, TMX_WRONG_BOARD,
/// TMX_OUT_OF_MEMORY, TMX_NPU_FAILED or TMX_NPU_TIMEOUT.
tmx_status connect(const NpuCall& call, const ConnectOptions& options, Connection** connection, ErrorText& error);

/// Reads the inputs of the call from the arena, runs, writes its outputs. From one thread at a time. TMX_NPU_FAILED,
/// TMX_NPU_TIMEOUT or TMX_CANCELED; then outputs are undefined, and the connection has been made new or is made new by
/// the next run, until it has failed kMostFailures times in a row.
tmx_status run(Connection* connection, ErrorText& error);
inline constexpr int32_t kMostFailures = 3;

/// From any thread: a present run ends soon.
void cancel(Connection* connection);

/// False if the driver has not come back from a call: it may still use the memory behind `call`, and the connection
/// stays.
bool disconnect(Connection* connection);

/// "VIPLite 1.13.0, NPU 0x10000016", cut to `size`.
void describe(const Connection& connection, char* text, size_t size);

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_NPU_H_
