// From an NBG to a network that the driver can run, with every border held against what the model says.
#include <inttypes.h>
#include <stdio.h>

#include "npu/connection.h"

namespace tmx::npu {
namespace {

/// Scales go through text files of the vendor's tools.
constexpr float kScaleTolerance = 1e-5F;
/// Cache line: flushing one must not touch what belongs to somebody else.
constexpr size_t kLineBytes = 64;

tmx_status failed(const char* what, int32_t status, ErrorText& error) {
    const bool memory = status == kVipOutOfMemory || status == kVipOutOfResource;
    return error.set(memory                  ? TMX_OUT_OF_MEMORY
                     : status == kVipTimeout ? TMX_NPU_TIMEOUT
                                             : TMX_NPU_FAILED,
                     "%s: %s (%" PRId32 ")", what, vip_status_text(status), status);
}

bool close_to(float a, float b) {
    const float difference = a < b ? b - a : a - b;
    return difference <= kScaleTolerance * b;
}

float power_of_two(int32_t exponent) {
    float value = 1;
    for (; exponent > 0; --exponent) value *= 2;
    for (; exponent < 0; ++exponent) value /= 2;
    return value;
}

bool same_codes(const VipTensor& there, const Border& border) {
    const runtime::Tensor& here = *border.tensor;
    const int32_t zero_point = here.zero_point + (border.as_uint8 ? 128 : 0);
    switch (there.quantization) {
        case kVipAffine:
            return close_to(there.data.affine.scale, here.scale) && there.data.affine.zero_point == zero_point;
        case kVipFixedPoint:
            return close_to(power_of_two(-there.data.point_position), here.scale) && zero_point == 0;
        default:
            return here.type == format::DataType::Float32;
    }
}

int32_t vip_format(const Border& border) {
    switch (border.tensor->type) {
        case format::DataType::Int8:
            return border.as_uint8 ? kVipUint8 : kVipInt8;
        case format::DataType::Int16:
            return kVipInt16;
        default:
            return kVipFloat32;
    }
}

/// Dimensions of 1 say nothing about where an element lies.
bool same_sizes(const VipTensor& there, const runtime::Tensor& here) {
    int32_t d = here.rank - 1;
    for (uint32_t i = 0; i < there.dimensions; ++i) {
        if (there.sizes[i] == 1) continue;
        while (d >= 0 && here.shape[d] == 1) --d;
        if (d < 0 || static_cast<uint32_t>(here.shape[d]) != there.sizes[i]) return false;
        --d;
    }
    while (d >= 0 && here.shape[d] == 1) --d;
    return d < 0;
}

/// "int16 fixed point 7", "uint8 scale 0.0123 zero point 12"
void describe_tensor(const VipTensor& tensor, char* text, size_t size) {
    const char* const name = tensor.format == kVipFloat32 ? "float32"
                             : tensor.format == kVipUint8 ? "uint8"
                             : tensor.format == kVipInt8  ? "int8"
                             : tensor.format == kVipInt16 ? "int16"
                                                          : "another type";
    if (tensor.quantization == kVipAffine) {
        snprintf(text, size, "%s, scale %.9g, zero point %" PRId32, name, static_cast<double>(tensor.data.affine.scale),
                 tensor.data.affine.zero_point);
    } else if (tensor.quantization == kVipFixedPoint) {
        snprintf(text, size, "%s, fixed point %" PRId32, name, tensor.data.point_position);
    } else {
        snprintf(text, size, "%s", name);
    }
}

tmx_status check_border(const VipTensor& there, const Border& border, const char* what, int32_t index,
                        ErrorText& error) {
    const runtime::Tensor& here = *border.tensor;
    if (!same_sizes(there, here)) {
        return error.set(TMX_NPU_FAILED, "%s %" PRId32 " of the NBG has other sizes than tensor '%.80s' of the model",
                         what, index, here.name);
    }
    if (there.format == vip_format(border) && same_codes(there, border)) return TMX_OK;
    char is[80];
    describe_tensor(there, is, sizeof(is));
    return error.set(TMX_NPU_FAILED,
                     "%s %" PRId32 " of the NBG is %s, the model expects %s, scale %.9g, zero point %" PRId32
                     " (tensor '%.60s'): `tinamix pack-npu --meta` takes the NBG's own",
                     what, index, is, border.as_uint8 ? "uint8" : runtime::type_name(here.type),
                     static_cast<double>(here.scale), here.zero_point + (border.as_uint8 ? 128 : 0), here.name);
}

tmx_status check_count(Connection* connection, const Viplite& viplite, VipNetworkProperty property, int32_t expected,
                       const char* what, ErrorText& error) {
    uint32_t count = 0;
    const int32_t status = viplite.call.query_network(connection->network, property, &count);
    if (status != kVipSuccess) return failed("vip_query_network", status, error);
    if (count == static_cast<uint32_t>(expected)) return TMX_OK;
    return error.set(TMX_NPU_FAILED, "the driver sees %" PRIu32 " %s in the NBG, its header says %" PRId32, count, what,
                     expected);
}

tmx_status make_buffer(Connection* connection, const Viplite& viplite, const VipTensor& tensor, const Border& border,
                       bool may_share, DriverBuffer* result, ErrorText& error) {
    const size_t bytes = border.tensor->bytes;
    void* memory = border.tensor->data;
    // The NPU only ever reads the arena: one that hangs must not write there later.
    const bool shared = may_share && connection->options.shares_arena && !border.as_uint8 && !border.tensor->constant &&
                        reinterpret_cast<uintptr_t>(memory) % kHostMemoryAlignment == 0;
    if (shared) {
        const size_t lines = (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;  // there is slack behind the arena
        result->in_place =
            create_buffer_over(viplite, tensor, memory, static_cast<uint32_t>(lines), &result->buffer) == kVipSuccess;
        if (result->in_place) return TMX_OK;
    }
    result->buffer = nullptr;
    const int32_t status = create_buffer(viplite, tensor, static_cast<uint32_t>(bytes), &result->buffer);
    if (status != kVipSuccess) return failed("vip_create_buffer", status, error);
    const uint32_t given = viplite.call.get_buffer_size(result->buffer);
    if (given >= bytes) return TMX_OK;
    return error.set(TMX_NPU_FAILED, "the driver made a buffer of %" PRIu32 " bytes for tensor '%.80s' of %zu", given,
                     border.tensor->name, bytes);
}

tmx_status make_buffers(Connection* connection, const Viplite& viplite, bool input, ErrorText& error) {
    const NpuCall& call = *connection->call;
    const int32_t count = input ? call.input_count : call.output_count;
    for (int32_t i = 0; i < count; ++i) {
        const Border& border = input ? call.inputs[i] : call.outputs[i];
        VipTensor tensor;
        const char* what = input ? "input" : "output";
        if (!query_tensor(viplite, connection->network, input, static_cast<uint32_t>(i), &tensor)) {
            return error.set(TMX_NPU_FAILED, "the driver does not say what %s %" PRId32 " of the NBG is", what, i);
        }
        TMX_RETURN_IF_ERROR(check_border(tensor, border, what, i, error));
        DriverBuffer* buffer = input ? &connection->inputs[i] : &connection->outputs[i];
        TMX_RETURN_IF_ERROR(make_buffer(connection, viplite, tensor, border, input, buffer, error));
    }
    return TMX_OK;
}

tmx_status create_parts(Connection* connection, const Viplite& viplite, ErrorText& error) {
    const NpuCall& call = *connection->call;
    int32_t status = create_network(viplite, call.nbg, static_cast<uint32_t>(call.nbg_bytes), &connection->network);
    if (status != kVipSuccess) {
        connection->network = nullptr;
        const tmx_status reason = failed("vip_create_network", status, error);
        const bool refused = status == kVipNotSupported || status == kVipIncompatible;
        error.append("; the NBG has format %" PRIu32 ".%" PRIu32 " and target 0x%" PRIX32,
                     call.header.format_version >> 16, call.header.format_version & 0xFFFF, call.header.target);
        return refused ? TMX_WRONG_BOARD : reason;
    }
    TMX_RETURN_IF_ERROR(check_count(connection, viplite, kVipInputCount, call.input_count, "inputs", error));
    TMX_RETURN_IF_ERROR(check_count(connection, viplite, kVipOutputCount, call.output_count, "outputs", error));
    TMX_RETURN_IF_ERROR(make_buffers(connection, viplite, true, error));
    TMX_RETURN_IF_ERROR(make_buffers(connection, viplite, false, error));
    // Where the driver knows no such property, do_job's limit is the only one.
    auto timeout = static_cast<uint32_t>(connection->options.timeout_ms);
    static_cast<void>(viplite.call.set_network(connection->network, kVipTimeoutMs, &timeout));
    status = viplite.call.prepare_network(connection->network);
    if (status != kVipSuccess) return failed("vip_prepare_network", status, error);
    connection->prepared = true;
    for (int32_t i = 0; i < call.input_count; ++i) {
        const auto index = static_cast<uint32_t>(i);
        status = viplite.call.set_input(connection->network, index, connection->inputs[i].buffer);
        if (status != kVipSuccess) return failed("vip_set_input", status, error);
    }
    for (int32_t i = 0; i < call.output_count; ++i) {
        const auto index = static_cast<uint32_t>(i);
        status = viplite.call.set_output(connection->network, index, connection->outputs[i].buffer);
        if (status != kVipSuccess) return failed("vip_set_output", status, error);
    }
    return TMX_OK;
}

}  // namespace

tmx_status check_target(const NbgHeader& header, const Viplite& viplite, ErrorText& error) {
    if (viplite.target == 0 || viplite.target == header.target) return TMX_OK;
    return error.set(TMX_WRONG_BOARD,
                     "the NBG is compiled for target 0x%" PRIX32 ", this NPU is 0x%" PRIX32
                     ": compile it again for this one",
                     header.target, viplite.target);
}

tmx_status create(Connection* connection, const Viplite& viplite, ErrorText& error) {
    TMX_RETURN_IF_ERROR(check_target(connection->call->header, viplite, error));
    const tmx_status status = create_parts(connection, viplite, error);
    if (status != TMX_OK) destroy(connection, viplite);
    return status;
}

void destroy(Connection* connection, const Viplite& viplite) {
    if (connection->network != nullptr) {
        if (connection->prepared) viplite.call.finish_network(connection->network);
        viplite.call.destroy_network(connection->network);
    }
    connection->network = nullptr;
    connection->prepared = false;
    for (DriverBuffer& input : connection->inputs) {
        if (input.buffer != nullptr) viplite.call.destroy_buffer(input.buffer);
        input = {};
    }
    for (DriverBuffer& output : connection->outputs) {
        if (output.buffer != nullptr) viplite.call.destroy_buffer(output.buffer);
        output = {};
    }
}

}  // namespace tmx::npu
