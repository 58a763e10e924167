// The driver's library, loaded and understood: its functions, and one form of the calls that differ between versions.
#ifndef TINAMIX_RUNTIME_NPU_VIPLITE_H_
#define TINAMIX_RUNTIME_NPU_VIPLITE_H_

#include "error_text.h"
#include "npu/viplite_abi.h"

namespace tmx::npu {

using runtime::ErrorText;

struct Viplite {
    VipFunctions call;
    uint32_t version;  ///< major << 16 | minor << 8 | patch
    bool newer;        ///< which of the two interfaces
    uint32_t target;   ///< of the NPU; 0 where the driver does not tell. Filled by start()
};

/// Loads libVIPhal.so + libNBGlinker.so, or else libVIPuser.so + libVIPlite.so, and calls vip_get_version, nothing
/// else. TMX_NPU_UNAVAILABLE: there are none, a function is missing, or the version is none that this runtime knows, or
/// not the one of the functions that the library has.
tmx_status load_viplite(Viplite* viplite, ErrorText& error);

/// vip_init, and which NPU it is. Once per process, as vip_destroy, on the same thread.
tmx_status start_viplite(Viplite* viplite, ErrorText& error);

/// A tensor as the driver describes it.
struct VipTensor {
    int32_t format;
    int32_t quantization;
    VipQuantizationData data;
    uint32_t dimensions;
    uint32_t sizes[kVipMaxSizes];
};

int32_t create_network(const Viplite& viplite, const void* nbg, uint32_t bytes, VipNetwork* network);
/// In the driver's memory.
int32_t create_buffer(const Viplite& viplite, const VipTensor& tensor, uint32_t bytes, VipBuffer* buffer);
/// Over the caller's `memory`, which begins at a multiple of kHostMemoryAlignment and has `bytes`, a multiple of 64.
int32_t create_buffer_over(const Viplite& viplite, const VipTensor& tensor, void* memory, uint32_t bytes,
                           VipBuffer* buffer);
inline constexpr uintptr_t kHostMemoryAlignment = 256;

/// Of input or output `index`; false if the driver refuses or says what cannot be.
bool query_tensor(const Viplite& viplite, VipNetwork network, bool input, uint32_t index, VipTensor* tensor);

/// "out of video memory", ... for a VipStatus.
const char* vip_status_text(int32_t status);

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_VIPLITE_H_
