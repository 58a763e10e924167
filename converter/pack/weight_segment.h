// The weight segment under construction: 64-byte-aligned spans, equal contents stored once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "tinamix_generated.h"

namespace tinamix::pack {

class WeightSegment {
  public:
    /// Starts on 64 bytes, like the spans; 64 more may be read behind it.
    using Bytes = std::vector<uint8_t, ir::VectorMemory<uint8_t>>;

    /// Appends `bytes` bytes (or finds them already there) and returns their span.
    tmx::format::Span add(const void* data, size_t bytes);
    template <typename T>
    tmx::format::Span add(const std::vector<T>& values) {
        return add(values.data(), values.size() * sizeof(T));
    }
    const Bytes& bytes() const { return bytes_; }

  private:
    Bytes bytes_;
    std::map<uint64_t, std::vector<tmx::format::Span>> by_digest_;
};

}  // namespace tinamix::pack
