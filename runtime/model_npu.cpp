#include "model_npu.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sections.h"

namespace tmx::runtime {
namespace {

constexpr size_t kDriverTextBytes = 96;

/// tmx_options::npu, unless the environment says otherwise. Who wants no NPU gets none.
tmx_status npu_use(const tmx_options& options, tmx_npu_use* use, ErrorText& error) {
    const char* text = getenv("TMX_NPU");
    *use = static_cast<tmx_npu_use>(options.npu);
    if (text == nullptr || text[0] == '\0' || *use == TMX_NPU_OFF) return TMX_OK;
    const char* const names[] = {"auto", "off", "only"};
    for (int32_t i = 0; i < 3; ++i) {
        if (strcmp(text, names[i]) != 0) continue;
        *use = static_cast<tmx_npu_use>(i);
        return TMX_OK;
    }
    return error.set(TMX_INVALID_ARGUMENT, "TMX_NPU=%.40s: must be auto, off or only", text);
}

/// The op of a section that the driver runs.
int32_t call_op(const tmx_model& model, const SectionOps& ops) {
    int32_t op = ops.first;
    while (model.ops[op].kind->type != format::Options::NpuCall) ++op;  // check_sections: there is one
    return op;
}

tmx_status connect_section(const tmx_options& options, tmx_npu_use use, const SectionOps& ops, tmx_model* model,
                           npu::Connection** connection, ErrorText& error) {
    const int32_t op = call_op(*model, ops);
    const auto& call = *static_cast<const npu::NpuCall*>(model->ops[op].state);
    const char* layer = model->graph.file->ops()->Get(static_cast<uint32_t>(op))->layer()->c_str();
    if (call.header.target != model->graph.file->npu_target()) {
        return error.set(TMX_CORRUPT_MODEL,
                         "op %" PRId32 " (NpuCall, layer '%.80s'): its NBG is for target 0x%" PRIX32
                         ", the model for 0x%" PRIX32,
                         op, layer, call.header.target, model->graph.file->npu_target());
    }
    ErrorText reason = {};
    tmx_status status = TMX_NPU_UNAVAILABLE;
    if (use == TMX_NPU_OFF) {
        reason.set(status, "the NPU is switched off");
    } else {
        status = npu::connect(call, {options.npu_timeout_ms, model->own_arena != nullptr}, connection, reason);
    }
    if (status == TMX_OK) return TMX_OK;
    if (use == TMX_NPU_ONLY || (use == TMX_NPU_AUTO && !ops.has_copy())) {
        return error.set(status, "op %" PRId32 " (NpuCall, layer '%.60s')%s: %s", op, layer,
                         ops.has_copy() ? "" : ", without a CPU copy", reason.text);
    }
    model->npu_text.set(status, "CPU copies instead: %s", reason.text);
    return TMX_OK;
}

}  // namespace

tmx_status connect_npu(const tmx_options& options, tmx_model* model, ErrorText& error) {
    const format::Model& file = *model->graph.file;
    model->npu_sections = npu_section_count(file);
    if (model->npu_sections == 0) return TMX_OK;
    tmx_npu_use use = TMX_NPU_AUTO;
    TMX_RETURN_IF_ERROR(npu_use(options, &use, error));
    model->npu_only = use == TMX_NPU_ONLY;
    const auto count = static_cast<size_t>(model->npu_sections);
    model->npu = static_cast<npu::Connection**>(calloc(count, sizeof(npu::Connection*)));
    if (model->npu == nullptr) return error.set(TMX_OUT_OF_MEMORY, "cannot allocate %zu NPU sections", count);
    npu::Connection** connection = model->npu;
    for (uint32_t i = 0; i < file.sections()->size(); ++i) {
        const format::Section& section = *file.sections()->Get(i);
        if (!is_npu(section)) continue;
        TMX_RETURN_IF_ERROR(connect_section(options, use, ops_of(section), model, connection, error));
        if (*connection != nullptr && model->npu_text.text[0] == '\0') {
            char driver[kDriverTextBytes];
            npu::describe(**connection, driver, sizeof(driver));
            model->npu_text.set(TMX_OK, "%s", driver);
        }
        ++connection;
    }
    return TMX_OK;
}

tmx_status run_npu_call(tmx_model& model, int32_t section) {
    npu::Connection* connection = model.npu[section];
    if (connection == nullptr) return TMX_NPU_UNAVAILABLE;
    const tmx_status status = npu::run(connection, model.error);
    if (status == TMX_OK || status == TMX_CANCELED || model.npu_only) return status;
    model.npu_text.set(status, "last failure: %s", model.error.text);
    return status;
}

bool disconnect_npu(tmx_model* model) {
    bool disconnected = true;
    for (int32_t i = 0; model->npu != nullptr && i < model->npu_sections; ++i) {
        if (model->npu[i] != nullptr && !npu::disconnect(model->npu[i])) disconnected = false;
    }
    if (disconnected) free(model->npu);
    return disconnected;
}

}  // namespace tmx::runtime
