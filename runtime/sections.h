// Sections of a model, and the two ways through one for an NPU: with the NPU, or by its copy for the CPU.
#ifndef TINAMIX_RUNTIME_SECTIONS_H_
#define TINAMIX_RUNTIME_SECTIONS_H_

#include "error_text.h"
#include "graph_format.h"

namespace tmx::runtime {

/// Ops [first, copy) are the section; [copy, end), where there are any, run in their place without the NPU.
struct SectionOps {
    int32_t first, copy, end;
    bool has_copy() const { return copy != end; }
};

inline SectionOps ops_of(const format::Section& section) {
    const int32_t end = static_cast<int32_t>(section.first_op() + section.op_count());
    return {static_cast<int32_t>(section.first_op()), end - static_cast<int32_t>(section.cpu_copy_ops()), end};
}

inline bool is_npu(const format::Section& section) { return section.device() == format::Device::Npu; }

/// That sections cover all ops in order, that each for an NPU has one NpuCall and no op elsewhere is one.
tmx_status check_sections(const format::Model& graph, ErrorText& error);

/// Number of sections for an NPU.
int32_t npu_section_count(const format::Model& graph);

/// When op `op` runs.
tmx_role role_of(const format::Model& graph, int32_t op);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_SECTIONS_H_
