// A variant opened with the runtime, its ops to be run one at a time.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "ir/graph.h"
#include "model.h"
#include "search/variant.h"

namespace tinamix::search {

/// Memory that starts on 64 bytes. Throws Error when there is none.
struct FreeMemory {
    void operator()(uint8_t* memory) const { std::free(memory); }
};
using AlignedMemory = std::unique_ptr<uint8_t, FreeMemory>;
AlignedMemory aligned_memory(size_t bytes);

class OpenedVariant {
  public:
    /// `variant`, `weights` and `arena` outlive this, and `weights` does not grow meanwhile. Throws Error with the
    /// message of the runtime.
    OpenedVariant(const Variant& variant, const pack::WeightSegment& weights, uint8_t* arena, size_t arena_bytes);

    void set_input(int32_t index, const ir::Tensor& values);
    void run(int32_t op);
    /// As it lies in the arena.
    const tmx::runtime::Tensor& tensor(int32_t index) const { return model_->graph.tensors[index]; }
    /// Quantizes float32 values in ONNX order into a tensor.
    void write(int32_t index, const ir::Tensor& values);
    /// float32 in ONNX order, into `values`, which takes the size of the tensor.
    void read(int32_t index, std::vector<float>& values) const;

    /// What a whole run does at its end: every state becomes what was made for it.
    void keep_states();
    /// The states, byte for byte, to be put back after ops have run out of order.
    std::vector<std::vector<uint8_t>> states() const;
    void set_states(const std::vector<std::vector<uint8_t>>& states);

  private:
    const tmx::runtime::Tensor& state(uint32_t index) const;
    struct Close {
        void operator()(tmx_model* model) const { tmx_model_close(model); }
    };
    void check(tmx_status status) const;

    std::unique_ptr<tmx_model, Close> model_;
};

}  // namespace tinamix::search
