#include "states.h"

#include <inttypes.h>
#include <string.h>

namespace tmx::runtime {
namespace {

const format::State& state(const Graph& graph, uint32_t index) { return *graph.file->states()->Get(index); }

const char* problem(const Graph& graph, const format::State& pair) {
    const auto exists = [&](int32_t index) { return index >= 0 && index < graph.tensor_count; };
    if (!exists(pair.input()) || !exists(pair.output())) return "names a tensor that does not exist";
    const Tensor& kept = graph.tensors[pair.input()];
    const Tensor& made = graph.tensors[pair.output()];
    if (kept.constant || made.constant) return "is a constant";
    if (kept.alias_of != -1) return "is kept in the memory of another tensor";
    if (kept.type == format::DataType::Int8) return "is int8; states are int16 or float32";
    bool same = same_quantization(kept, made) && kept.rank == made.rank;
    for (int32_t d = 0; same && d < kept.rank; ++d) same = kept.shape[d] == made.shape[d];
    return same ? nullptr : "differs in type, shape or quantization from what it is made of";
}

}  // namespace

tmx_status check_states(const Graph& graph, ErrorText& error) {
    const uint32_t count = state_count(graph);
    if (count > static_cast<uint32_t>(graph.tensor_count)) {
        return error.set(TMX_CORRUPT_MODEL, "%" PRIu32 " states, more than tensors", count);
    }
    for (uint32_t i = 0; i < count; ++i) {
        const char* reason = problem(graph, state(graph, i));
        if (reason != nullptr) return error.set(TMX_CORRUPT_MODEL, "state %" PRIu32 " %s", i, reason);
    }
    return TMX_OK;
}

void clear_states(const Graph& graph) {
    for (uint32_t i = 0; i < state_count(graph); ++i) {
        const Tensor& kept = graph.tensors[state(graph, i).input()];
        memset(kept.data, 0, kept.bytes);
    }
}

void keep_states(const Graph& graph) {
    for (uint32_t i = 0; i < state_count(graph); ++i) {
        const Tensor& kept = graph.tensors[state(graph, i).input()];
        const Tensor& made = graph.tensors[state(graph, i).output()];
        if (kept.data != made.data) memcpy(kept.data, made.data, kept.bytes);
    }
}

}  // namespace tmx::runtime
