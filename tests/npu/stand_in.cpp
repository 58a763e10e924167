// A stand-in for VeriSilicon's NPU driver: a shared library with the symbols and structs of one generation of VIPLite
// (STAND_IN_VERSION, STAND_IN_NEWER), for tests of the shim on machines without an NPU. The "NBG" it reads is a true
// header followed, at kPayloadOffset, by a .tmx model of the section, which it runs with the program's own libtinamix.
//
// It is stricter than a driver: memory of the NPU is apart from that of the processor, so that a missing flush or
// invalidate shows; init and destroy must come from one thread, calls must not overlap, structs must have their exact
// sizes. What it does not like it answers with an error. STAND_IN_FAULT makes it misbehave, STAND_IN_VERSION lie.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tinamix.h"

extern "C" int stand_in_lower_library();

namespace {

constexpr size_t kPayloadOffset = 128;
constexpr int kTimeout = -1, kInvalid = -3, kNotSupported = -4, kNoMemory = -6, kInvalidNetwork = -7, kMissing = -8,
              kNotPrepared = -9, kFailure = -11, kRecovery = -14, kCanceled = -15;
constexpr uint32_t kHangMs = 3000;

std::string fault() {
    const char* text = std::getenv("STAND_IN_FAULT");
    return text == nullptr ? "" : text;
}
bool fault_is(const char* name) { return fault() == name; }

template <typename T>
T at(const void* base, size_t offset) {
    T value;
    std::memcpy(&value, static_cast<const uint8_t*>(base) + offset, sizeof(value));
    return value;
}
template <typename T>
void put(void* to, T value) {
    std::memcpy(to, &value, sizeof(value));
}

struct Tensor {
    int format, quantization;
    float scale;
    int32_t zero_point, position;
    std::vector<uint32_t> sizes;  // innermost first
    size_t bytes;
};

struct Buffer {
    std::vector<uint8_t> own;  // what the processor sees, where the memory is the driver's
    uint8_t* cpu;
    std::vector<uint8_t> npu;  // what the NPU sees
    size_t bytes;
    bool mapped = false;
};

struct Network {
    std::shared_ptr<uint8_t> payload;
    tmx_model* model = nullptr;
    std::vector<Tensor> inputs, outputs;
    std::vector<Buffer*> input_buffers, output_buffers;
    uint32_t timeout_ms = 0;
    bool prepared = false;
    std::atomic<bool> canceled{false};
    int recoveries = 0;
};

std::set<Network*> networks;
std::set<Buffer*> buffers;
pthread_t owner;
bool initialized = false;
std::atomic<int> inside{0};

/// One call at a time, after init, from whatever thread.
class Entry {
  public:
    Entry() : alone_(++inside == 1) {}
    ~Entry() { --inside; }
    bool legal() const { return alone_ && initialized && stand_in_lower_library() == 1; }

  private:
    bool alone_;
};

void hang(const std::atomic<bool>* canceled = nullptr) {
    for (uint32_t waited = 0; waited < kHangMs && !(canceled != nullptr && *canceled); ++waited) usleep(1000);
}

bool shows_uint8() { return std::getenv("STAND_IN_UINT8") != nullptr; }

Tensor describe(const tmx_tensor& tensor) {
    Tensor result{};
    for (int32_t d = tensor.rank - 1; d >= 0; --d) result.sizes.push_back(static_cast<uint32_t>(tensor.onnx_shape[d]));
    result.bytes = tensor.bytes;
    result.scale = tensor.scale;
    result.zero_point = tensor.zero_point;
    result.quantization = 2;
    if (tensor.type == TMX_FLOAT32) {
        result.format = 0;
        result.quantization = 0;
    } else if (tensor.type == TMX_INT16) {
        result.format = 5;
        const double exponent = -std::log2(static_cast<double>(tensor.scale));
        if (exponent == std::floor(exponent)) {
            result.quantization = 1;
            result.position = static_cast<int32_t>(exponent);
        }
    } else {
        result.format = shows_uint8() ? 2 : 3;
        if (shows_uint8()) result.zero_point += 128;
    }
    if (fault_is("scale")) result.scale *= 1.5F;
    if (fault_is("sizes")) ++result.sizes.back();
    return result;
}

int make_network(const void* nbg, size_t bytes, Network** result) {
    if (fault_is("hang_create")) hang();
    if (fault_is("out_of_memory")) return kNoMemory;
    if (bytes < kPayloadOffset || std::memcmp(nbg, "VPMN", 4) != 0) return kInvalidNetwork;
    if (at<uint32_t>(nbg, 8) != STAND_IN_TARGET || fault_is("refuse")) return kNotSupported;
    auto network = std::make_unique<Network>();
    const size_t size = bytes - kPayloadOffset;
    network->payload = {static_cast<uint8_t*>(std::aligned_alloc(64, (size + 63) / 64 * 64)), std::free};
    std::memcpy(network->payload.get(), static_cast<const uint8_t*>(nbg) + kPayloadOffset, size);
    if (tmx_model_open_memory(network->payload.get(), size, nullptr, &network->model) != TMX_OK) return kInvalidNetwork;
    tmx_info info;
    tmx_model_info(network->model, &info);
    tmx_tensor tensor;
    for (int32_t i = 0; i < info.input_count; ++i) {
        if (tmx_input(network->model, i, &tensor) != TMX_OK) return kFailure;
        network->inputs.push_back(describe(tensor));
    }
    for (int32_t i = 0; i < info.output_count; ++i) {
        if (tmx_output(network->model, i, &tensor) != TMX_OK) return kFailure;
        network->outputs.push_back(describe(tensor));
    }
    network->input_buffers.resize(network->inputs.size());
    network->output_buffers.resize(network->outputs.size());
    *result = network.get();
    networks.insert(network.release());
    return 0;
}

int make_buffer(uint8_t* memory, size_t bytes, Buffer** result) {
    auto buffer = std::make_unique<Buffer>();
    buffer->bytes = bytes;
    if (memory == nullptr) buffer->own.resize(fault_is("small_buffer") ? bytes / 2 : bytes);
    if (memory == nullptr) buffer->bytes = buffer->own.size();
    buffer->cpu = memory == nullptr ? buffer->own.data() : memory;
    buffer->npu.assign(bytes, 0xA5);
    *result = buffer.get();
    buffers.insert(buffer.release());
    return 0;
}

#if STAND_IN_NEWER
/// The tensor of a description: count at 0, sizes of 8 bytes from 8, format at 72.
size_t tensor_bytes(const uint8_t* tensor) {
    size_t bytes = at<int32_t>(tensor, 72) == 0 ? 4 : at<int32_t>(tensor, 72) == 5 ? 2 : 1;
    for (uint32_t d = 0; d < at<uint32_t>(tensor, 0); ++d) bytes *= at<uint64_t>(tensor, 8 + 8 * d);
    return bytes;
}
#else
/// Count at 0, sizes of 4 bytes from 4, format at 28.
size_t tensor_bytes(const void* tensor) {
    size_t bytes = at<int32_t>(tensor, 28) == 0 ? 4 : at<int32_t>(tensor, 28) == 5 ? 2 : 1;
    for (uint32_t d = 0; d < at<uint32_t>(tensor, 0); ++d) bytes *= at<uint32_t>(tensor, 4 + 4 * d);
    return bytes;
}
#endif

int query(const std::vector<Tensor>& tensors, uint32_t index, int property, void* value) {
    if (index >= tensors.size()) return kInvalid;
    const Tensor& tensor = tensors[index];
    switch (property) {
        case 0:
            return put(value, tensor.quantization), 0;
        case 1:
            return put(value, static_cast<uint32_t>(tensor.sizes.size())), 0;
        case 2:
            std::memcpy(value, tensor.sizes.data(), 4 * tensor.sizes.size());
            return 0;
        case 3:
            return put(value, tensor.format), 0;
        case 4:
            return put(value, static_cast<uint8_t>(tensor.position)), 0;  // one byte, as it is documented
        case 5:
            return put(value, tensor.scale), 0;
        case 6:
            return put(value, tensor.zero_point), 0;
        default:
            return kNotSupported;
    }
}

/// Between the NPU's memory, which has the ONNX order, and a tensor of the model; uint8 codes are int8 codes plus 128.
void copy_codes(uint8_t* npu, const tmx_tensor& tensor, const Tensor& border, bool to_npu) {
    const size_t size = tensor.bytes / tensor.elements;
    size_t onnx_stride[TMX_MAX_RANK] = {}, stride = 1;
    for (int32_t d = tensor.rank - 1; d >= 0; --d) {
        onnx_stride[d] = stride;
        stride *= static_cast<size_t>(tensor.onnx_shape[d]);
    }
    for (size_t i = 0; i < tensor.elements; ++i) {
        size_t rest = i, there = 0;
        for (int32_t d = tensor.rank - 1; d >= 0; --d) {
            there += rest % static_cast<size_t>(tensor.shape[d]) * onnx_stride[tensor.onnx_axes[d]];
            rest /= static_cast<size_t>(tensor.shape[d]);
        }
        uint8_t* here = static_cast<uint8_t*>(tensor.data) + i * size;
        to_npu ? std::memcpy(npu + there * size, here, size) : std::memcpy(here, npu + there * size, size);
        uint8_t* written = to_npu ? npu + there * size : here;
        if (border.format == 2) *written ^= 0x80;
    }
}

int run(Network* network) {
    if (!network->prepared) return kNotPrepared;
    network->canceled = false;
    const std::string wrong = fault();
    if (wrong == "hang_run") hang();
    if (wrong == "slow_run") hang(&network->canceled);
    if (network->canceled) return kCanceled;
    if (wrong == "timeout") {
        usleep(network->timeout_ms * 1000);
        return kTimeout;
    }
    if (wrong == "recovery_once" && network->recoveries++ == 0) return kRecovery;
    if (wrong == "recovery") return kRecovery;
    if (wrong == "failure") return kFailure;
    tmx_tensor tensor;
    for (size_t i = 0; i < network->inputs.size(); ++i) {
        if (network->input_buffers[i] == nullptr) return kMissing;
        if (tmx_input(network->model, static_cast<int32_t>(i), &tensor) != TMX_OK) return kFailure;
        copy_codes(network->input_buffers[i]->npu.data(), tensor, network->inputs[i], false);
    }
    if (tmx_run(network->model) != TMX_OK) return kFailure;
    for (size_t i = 0; i < network->outputs.size(); ++i) {
        if (network->output_buffers[i] == nullptr) return kMissing;
        if (tmx_output(network->model, static_cast<int32_t>(i), &tensor) != TMX_OK) return kFailure;
        uint8_t* out = network->output_buffers[i]->npu.data();
        copy_codes(out, tensor, network->outputs[i], true);
        for (size_t k = 0; wrong == "wrong_result" && k < tensor.bytes; ++k) out[k] = static_cast<uint8_t>(out[k] ^ k);
    }
    return 0;
}

}  // namespace

#define STAND_IN_API extern "C" __attribute__((visibility("default")))
#define STAND_IN_ENTER \
    const Entry entry; \
    if (!entry.legal()) return kFailure

/// For tests: what has not been destroyed.
STAND_IN_API size_t stand_in_live_objects() { return networks.size() + buffers.size() + (initialized ? 1 : 0); }
/// Buffers over the caller's memory.
STAND_IN_API size_t stand_in_shared_buffers() {
    size_t count = 0;
    for (const Buffer* buffer : buffers) count += buffer->own.empty() ? 1 : 0;
    return count;
}

STAND_IN_API uint32_t vip_get_version() {
    const char* lie = std::getenv("STAND_IN_VERSION");
    return lie == nullptr ? STAND_IN_VERSION : static_cast<uint32_t>(std::strtoul(lie, nullptr, 0));
}

#if STAND_IN_VERSION < 0x00010D00
STAND_IN_API int vip_init(uint32_t video_memory_bytes) {
    if (video_memory_bytes < 1 << 20) return kInvalid;
#else
STAND_IN_API int vip_init() {
#endif
    if (fault_is("hang_init")) hang();
    if (fault_is("no_device")) return kFailure;
    if (initialized) return kFailure;
    owner = pthread_self();
    initialized = true;
    return 0;
}

STAND_IN_API int vip_destroy() {
    STAND_IN_ENTER;
    if (pthread_equal(owner, pthread_self()) == 0 || !networks.empty()) return kFailure;
    initialized = false;
    return 0;
}

STAND_IN_API int vip_query_hardware(int property, uint32_t size, void* value) {
    STAND_IN_ENTER;
    if (property != 0 || size != 4) return kInvalid;
    return put(value, fault_is("wrong_target") ? 0x15U : STAND_IN_TARGET), 0;
}

STAND_IN_API int vip_create_buffer(void* description, uint32_t size, Buffer** buffer) {
    STAND_IN_ENTER;
#if STAND_IN_NEWER
    if (size != 128 || at<int32_t>(description, 32) != 1) return kInvalid;
    const size_t bytes = tensor_bytes(static_cast<const uint8_t*>(description) + 40);
    if (at<int32_t>(description, 4) == 1) {
        return at<uint64_t>(description, 8) < bytes ? kInvalid : make_buffer(nullptr, bytes, buffer);
    }
    if (at<int32_t>(description, 4) != 3 || at<int32_t>(description, 8) != 1) return kInvalid;
    if (fault_is("no_sharing")) return kNotSupported;
    auto* memory = reinterpret_cast<uint8_t*>(at<uint64_t>(description, 24));
    const auto given = static_cast<size_t>(at<uint64_t>(description, 16));
    if (reinterpret_cast<uintptr_t>(memory) % 256 != 0 || given % 64 != 0 || given < bytes) return kInvalid;
    return make_buffer(memory, given, buffer);
#else
    if (size != 48 || at<uint32_t>(description, 44) != 0) return kInvalid;
    return make_buffer(nullptr, tensor_bytes(description), buffer);
#endif
}

#if !STAND_IN_NEWER
STAND_IN_API int vip_create_buffer_from_handle(const void* description, void* memory, uint32_t size, Buffer** buffer) {
    STAND_IN_ENTER;
    if (fault_is("no_sharing")) return kNotSupported;
    if (reinterpret_cast<uintptr_t>(memory) % 256 != 0 || size % 64 != 0) return kInvalid;
    if (at<uint32_t>(description, 44) != 1 || tensor_bytes(description) > size) return kInvalid;
    return make_buffer(static_cast<uint8_t*>(memory), size, buffer);
}
#endif

STAND_IN_API int vip_destroy_buffer(Buffer* buffer) {
    STAND_IN_ENTER;
    if (buffers.erase(buffer) == 0) return kInvalid;
    for (const Network* network : networks) {
        for (const Buffer* used : network->input_buffers)
            if (used == buffer) return kFailure;
        for (const Buffer* used : network->output_buffers)
            if (used == buffer) return kFailure;
    }
    delete buffer;
    return 0;
}

STAND_IN_API void* vip_map_buffer(Buffer* buffer) {
    const Entry entry;
    if (!entry.legal() || buffers.count(buffer) == 0 || buffer->mapped || fault_is("no_mapping")) return nullptr;
    buffer->mapped = true;
    return buffer->cpu;
}

STAND_IN_API int vip_unmap_buffer(Buffer* buffer) {
    STAND_IN_ENTER;
    if (buffers.count(buffer) == 0 || !buffer->mapped) return kInvalid;
    buffer->mapped = false;
    return 0;
}

STAND_IN_API uint32_t vip_get_buffer_size(Buffer* buffer) { return static_cast<uint32_t>(buffer->bytes); }

STAND_IN_API int vip_flush_buffer(Buffer* buffer, int operation) {
    STAND_IN_ENTER;
    if (buffers.count(buffer) == 0) return kInvalid;
    const size_t bytes = buffer->bytes < buffer->npu.size() ? buffer->bytes : buffer->npu.size();
    if (operation == 1) {
        std::memcpy(buffer->npu.data(), buffer->cpu, bytes);
    } else if (operation == 2) {
        std::memcpy(buffer->cpu, buffer->npu.data(), bytes);
    } else {
        return kInvalid;
    }
    return 0;
}

#if STAND_IN_NEWER
STAND_IN_API int vip_create_network(const void* description, uint32_t size, Network** network) {
    STAND_IN_ENTER;
    // From an NBG (4) in memory (8); address at 16, bytes at 24.
    if (size != 56 || at<int32_t>(description, 4) != 1 || at<int32_t>(description, 8) != 2) return kInvalid;
    return make_network(reinterpret_cast<const void*>(at<uint64_t>(description, 16)), at<uint64_t>(description, 24),
                        network);
}
#else
STAND_IN_API int vip_create_network(const void* nbg, uint32_t bytes, int type, Network** network) {
    STAND_IN_ENTER;
    return type == 2 ? make_network(nbg, bytes, network) : kInvalid;
}
#endif

STAND_IN_API int vip_destroy_network(Network* network) {
    STAND_IN_ENTER;
    if (networks.erase(network) == 0 || network->prepared) return kInvalid;
    tmx_model_close(network->model);
    delete network;
    return 0;
}

STAND_IN_API int vip_prepare_network(Network* network) {
    STAND_IN_ENTER;
    if (networks.count(network) == 0 || network->prepared) return kInvalid;
    if (fault_is("out_of_memory_late")) return kNoMemory;
    network->prepared = true;
    return 0;
}

STAND_IN_API int vip_finish_network(Network* network) {
    STAND_IN_ENTER;
    if (networks.count(network) == 0 || !network->prepared) return kInvalid;
    network->prepared = false;
    return 0;
}

STAND_IN_API int vip_set_network(Network* network, int property, void* value) {
    STAND_IN_ENTER;
    if (networks.count(network) == 0 || network->prepared || property != 68) return kInvalid;
    network->timeout_ms = at<uint32_t>(value, 0);
    return 0;
}

STAND_IN_API int vip_query_network(Network* network, int property, void* value) {
    STAND_IN_ENTER;
    if (networks.count(network) == 0) return kInvalid;
    if (property == 1) return put(value, static_cast<uint32_t>(network->inputs.size())), 0;
    const uint32_t more = fault_is("counts") ? 1 : 0;
    if (property == 2) return put(value, static_cast<uint32_t>(network->outputs.size()) + more), 0;
    return kNotSupported;
}

STAND_IN_API int vip_query_input(Network* network, uint32_t index, int property, void* value) {
    STAND_IN_ENTER;
    return networks.count(network) == 0 ? kInvalid : query(network->inputs, index, property, value);
}

STAND_IN_API int vip_query_output(Network* network, uint32_t index, int property, void* value) {
    STAND_IN_ENTER;
    return networks.count(network) == 0 ? kInvalid : query(network->outputs, index, property, value);
}

STAND_IN_API int vip_set_input(Network* network, uint32_t index, Buffer* buffer) {
    STAND_IN_ENTER;
    if (networks.count(network) == 0 || index >= network->inputs.size() || buffers.count(buffer) == 0) return kInvalid;
    if (!network->prepared) return kNotPrepared;
    network->input_buffers[index] = buffer;
    return 0;
}

STAND_IN_API int vip_set_output(Network* network, uint32_t index, Buffer* buffer) {
    STAND_IN_ENTER;
    if (networks.count(network) == 0 || index >= network->outputs.size() || buffers.count(buffer) == 0) return kInvalid;
    if (!network->prepared) return kNotPrepared;
    network->output_buffers[index] = buffer;
    return 0;
}

STAND_IN_API int vip_run_network(Network* network) {
    STAND_IN_ENTER;
    return networks.count(network) == 0 ? kInvalid : run(network);
}

/// May come from any thread.
STAND_IN_API int vip_cancel_network(Network* network) {
    network->canceled = true;
    return 0;
}
