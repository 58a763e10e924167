#include "npu/viplite.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

namespace tmx::npu {
namespace {

/// Both libraries of a pair: the lower one, which the upper one's symbols may come from, and the upper one.
struct LibraryPair {
    const char* lower;
    const char* upper;
};
constexpr LibraryPair kPairs[] = {{"libVIPhal.so", "libNBGlinker.so"}, {"libVIPuser.so", "libVIPlite.so"}};

/// Video memory that VIPLite 1.8 sets aside at its start: what the V853's SDK gives its heap. TMX_NPU_MEMORY_MIB
/// changes it.
constexpr uint32_t kVideoMemoryMib = 16;
constexpr long kMostVideoMemoryMib = 1024;

/// vip_query_hardware exists from this version on.
constexpr uint32_t kFirstWithHardwareQuery = 0x00010601;

struct Handles {
    void* lower;
    void* upper;

    void* find(const char* name) const {
        void* symbol = dlsym(upper, name);
        return symbol == nullptr && lower != nullptr ? dlsym(lower, name) : symbol;
    }
};

struct NamedFunction {
    const char* name;
    size_t offset;
    bool required;
};
#define TMX_VIP_FUNCTION(name, required) \
    { "vip_" #name, offsetof(VipFunctions, name), required }
constexpr NamedFunction kFunctions[] = {
    TMX_VIP_FUNCTION(get_version, true),     TMX_VIP_FUNCTION(init, true),
    TMX_VIP_FUNCTION(destroy, true),         TMX_VIP_FUNCTION(query_hardware, false),
    TMX_VIP_FUNCTION(create_buffer, true),   TMX_VIP_FUNCTION(create_buffer_from_handle, false),
    TMX_VIP_FUNCTION(destroy_buffer, true),  TMX_VIP_FUNCTION(map_buffer, true),
    TMX_VIP_FUNCTION(unmap_buffer, true),    TMX_VIP_FUNCTION(get_buffer_size, true),
    TMX_VIP_FUNCTION(flush_buffer, true),    TMX_VIP_FUNCTION(create_network, true),
    TMX_VIP_FUNCTION(destroy_network, true), TMX_VIP_FUNCTION(prepare_network, true),
    TMX_VIP_FUNCTION(finish_network, true),  TMX_VIP_FUNCTION(set_network, true),
    TMX_VIP_FUNCTION(query_network, true),   TMX_VIP_FUNCTION(query_input, true),
    TMX_VIP_FUNCTION(query_output, true),    TMX_VIP_FUNCTION(set_input, true),
    TMX_VIP_FUNCTION(set_output, true),      TMX_VIP_FUNCTION(run_network, true),
    TMX_VIP_FUNCTION(cancel_network, false),
};
#undef TMX_VIP_FUNCTION
// What only libraries with the older interface have: buffers over foreign memory got functions of their own there.
constexpr const char* kOldOnly[] = {"vip_create_buffer_from_handle", "vip_create_buffer_from_physical",
                                    "vip_weak_dup_network"};

/// Opens the pair; the upper one must exist. The lower one may be part of it.
bool open_pair(const LibraryPair& pair, Handles* handles, ErrorText& error) {
    handles->lower = dlopen(pair.lower, RTLD_NOW | RTLD_GLOBAL);
    handles->upper = dlopen(pair.upper, RTLD_NOW | RTLD_LOCAL);
    if (handles->upper != nullptr) return true;
    const char* reason = dlerror();
    error.append("%s%s", error.text[0] == '\0' ? "no NPU driver: " : "; ", reason == nullptr ? pair.upper : reason);
    if (handles->lower != nullptr) dlclose(handles->lower);
    return false;
}

tmx_status find_functions(const Handles& handles, const char* library, VipFunctions* call, ErrorText& error) {
    for (const NamedFunction& function : kFunctions) {
        void* symbol = handles.find(function.name);
        if (symbol == nullptr && function.required) {
            return error.set(TMX_NPU_UNAVAILABLE, "%s has no function %s: it is no VIPLite, or half of one", library,
                             function.name);
        }
        memcpy(reinterpret_cast<uint8_t*>(call) + function.offset, &symbol, sizeof(symbol));
    }
    return TMX_OK;
}

/// From the version alone, and held against the functions that there are: a wrong guess would call with wrong
/// arguments.
tmx_status choose_interface(const Handles& handles, const char* library, Viplite* viplite, ErrorText& error) {
    viplite->version = viplite->call.get_version();
    const uint32_t major = viplite->version >> 16, minor = viplite->version >> 8 & 255, patch = viplite->version & 255;
    const bool older = major == 1 || (major == 2 && minor == 0);
    viplite->newer = major == 2 && minor >= 2;
    if (!older && !viplite->newer) {
        return error.set(TMX_NPU_UNAVAILABLE,
                         "%s is VIPLite %" PRIu32 ".%" PRIu32 ".%" PRIu32
                         "; known are 1.x, 2.0.x and 2.2 or later 2.x: calling another one would be a guess",
                         library, major, minor, patch);
    }
    bool has_old = false;
    for (const char* name : kOldOnly) has_old = has_old || handles.find(name) != nullptr;
    if (has_old == older) return TMX_OK;
    return error.set(TMX_NPU_UNAVAILABLE,
                     "%s says it is VIPLite %" PRIu32 ".%" PRIu32 ".%" PRIu32
                     ", but its functions are those of %s one: install the libraries that belong to the board's driver",
                     library, major, minor, patch, older ? "a later" : "an earlier");
}

uint32_t video_memory_bytes() {
    const char* text = getenv("TMX_NPU_MEMORY_MIB");
    const long mib = text == nullptr ? 0 : strtol(text, nullptr, 10);
    return (mib > 0 && mib <= kMostVideoMemoryMib ? static_cast<uint32_t>(mib) : kVideoMemoryMib) << 20;
}

VipNewTensor new_tensor(const VipTensor& tensor) {
    VipNewTensor result = {};
    result.dimensions = tensor.dimensions;
    for (uint32_t d = 0; d < tensor.dimensions; ++d) result.sizes[d] = tensor.sizes[d];
    result.format = tensor.format;
    result.quantization = tensor.quantization;
    result.data = tensor.data;
    return result;
}

VipOldBuffer old_buffer(const VipTensor& tensor, VipOldMemory memory) {
    VipOldBuffer result = {};
    result.dimensions = tensor.dimensions;
    for (uint32_t d = 0; d < tensor.dimensions; ++d) result.sizes[d] = tensor.sizes[d];
    result.format = tensor.format;
    result.quantization = tensor.quantization;
    result.data = tensor.data;
    result.memory = memory;
    return result;
}

}  // namespace

tmx_status load_viplite(Viplite* viplite, ErrorText& error) {
    error.clear();
    for (const LibraryPair& pair : kPairs) {
        Handles handles;
        if (!open_pair(pair, &handles, error)) continue;
        // From here on it stays loaded: nobody knows what threads it has started.
        TMX_RETURN_IF_ERROR(find_functions(handles, pair.upper, &viplite->call, error));
        return choose_interface(handles, pair.upper, viplite, error);
    }
    return TMX_NPU_UNAVAILABLE;
}

tmx_status start_viplite(Viplite* viplite, ErrorText& error) {
    const int32_t status = viplite->call.init(video_memory_bytes());
    if (status != kVipSuccess) {
        return error.set(TMX_NPU_UNAVAILABLE,
                         "vip_init: %s (%" PRId32
                         "): is the kernel driver loaded (/dev/vipcore), and does it belong to these libraries?",
                         vip_status_text(status), status);
    }
    viplite->target = 0;
    if (viplite->call.query_hardware != nullptr && viplite->version >= kFirstWithHardwareQuery) {
        uint32_t target = 0;
        if (viplite->call.query_hardware(kVipCustomerId, sizeof(target), &target) == kVipSuccess) {
            viplite->target = target;
        }
    }
    return TMX_OK;
}

int32_t create_network(const Viplite& viplite, const void* nbg, uint32_t bytes, VipNetwork* network) {
    if (!viplite.newer) return viplite.call.create_network_old(nbg, bytes, kVipOldFromMemory, network);
    VipNewNetwork description = {};
    description.source = kVipNewFromNbg;
    description.nbg_source = kVipNewNbgInMemory;
    description.nbg.memory.data = const_cast<void*>(nbg);
    description.nbg.memory.bytes = bytes;
    return viplite.call.create_network_new(&description, sizeof(description), network);
}

int32_t create_buffer(const Viplite& viplite, const VipTensor& tensor, uint32_t bytes, VipBuffer* buffer) {
    if (!viplite.newer) {
        VipOldBuffer description = old_buffer(tensor, kVipOldDriverMemory);
        return viplite.call.create_buffer(&description, sizeof(description), buffer);
    }
    VipNewBuffer description = {};
    description.source = kVipNewDriverMemory;
    description.memory.driver.bytes = bytes;
    description.memory.driver.alignment = static_cast<uint32_t>(kHostMemoryAlignment);
    description.is_tensor = 1;
    description.tensor = new_tensor(tensor);
    return viplite.call.create_buffer(&description, sizeof(description), buffer);
}

int32_t create_buffer_over(const Viplite& viplite, const VipTensor& tensor, void* memory, uint32_t bytes,
                           VipBuffer* buffer) {
    if (!viplite.newer) {
        if (viplite.call.create_buffer_from_handle == nullptr) return kVipNotSupported;
        const VipOldBuffer description = old_buffer(tensor, kVipOldHostMemory);
        return viplite.call.create_buffer_from_handle(&description, memory, bytes, buffer);
    }
    VipNewBuffer description = {};
    description.source = kVipNewHostMemory;
    description.memory.host.kind = 1;
    description.memory.host.bytes = bytes;
    description.memory.host.address = memory;
    description.is_tensor = 1;
    description.tensor = new_tensor(tensor);
    return viplite.call.create_buffer(&description, sizeof(description), buffer);
}

bool query_tensor(const Viplite& viplite, VipNetwork network, bool input, uint32_t index, VipTensor* tensor) {
    const auto query = input ? viplite.call.query_input : viplite.call.query_output;
    *tensor = {};
    if (query(network, index, kVipDimensions, &tensor->dimensions) != kVipSuccess) return false;
    const uint32_t limit = viplite.newer ? kVipMaxSizes : 6;
    if (tensor->dimensions < 1 || tensor->dimensions > limit) return false;
    if (query(network, index, kVipSizes, tensor->sizes) != kVipSuccess) return false;
    if (query(network, index, kVipDataFormat, &tensor->format) != kVipSuccess) return false;
    if (query(network, index, kVipQuantization, &tensor->quantization) != kVipSuccess) return false;
    if (tensor->quantization == kVipFixedPoint) {
        uint8_t position[4] = {};  // one byte is written, or four
        if (query(network, index, kVipPointPosition, position) != kVipSuccess) return false;
        tensor->data.point_position = position[0] < 128 ? position[0] : position[0] - 256;
    } else if (tensor->quantization == kVipAffine) {
        if (query(network, index, kVipScale, &tensor->data.affine.scale) != kVipSuccess) return false;
        if (query(network, index, kVipZeroPoint, &tensor->data.affine.zero_point) != kVipSuccess) return false;
    }
    return true;
}

const char* vip_status_text(int32_t status) {
    switch (status) {
        case kVipTimeout:
            return "timeout";
        case kVipIo:
            return "input/output error";
        case kVipInvalidArguments:
            return "invalid arguments";
        case kVipNotSupported:
            return "not supported";
        case kVipOutOfResource:
            return "out of resources";
        case kVipOutOfMemory:
            return "out of video memory";
        case kVipInvalidNetwork:
            return "invalid network";
        case kVipMissingInputOutput:
            return "an input or output is missing";
        case kVipNotPrepared:
            return "network not prepared";
        case kVipIncompatible:
            return "network incompatible with this NPU";
        case kVipPowerOff:
            return "NPU powered off";
        case kVipPowerStop:
            return "NPU stopped";
        case kVipRecovery:
            return "the NPU hung and was restarted";
        case kVipCanceled:
            return "canceled";
        default:
            return "failure";
    }
}

}  // namespace tmx::npu
