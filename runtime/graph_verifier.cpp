#include "graph_verifier.h"

#include <inttypes.h>

#include "kernels/kernel_table.h"
#include "model_file.h"
#include "op.h"
#include "sections.h"
#include "tensor.h"

namespace tmx::runtime {
namespace {

constexpr uint32_t kRuntimeVersion = TMX_VERSION_MAJOR << 16 | TMX_VERSION_MINOR << 8 | TMX_VERSION_PATCH;
// Far beyond any network for a board, small enough that no product below overflows.
constexpr uint32_t kMaxOps = 1U << 16;
constexpr uint32_t kMaxTensors = 1U << 17;
constexpr uint32_t kMaxOpInputs = 1U << 10;
constexpr uint32_t kMaxOpOutputs = 8;
// Largest arena: more than the boards' whole memory, and half the address space of 32-bit ones.
constexpr uint64_t kMaxArenaBytes =
    sizeof(size_t) == 4 ? static_cast<uint64_t>(PTRDIFF_MAX) / kAlignment * kAlignment : uint64_t{1} << 32;

tmx_status check_versions(const format::Model& graph, ErrorText& error) {
    const uint32_t needed = graph.minimum_runtime();
    if (needed > kRuntimeVersion) {
        return error.set(TMX_TOO_NEW, "the file needs runtime %" PRIu32 ".%" PRIu32 ".%" PRIu32 ", this is %s",
                         needed >> 16, needed >> 8 & 255, needed & 255, tmx_version());
    }
    return TMX_OK;
}

/// strcmp, which GCC believes to read beyond a FlatBuffers string.
bool same_text(const char* a, const char* b) {
    while (*a != '\0' && *a == *b) ++a, ++b;
    return *a == *b;
}

bool processor_has(const char* name) {
    for (int isa = 0; isa < static_cast<int>(kernels::Isa::kCount); ++isa) {
        const auto candidate = static_cast<kernels::Isa>(isa);
        if (same_text(name, kernels::isa_name(candidate))) return kernels::isa_available(candidate);
    }
    return false;
}

tmx_status check_isa(const format::Model& graph, ErrorText& error) {
    if (graph.required_isa() == nullptr) return TMX_OK;
    for (uint32_t i = 0; i < graph.required_isa()->size(); ++i) {
        const char* name = graph.required_isa()->Get(i)->c_str();
        if (!processor_has(name)) {
            return error.set(TMX_UNSUPPORTED_ISA, "the file needs '%.40s', which this processor or build lacks", name);
        }
    }
    return TMX_OK;
}

tmx_status check_sizes(const Frame& frame, ErrorText& error) {
    const format::Model& graph = *frame.graph;
    if (graph.ops()->size() > kMaxOps) return error.set(TMX_CORRUPT_MODEL, "%" PRIu32 " ops", graph.ops()->size());
    if (graph.tensors()->size() > kMaxTensors) {
        return error.set(TMX_CORRUPT_MODEL, "%" PRIu32 " tensors", graph.tensors()->size());
    }
    if (graph.inputs()->size() > graph.tensors()->size()) {
        return error.set(TMX_CORRUPT_MODEL, "%" PRIu32 " inputs, more than tensors", graph.inputs()->size());
    }
    if (graph.outputs()->size() == 0 || graph.outputs()->size() > graph.tensors()->size()) {
        return error.set(TMX_CORRUPT_MODEL, "%" PRIu32 " outputs for %" PRIu32 " tensors", graph.outputs()->size(),
                         graph.tensors()->size());
    }
    if (graph.arena_bytes() % kAlignment != 0 || graph.arena_bytes() == 0 || graph.arena_bytes() > kMaxArenaBytes) {
        return error.set(TMX_CORRUPT_MODEL, "arena of %" PRIu64 " bytes: not a multiple of 64 or beyond this device",
                         graph.arena_bytes());
    }
    if (graph.weights_bytes() != frame.weights_bytes) {
        return error.set(TMX_CORRUPT_MODEL, "weight segment of %" PRIu64 " bytes, the trailer says %" PRIu64,
                         graph.weights_bytes(), frame.weights_bytes);
    }
    return TMX_OK;
}

tmx_status check_op(const format::Op& op, uint32_t index, ErrorText& error) {
    const char* layer = op.layer()->c_str();
    const OpKind* kind = find_op_kind(op.options_type());
    if (kind == nullptr) {
        return error.set(TMX_UNSUPPORTED_OP, "op %" PRIu32 " (layer '%.100s'): kind %d '%s' is not in this build",
                         index, layer, static_cast<int>(op.options_type()), format::EnumNameOptions(op.options_type()));
    }
    if (op.precision() > format::Precision::MAX) {
        return error.set(TMX_CORRUPT_MODEL, "op %" PRIu32 " (layer '%.100s'): unknown precision", index, layer);
    }
    if (op.outputs()->size() < 1 || op.outputs()->size() > kMaxOpOutputs) {
        return error.set(TMX_CORRUPT_MODEL, "op %" PRIu32 " (layer '%.100s'): %" PRIu32 " outputs", index, layer,
                         op.outputs()->size());
    }
    if (op.inputs()->size() < 1 || op.inputs()->size() > kMaxOpInputs) {
        return error.set(TMX_CORRUPT_MODEL, "op %" PRIu32 " (layer '%.100s'): %" PRIu32 " inputs", index, layer,
                         op.inputs()->size());
    }
    return TMX_OK;
}

}  // namespace

uint64_t op_state_bytes(const format::Op& op) {
    const OpKind& kind = *find_op_kind(op.options_type());
    const uint64_t bytes = kind.state_bytes + uint64_t{kind.state_bytes_per_input} * op.inputs()->size();
    return (bytes + kStateAlignment - 1) / kStateAlignment * kStateAlignment;
}

tmx_status check_graph_header(const Frame& frame, uint64_t* state_bytes, ErrorText& error) {
    const format::Model& graph = *frame.graph;
    TMX_RETURN_IF_ERROR(check_versions(graph, error));
    TMX_RETURN_IF_ERROR(check_isa(graph, error));
    TMX_RETURN_IF_ERROR(check_sizes(frame, error));
    TMX_RETURN_IF_ERROR(check_sections(graph, error));
    *state_bytes = 0;
    for (uint32_t i = 0; i < graph.ops()->size(); ++i) {
        TMX_RETURN_IF_ERROR(check_op(*graph.ops()->Get(i), i, error));
        *state_bytes += op_state_bytes(*graph.ops()->Get(i));
    }
    return TMX_OK;
}

}  // namespace tmx::runtime
