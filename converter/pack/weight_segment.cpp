#include "pack/weight_segment.h"

#include <cstring>

#include "model_file.h"

namespace tinamix::pack {

tmx::format::Span WeightSegment::add(const void* data, size_t bytes) {
    std::vector<tmx::format::Span>& candidates = by_digest_[tmx::xxh64(data, bytes)];
    for (const tmx::format::Span& span : candidates) {
        if (span.bytes() == bytes && std::memcmp(bytes_.data() + span.offset(), data, bytes) == 0) return span;
    }
    // The 0 matters: this vector does not clear by itself.
    bytes_.resize((bytes_.size() + tmx::kAlignment - 1) / tmx::kAlignment * tmx::kAlignment, 0);
    const tmx::format::Span span(bytes_.size(), bytes);
    const auto* begin = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), begin, begin + bytes);
    candidates.push_back(span);
    return span;
}

}  // namespace tinamix::pack
