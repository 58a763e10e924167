// Memory for kernel tests: 64-byte aligned; behind inputs lie readable bytes of garbage, around outputs guard bytes.
#ifndef TINAMIX_TESTS_KERNELS_BUFFERS_H_
#define TINAMIX_TESTS_KERNELS_BUFFERS_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/kernel_types.h"

namespace tmx::kernels::test {

/// `bytes` usable bytes at a 64-byte boundary, `margin` bytes on either side. Everything starts out as `fill`.
class Buffer {
  public:
    Buffer(size_t bytes, size_t margin, uint8_t fill) : bytes_(bytes), margin_(margin), fill_(fill) {
        memory_.assign(bytes + 2 * margin + kAlignment, fill);
        const uintptr_t start = reinterpret_cast<uintptr_t>(memory_.data()) + margin;
        offset_ = margin + (kAlignment - start % kAlignment) % kAlignment;
    }
    Buffer(Buffer&&) = default;
    Buffer& operator=(Buffer&&) = default;

    uint8_t* data() { return memory_.data() + offset_; }
    const uint8_t* data() const { return memory_.data() + offset_; }
    size_t bytes() const { return bytes_; }

    /// True if the bytes around the usable ones still have their first value.
    bool margins_intact() const {
        for (size_t i = 1; i <= margin_; ++i) {
            if (data()[-static_cast<ptrdiff_t>(i)] != fill_ || data()[bytes_ + i - 1] != fill_) return false;
        }
        return true;
    }
    bool operator==(const Buffer& other) const {
        return bytes_ == other.bytes_ && std::memcmp(data(), other.data(), bytes_) == 0;
    }

  private:
    static constexpr size_t kAlignment = 64;
    size_t bytes_, margin_, offset_ = 0;
    uint8_t fill_;
    std::vector<uint8_t> memory_;
};

/// An input: the slack behind it holds garbage (a NaN pattern in float32), because kernels may read but not use it.
inline Buffer input_buffer(size_t bytes) { return Buffer(bytes, kReadableSlackBytes, 0xff); }

/// An output, with guard bytes wide enough for a whole vector store gone astray.
inline Buffer output_buffer(size_t bytes) { return Buffer(bytes, 256, 0xa5); }

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_BUFFERS_H_
