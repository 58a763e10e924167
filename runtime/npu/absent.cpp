// In place of the driver in builds without it (CMake: TINAMIX_NPU=OFF, the default of static builds).
#include "npu/npu.h"

namespace tmx::npu {

tmx_status connect(const NpuCall&, const ConnectOptions&, Connection**, ErrorText& error) {
    return error.set(TMX_NPU_UNAVAILABLE,
                     "this build has no NPU support: it is static and cannot load the driver's library");
}

// Nothing is ever connected.
tmx_status run(Connection*, ErrorText&) { return TMX_NPU_UNAVAILABLE; }
void cancel(Connection*) {}
bool disconnect(Connection*) { return true; }
void describe(const Connection&, char*, size_t) {}

}  // namespace tmx::npu
