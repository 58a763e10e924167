// One layer of layer_shapes.h with memory, ready to be run by a kernel of the table.
#ifndef TINAMIX_BENCH_LAYER_WORK_H_
#define TINAMIX_BENCH_LAYER_WORK_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "bench/layer_shapes.h"
#include "kernels/kernel_table.h"

namespace tmx::bench {

/// Memory as files and arenas have it: it begins with a cache line.
template <typename T>
struct AlignedMemory {
    using value_type = T;
    static constexpr std::align_val_t kLine{64};
    AlignedMemory() = default;
    template <typename U>
    explicit AlignedMemory(const AlignedMemory<U>&) {}
    T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
    void deallocate(T* memory, size_t) { ::operator delete(memory, kLine); }
    bool operator==(const AlignedMemory&) const { return true; }
    bool operator!=(const AlignedMemory&) const { return false; }
};
using Bytes = std::vector<uint8_t, AlignedMemory<uint8_t>>;

class LayerWork {
  public:
    /// `slot` is a member of PrecisionSlot. Weights come in the order that the table's kernel reads best; 16-bit
    /// activations with the accumulator that such weights usually prove: narrow for w8a16, wide for w16a16. Values are
    /// pseudo-random, the same on every processor.
    LayerWork(const LayerShape& shape, int slot, const kernels::KernelTable& table);
    LayerWork(const LayerWork&) = delete;
    LayerWork& operator=(const LayerWork&) = delete;

    /// The whole layer, requantization included, on the calling thread.
    void run();
    const char* kernel() const { return kernel_; }

    /// For peers that run the same layer on the same input.
    const void* input() const { return input_.data(); }
    void* output() { return output_.data(); }

  private:
    Bytes input_, weights_, bias_, multipliers_, shifts_, output_, scratch_;
    kernels::ConvArgs conv_{};
    kernels::DepthwiseArgs depthwise_{};
    const kernels::Kernel<kernels::ConvArgs>* conv_kernel_ = nullptr;
    const kernels::Kernel<kernels::DepthwiseArgs>* depthwise_kernel_ = nullptr;
    const char* kernel_ = nullptr;
    int32_t element_bytes_ = 1;
    int64_t range_ = 0;
};

}  // namespace tmx::bench

#endif  // TINAMIX_BENCH_LAYER_WORK_H_
