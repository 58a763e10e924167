#include "sections.h"

#include <inttypes.h>

namespace tmx::runtime {
namespace {

/// NpuCalls among ops [first, end).
int32_t npu_calls(const format::Model& graph, int32_t first, int32_t end) {
    int32_t calls = 0;
    for (int32_t i = first; i < end; ++i) {
        const format::Op& op = *graph.ops()->Get(static_cast<uint32_t>(i));
        calls += op.options_type() == format::Options::NpuCall ? 1 : 0;
    }
    return calls;
}

tmx_status check_section(const format::Model& graph, const format::Section& section, uint32_t index, ErrorText& error) {
    const char* reason = nullptr;
    const bool npu = is_npu(section);
    if (section.device() > format::Device::MAX) {
        reason = "unknown device";
    } else if (section.cpu_copy_ops() >= (npu ? section.op_count() : 1)) {
        reason = npu ? "its CPU copy leaves nothing for the NPU" : "a CPU copy in a section for the CPU";
    } else {
        const SectionOps ops = ops_of(section);
        if (npu_calls(graph, ops.first, ops.copy) != (npu ? 1 : 0) || npu_calls(graph, ops.copy, ops.end) != 0) {
            reason = npu ? "needs one NpuCall, and none in its CPU copy" : "an NpuCall in a section for the CPU";
        }
    }
    return reason == nullptr ? TMX_OK : error.set(TMX_CORRUPT_MODEL, "section %" PRIu32 ": %s", index, reason);
}

}  // namespace

tmx_status check_sections(const format::Model& graph, ErrorText& error) {
    uint64_t next = 0;
    for (uint32_t i = 0; i < graph.sections()->size(); ++i) {
        const format::Section& section = *graph.sections()->Get(i);
        if (section.first_op() != next || section.op_count() == 0) {
            return error.set(TMX_CORRUPT_MODEL,
                             "section %" PRIu32 ": %" PRIu32 " ops from %" PRIu32 ", the one before ends at %" PRIu64,
                             i, section.op_count(), section.first_op(), next);
        }
        next += section.op_count();
        if (next > graph.ops()->size()) break;
        TMX_RETURN_IF_ERROR(check_section(graph, section, i, error));
    }
    if (next != graph.ops()->size()) {
        return error.set(TMX_CORRUPT_MODEL, "sections cover %" PRIu64 " of %" PRIu32 " ops", next, graph.ops()->size());
    }
    if ((graph.npu_target() != 0) != (npu_section_count(graph) != 0)) {
        return error.set(TMX_CORRUPT_MODEL, "an NPU target without a section for an NPU, or such a section without it");
    }
    return TMX_OK;
}

int32_t npu_section_count(const format::Model& graph) {
    int32_t count = 0;
    for (uint32_t i = 0; i < graph.sections()->size(); ++i) count += is_npu(*graph.sections()->Get(i)) ? 1 : 0;
    return count;
}

tmx_role role_of(const format::Model& graph, int32_t op) {
    // The last section that begins at or before the op.
    uint32_t low = 0, high = graph.sections()->size();
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        (ops_of(*graph.sections()->Get(middle)).first <= op ? low : high) = middle;
    }
    const format::Section& section = *graph.sections()->Get(low);
    return !is_npu(section) ? TMX_ALWAYS : op < ops_of(section).copy ? TMX_WITH_NPU : TMX_WITHOUT_NPU;
}

}  // namespace tmx::runtime
