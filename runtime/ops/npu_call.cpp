// A network compiled for an NPU. Verified like any op; what runs it is npu/npu.h, for it can fail.
#include "npu/npu_call.h"

#include <inttypes.h>

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {
namespace {

tmx_status read_borders(const OpSite& site, const char* what, int32_t count, int32_t limit, uint32_t nbg_count,
                        uint32_t uint8_mask, npu::Border* borders) {
    if (count > limit || static_cast<uint32_t>(count) != nbg_count) {
        return site.fail("has %" PRId32 " %ss, its NBG has %" PRIu32 " (at most %" PRId32 ")", count, what, nbg_count,
                         limit);
    }
    for (int32_t i = 0; i < count; ++i) {
        const Tensor& tensor = what[0] == 'i' ? site.input(i) : site.output(i);
        borders[i].tensor = &tensor;
        borders[i].as_uint8 = (uint8_mask >> i & 1U) != 0;
        if (tensor.type == format::DataType::Int32) return site.fail("%s '%.80s' is int32", what, tensor.name);
        if (borders[i].as_uint8 && tensor.type != format::DataType::Int8) {
            return site.fail("%s '%.80s' is %s, which cannot be uint8", what, tensor.name, type_name(tensor.type));
        }
    }
    if (uint8_mask >> count != 0) return site.fail("uint8_%ss names more than there are", what);
    return TMX_OK;
}

tmx_status prepare(const OpSite& site, PreparedOp* op) {
    const auto& options = site.options<format::NpuCall>();
    auto* call = static_cast<npu::NpuCall*>(op->state);
    const void* nbg = nullptr;
    TMX_RETURN_IF_ERROR(site.resolve_bytes(options.nbg(), options.nbg()->bytes(), 1, "NBG", &nbg));
    call->nbg = static_cast<const uint8_t*>(nbg);
    call->nbg_bytes = options.nbg()->bytes();
    if (call->nbg_bytes > INT32_MAX) return site.fail("its NBG is larger than 2 GB");
    const char* problem = npu::read_nbg_header(nbg, static_cast<size_t>(call->nbg_bytes), &call->header);
    if (problem != nullptr) return site.fail("its NBG %s", problem);
    call->input_count = site.input_count();
    call->output_count = site.output_count();
    TMX_RETURN_IF_ERROR(read_borders(site, "input", call->input_count, npu::kMaxInputs, call->header.inputs,
                                     options.uint8_inputs(), call->inputs));
    TMX_RETURN_IF_ERROR(read_borders(site, "output", call->output_count, npu::kMaxOutputs, call->header.outputs,
                                     options.uint8_outputs(), call->outputs));
    op->kernel = "npu";
    return TMX_OK;
}

}  // namespace

// Not run by kernels: model_run.cpp hands it to the driver.
const OpKind kNpuCall = {"NpuCall", format::Options::NpuCall, sizeof(npu::NpuCall), 0, prepare, nullptr, nullptr};

}  // namespace tmx::runtime
