#include "dataflow.h"

#include <inttypes.h>

#include "model_file.h"
#include "sections.h"
#include "states.h"

namespace tmx::runtime {
namespace {

using Indices = flatbuffers::Vector<int32_t>;

struct Range {
    uint64_t begin, end;
};

bool overlap(const Range& a, const Range& b) { return a.begin < b.end && b.begin < a.end; }

Range range_of(const Tensor& tensor) { return {tensor.offset, tensor.offset + tensor.bytes}; }

/// Contents of a tensor's memory at the present op; kept for owners, which aliases share.
/// kOneWay: written by an NPU section, but only with the NPU or only without it.
enum Contents : int32_t { kNeverWritten = 0, kIntact = 1, kOverwritten = 2, kOneWay = 3 };

class Simulation {
  public:
    /// `copies`: sections for an NPU take their CPU copy, after the NPU has failed at its last op.
    Simulation(const Graph& graph, bool copies, int32_t* work, ErrorText& error)
        : graph_(graph),
          copies_(copies),
          contents_(work),
          intact_(work + graph.tensor_count),
          other_way_(work + 2 * graph.tensor_count),
          error_(error) {}

    tmx_status run() {
        for (int32_t i = 0; i < graph_.tensor_count; ++i) {
            contents_[i] = graph_.tensors[i].constant ? kIntact : kNeverWritten;
            other_way_[i] = -1;
        }
        TMX_RETURN_IF_ERROR(place_inputs());
        for (uint32_t i = 0; i < state_count(graph_); ++i) {
            TMX_RETURN_IF_ERROR(place("state", i, graph_.file->states()->Get(i)->input()));
        }
        for (uint32_t i = 0; i < graph_.file->sections()->size(); ++i) TMX_RETURN_IF_ERROR(pass_section(i));
        return check_outputs();
    }

  private:
    bool exists(int32_t index) const { return index >= 0 && index < graph_.tensor_count; }

    /// Index `index` is valid here.
    void make_intact(int32_t index) {
        const int32_t owner = graph_.tensors[index].owner;
        contents_[owner] = kIntact;
        intact_[intact_count_++] = owner;
    }

    void overwrite(const Range& range) {
        int32_t kept = 0;
        for (int32_t i = 0; i < intact_count_; ++i) {
            const int32_t owner = intact_[i];
            if (overlap(range_of(graph_.tensors[owner]), range)) {
                contents_[owner] = kOverwritten;
            } else {
                intact_[kept++] = owner;
            }
        }
        intact_count_ = kept;
    }

    const format::Op& op(int32_t index) const { return *graph_.file->ops()->Get(static_cast<uint32_t>(index)); }

    tmx_status pass_section(uint32_t index) {
        const SectionOps ops = ops_of(*graph_.file->sections()->Get(index));
        const bool copy = copies_ && ops.has_copy();
        for (int32_t i = ops.first; copy && i < ops.copy; ++i) spoil(op(i));
        const int32_t first = copy ? ops.copy : ops.first, end = copy ? ops.end : ops.copy;
        for (int32_t i = first; i < end; ++i) TMX_RETURN_IF_ERROR(step(op(i), static_cast<uint32_t>(i)));
        if (!ops.has_copy()) return TMX_OK;
        // What follows may rely only on what both ways write.
        const int32_t mark = static_cast<int32_t>(index);
        for (int32_t i = copy ? ops.first : ops.copy; i < (copy ? ops.copy : ops.end); ++i) {
            for (uint32_t k = 0; k < op(i).outputs()->size(); ++k) {
                const int32_t output = op(i).outputs()->Get(k);
                if (exists(output)) other_way_[graph_.tensors[output].owner] = mark;
            }
        }
        for (int32_t i = first; i < end; ++i) {
            for (uint32_t k = 0; k < op(i).outputs()->size(); ++k) {
                const int32_t owner = graph_.tensors[op(i).outputs()->Get(k)].owner;
                if (other_way_[owner] != mark) contents_[owner] = kOneWay;
            }
        }
        int32_t kept = 0;
        for (int32_t i = 0; i < intact_count_; ++i) {
            if (contents_[intact_[i]] == kIntact) intact_[kept++] = intact_[i];
        }
        intact_count_ = kept;
        return TMX_OK;
    }

    /// The memory that an op writes that has been tried in vain. The simulation with the NPU has checked its tensors.
    void spoil(const format::Op& tried) {
        if (tried.scratch_bytes() != 0) {
            overwrite({tried.scratch_offset(), tried.scratch_offset() + tried.scratch_bytes()});
        }
        for (uint32_t i = 0; i < tried.outputs()->size(); ++i) {
            overwrite(range_of(graph_.tensors[tried.outputs()->Get(i)]));
        }
    }

    tmx_status place_inputs() {
        const Indices& inputs = *graph_.file->inputs();
        for (uint32_t i = 0; i < inputs.size(); ++i) TMX_RETURN_IF_ERROR(place("input", i, inputs.Get(i)));
        return TMX_OK;
    }

    /// A tensor that has its contents before the first op.
    tmx_status place(const char* what, uint32_t i, int32_t index) {
        if (!exists(index)) {
            return error_.set(TMX_CORRUPT_MODEL, "%s %" PRIu32 ": tensor %" PRId32 " does not exist", what, i, index);
        }
        const Tensor& tensor = graph_.tensors[index];
        if (tensor.constant) {
            return error_.set(TMX_CORRUPT_MODEL, "%s %" PRIu32 ": tensor '%.100s' is a constant", what, i, tensor.name);
        }
        const int32_t before = intact_count_;
        overwrite(range_of(tensor));
        if (intact_count_ != before) {
            return error_.set(TMX_CORRUPT_MODEL, "%s %" PRIu32 ": tensor '%.100s' overlaps another input", what, i,
                              tensor.name);
        }
        make_intact(index);
        return TMX_OK;
    }

    tmx_status fail(const format::Op& op, uint32_t index, const char* reason, const char* tensor) const {
        return error_.set(TMX_CORRUPT_MODEL, "op %" PRIu32 " (%s, layer '%.80s'): %s%s%.80s%s", index,
                          format::EnumNameOptions(op.options_type()), op.layer()->c_str(), reason,
                          tensor != nullptr ? " '" : "", tensor != nullptr ? tensor : "", tensor != nullptr ? "'" : "");
    }

    tmx_status step(const format::Op& op, uint32_t index) {
        const Indices& inputs = *op.inputs();
        const Indices& outputs = *op.outputs();
        for (uint32_t i = 0; i < inputs.size(); ++i) {
            if (!exists(inputs.Get(i))) return fail(op, index, "reads a tensor that does not exist", nullptr);
            const Tensor& tensor = graph_.tensors[inputs.Get(i)];
            if (contents_[tensor.owner] == kNeverWritten) {
                return fail(op, index, "reads, before anything writes it, tensor", tensor.name);
            }
            if (contents_[tensor.owner] == kOverwritten) {
                return fail(op, index, "reads, after its memory was used again, tensor", tensor.name);
            }
            if (contents_[tensor.owner] == kOneWay) {
                return fail(op, index, "reads what only one way through an NPU section writes, tensor", tensor.name);
            }
        }
        const uint64_t scratch_bytes = op.scratch_bytes();
        Range scratch = {0, 0};
        if (scratch_bytes != 0) {
            TMX_RETURN_IF_ERROR(check_scratch(op, index));
            scratch = {op.scratch_offset(), op.scratch_offset() + scratch_bytes};
            TMX_RETURN_IF_ERROR(check_against_inputs(op, index, scratch, "has scratch memory that overlaps input"));
            overwrite(scratch);
        }
        for (uint32_t i = 0; i < outputs.size(); ++i) {
            if (!exists(outputs.Get(i))) return fail(op, index, "writes a tensor that does not exist", nullptr);
            const Tensor& tensor = graph_.tensors[outputs.Get(i)];
            if (tensor.constant) return fail(op, index, "writes constant", tensor.name);
            if (contents_[tensor.owner] != kNeverWritten) return fail(op, index, "writes again tensor", tensor.name);
            const Range range = range_of(tensor);
            TMX_RETURN_IF_ERROR(check_against_inputs(op, index, range, "has an output that overlaps input"));
            if (scratch_bytes != 0 && overlap(range, scratch)) {
                return fail(op, index, "has scratch memory that overlaps output", tensor.name);
            }
            overwrite(range);
            make_intact(outputs.Get(i));
        }
        for (uint32_t i = 0; i < outputs.size(); ++i) {  // an output must not have overwritten an earlier one
            const Tensor& tensor = graph_.tensors[outputs.Get(i)];
            if (contents_[tensor.owner] != kIntact) return fail(op, index, "overwrites its own output", tensor.name);
        }
        return TMX_OK;
    }

    tmx_status check_scratch(const format::Op& op, uint32_t index) const {
        const uint64_t room = graph_.memory.arena_bytes;
        if (op.scratch_offset() % kAlignment != 0) {
            return fail(op, index, "scratch memory is not aligned to 64", nullptr);
        }
        if (op.scratch_bytes() > room || op.scratch_offset() > room - op.scratch_bytes() ||
            room - op.scratch_bytes() - op.scratch_offset() < kernels::kReadableSlackBytes) {
            return fail(op, index, "scratch memory lies outside the arena", nullptr);
        }
        return TMX_OK;
    }

    tmx_status check_against_inputs(const format::Op& op, uint32_t index, const Range& range,
                                    const char* reason) const {
        const Indices& inputs = *op.inputs();
        for (uint32_t i = 0; i < inputs.size(); ++i) {
            const Tensor& input = graph_.tensors[inputs.Get(i)];
            if (!input.constant && overlap(range_of(input), range)) return fail(op, index, reason, input.name);
        }
        return TMX_OK;
    }

    /// Outputs of the graph, what becomes of states, and the kept tensors themselves, which nothing may disturb.
    tmx_status check_outputs() const {
        const Indices& outputs = *graph_.file->outputs();
        for (uint32_t i = 0; i < outputs.size(); ++i) TMX_RETURN_IF_ERROR(check_intact("output", i, outputs.Get(i)));
        for (uint32_t i = 0; i < state_count(graph_); ++i) {
            TMX_RETURN_IF_ERROR(check_intact("state", i, graph_.file->states()->Get(i)->output()));
            TMX_RETURN_IF_ERROR(check_intact("state", i, graph_.file->states()->Get(i)->input()));
        }
        return TMX_OK;
    }

    tmx_status check_intact(const char* what, uint32_t i, int32_t index) const {
        if (!exists(index)) {
            return error_.set(TMX_CORRUPT_MODEL, "%s %" PRIu32 ": tensor %" PRId32 " does not exist", what, i, index);
        }
        const Tensor& tensor = graph_.tensors[index];
        if (contents_[tensor.owner] != kIntact) {
            return error_.set(TMX_CORRUPT_MODEL, "%s %" PRIu32 ": tensor '%.100s' %s", what, i, tensor.name,
                              contents_[tensor.owner] == kNeverWritten ? "is never written"
                              : contents_[tensor.owner] == kOneWay     ? "is written only with, or only without the NPU"
                                                                       : "is overwritten before the end");
        }
        return TMX_OK;
    }

    const Graph& graph_;
    bool copies_;
    int32_t* contents_;
    int32_t* intact_;     ///< owners in the arena with intact contents
    int32_t* other_way_;  ///< the last NPU section that writes the owner on the way not taken
    int32_t intact_count_ = 0;
    ErrorText& error_;
};

}  // namespace

tmx_status check_dataflow(const Graph& graph, int32_t* work, ErrorText& error) {
    TMX_RETURN_IF_ERROR(Simulation(graph, false, work, error).run());
    return npu_section_count(*graph.file) == 0 ? TMX_OK : Simulation(graph, true, work, error).run();
}

}  // namespace tmx::runtime
