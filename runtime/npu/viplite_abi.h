// What is used of VIPLite's binary interface, in our own words. The same symbol names stand for two interfaces: the
// older one (VIPLite 1.x and 2.0.x) creates networks with four arguments and describes buffers in 48 bytes, the newer
// one (from 2.2 on) uses three arguments and larger structs. Which it is must be known before anything but
// vip_get_version is called. Statuses are ints, 0 or negative; sizes of a tensor begin with the innermost dimension.
#ifndef TINAMIX_RUNTIME_NPU_VIPLITE_ABI_H_
#define TINAMIX_RUNTIME_NPU_VIPLITE_ABI_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::npu {

using VipNetwork = struct VipNetworkObject*;
using VipBuffer = struct VipBufferObject*;

enum VipStatus : int32_t {
    kVipSuccess = 0,
    kVipTimeout = -1,
    kVipIo = -2,
    kVipInvalidArguments = -3,
    kVipNotSupported = -4,
    kVipOutOfResource = -5,
    kVipOutOfMemory = -6,
    kVipInvalidNetwork = -7,
    kVipMissingInputOutput = -8,
    kVipNotPrepared = -9,
    kVipIncompatible = -10,
    kVipFailure = -11,
    kVipPowerOff = -12,
    kVipPowerStop = -13,
    kVipRecovery = -14,  ///< the NPU hung, and the driver has restarted it
    kVipCanceled = -15
};

enum VipFormat : int32_t { kVipFloat32 = 0, kVipUint8 = 2, kVipInt8 = 3, kVipInt16 = 5 };
/// Fixed point: real = code / 2^position. Affine: real = scale * (code - zero point).
enum VipQuantization : int32_t { kVipUnquantized = 0, kVipFixedPoint = 1, kVipAffine = 2 };

/// Properties of inputs and outputs. Four bytes each, except kVipSizes (four bytes per dimension).
enum VipBorderProperty : int32_t {
    kVipQuantization = 0,
    kVipDimensions = 1,
    kVipSizes = 2,
    kVipDataFormat = 3,
    kVipPointPosition = 4,  ///< older drivers fill one byte
    kVipScale = 5,
    kVipZeroPoint = 6
};
enum VipNetworkProperty : int32_t { kVipInputCount = 1, kVipOutputCount = 2, kVipTimeoutMs = 68 };
enum VipHardwareProperty : int32_t { kVipCustomerId = 0 };
enum VipFlush : int32_t { kVipFlush = 1, kVipInvalidate = 2 };

inline constexpr int32_t kVipMaxSizes = 8;

union VipQuantizationData {
    int32_t point_position;
    struct {
        float scale;
        int32_t zero_point;
    } affine;
};

// The older interface.
enum VipOldMemory : uint32_t { kVipOldDriverMemory = 0, kVipOldHostMemory = 1 };
enum VipOldSource : int32_t { kVipOldFromMemory = 2 };
struct VipOldBuffer {
    uint32_t dimensions;
    uint32_t sizes[6];
    int32_t format;
    int32_t quantization;
    VipQuantizationData data;
    uint32_t memory;
};
static_assert(sizeof(VipOldBuffer) == 48 && offsetof(VipOldBuffer, format) == 28 &&
              offsetof(VipOldBuffer, memory) == 44);

// The newer interface. Its sizes are as wide as a pointer.
struct VipNewTensor {
    uint32_t dimensions;
    unsigned long sizes[kVipMaxSizes];
    int32_t format;
    int32_t quantization;
    VipQuantizationData data;
};
enum VipNewBufferSource : int32_t { kVipNewDriverMemory = 1, kVipNewHostMemory = 3 };
enum VipNewNetworkSource : int32_t { kVipNewFromNbg = 1, kVipNewNbgInMemory = 2 };
struct VipNewBuffer {
    uint32_t device;
    int32_t source;
    union {
        struct {
            unsigned long bytes;
            uint32_t alignment;
        } driver;
        struct {
            int32_t kind;  ///< 1
            unsigned long bytes;
            void* address;
        } host;
        struct {  // for the size of the union alone
            int32_t words[2];
            void* tables[2];
        } largest;
    } memory;
    int32_t is_tensor;  ///< 1
    VipNewTensor tensor;
};
struct VipNewNetwork {
    uint32_t device;
    int32_t source;
    int32_t nbg_source;
    union {
        struct {
            void* data;
            unsigned long bytes;
        } memory;
        struct {  // for the size of the union alone
            int32_t word;
            void* pointers[2];
        } largest;
    } nbg;
    struct {
        int32_t kind;
        VipNetwork network;
    } other;
};
static_assert(sizeof(VipNewTensor) == (sizeof(void*) == 8 ? 88 : 52));
static_assert(offsetof(VipNewBuffer, is_tensor) == (sizeof(void*) == 8 ? 32 : 24));
static_assert(sizeof(VipNewBuffer) == (sizeof(void*) == 8 ? 128 : 80));
static_assert(sizeof(VipNewNetwork) == (sizeof(void*) == 8 ? 56 : 32));

/// The functions under their names in the library, without "vip_".
struct VipFunctions {
    uint32_t (*get_version)();
    int32_t (*init)(uint32_t video_memory_bytes);  ///< only 1.8 looks at the argument
    int32_t (*destroy)();
    int32_t (*query_hardware)(int32_t property, uint32_t bytes, void* value);
    int32_t (*create_buffer)(void* description, uint32_t bytes, VipBuffer* buffer);
    int32_t (*create_buffer_from_handle)(const VipOldBuffer* description, void* memory, uint32_t bytes,
                                         VipBuffer* buffer);  ///< older interface
    int32_t (*destroy_buffer)(VipBuffer buffer);
    void* (*map_buffer)(VipBuffer buffer);
    int32_t (*unmap_buffer)(VipBuffer buffer);
    uint32_t (*get_buffer_size)(VipBuffer buffer);
    int32_t (*flush_buffer)(VipBuffer buffer, int32_t operation);
    union {
        void* create_network;  ///< filled by name
        int32_t (*create_network_old)(const void* data, uint32_t bytes, int32_t source, VipNetwork* network);
        int32_t (*create_network_new)(VipNewNetwork* description, uint32_t bytes, VipNetwork* network);
    };
    int32_t (*destroy_network)(VipNetwork network);
    int32_t (*prepare_network)(VipNetwork network);
    int32_t (*finish_network)(VipNetwork network);
    int32_t (*set_network)(VipNetwork network, int32_t property, void* value);
    int32_t (*query_network)(VipNetwork network, int32_t property, void* value);
    int32_t (*query_input)(VipNetwork network, uint32_t index, int32_t property, void* value);
    int32_t (*query_output)(VipNetwork network, uint32_t index, int32_t property, void* value);
    int32_t (*set_input)(VipNetwork network, uint32_t index, VipBuffer buffer);
    int32_t (*set_output)(VipNetwork network, uint32_t index, VipBuffer buffer);
    int32_t (*run_network)(VipNetwork network);
    int32_t (*cancel_network)(VipNetwork network);
};

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_VIPLITE_ABI_H_
