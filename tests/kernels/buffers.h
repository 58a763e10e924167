// Memory for kernel tests: 64-byte aligned; behind inputs lie readable bytes of garbage, around outputs guard bytes.
#ifndef TINAMIX_TESTS_KERNELS_BUFFERS_H_
#define TINAMIX_TESTS_KERNELS_BUFFERS_H_

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "kernels/kernel_types.h"

namespace tmx::kernels::test {

/// `bytes` usable bytes at a 64-byte boundary, `margin` bytes on either side. Everything starts out as `fill`. The
/// allocation ends with the margin, so that AddressSanitizer sees the first byte read beyond it.
class Buffer {
  public:
    Buffer(size_t bytes, size_t margin, uint8_t fill) : bytes_(bytes), margin_(margin), fill_(fill) {
        front_ = (margin + kAlignment - 1) / kAlignment * kAlignment;
        void* memory = nullptr;
        if (posix_memalign(&memory, kAlignment, front_ + bytes + margin) != 0) std::abort();
        memory_.reset(static_cast<uint8_t*>(memory));
        std::memset(memory, fill, front_ + bytes + margin);
    }

    uint8_t* data() { return memory_.get() + front_; }
    const uint8_t* data() const { return memory_.get() + front_; }
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
    struct Free {
        void operator()(uint8_t* memory) const { std::free(memory); }
    };
    size_t bytes_, margin_, front_ = 0;
    uint8_t fill_;
    std::unique_ptr<uint8_t, Free> memory_;
};

/// An input: the slack behind it holds garbage (a NaN pattern in float32), because kernels may read but not use it.
inline Buffer input_buffer(size_t bytes) { return Buffer(bytes, kReadableSlackBytes, 0xff); }

/// Scratch: its size already contains what may be read.
inline Buffer scratch_buffer(size_t bytes) { return Buffer(bytes, 0, 0xff); }

/// An output, with guard bytes wide enough for a whole vector store gone astray.
inline Buffer output_buffer(size_t bytes) { return Buffer(bytes, 256, 0xa5); }

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_BUFFERS_H_
