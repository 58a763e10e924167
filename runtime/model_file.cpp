// XXH64, written from its public specification (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md): four 64-bit
// lanes over stripes of 32 bytes, merged, then the remaining bytes, then an avalanche.
#include "model_file.h"

#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "model files are little endian and used in place"
#endif

namespace tmx {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87U;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FU;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9U;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63U;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5U;
constexpr int kLanes = 4;
constexpr size_t kStripeBytes = 8 * kLanes;

inline uint64_t rotate_left(uint64_t value, int bits) { return (value << bits) | (value >> (64 - bits)); }

inline uint64_t load_u64(const uint8_t* bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

inline uint32_t load_u32(const uint8_t* bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

/// Not inline: three times as much code saves no time that is felt.
__attribute__((noinline)) uint64_t round_lane(uint64_t lane, uint64_t input) {
    return rotate_left(lane + input * kPrime2, 31) * kPrime1;
}

}  // namespace

uint64_t xxh64(const void* data, size_t bytes) {
    const uint8_t* next = static_cast<const uint8_t*>(data);
    size_t left = bytes;
    uint64_t hash;
    if (left >= kStripeBytes) {
        uint64_t lanes[kLanes] = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
        for (; left >= kStripeBytes; left -= kStripeBytes) {
            for (int i = 0; i < kLanes; ++i, next += 8) lanes[i] = round_lane(lanes[i], load_u64(next));
        }
        hash =
            rotate_left(lanes[0], 1) + rotate_left(lanes[1], 7) + rotate_left(lanes[2], 12) + rotate_left(lanes[3], 18);
        for (const uint64_t lane : lanes) hash = (hash ^ round_lane(0, lane)) * kPrime1 + kPrime4;
    } else {
        hash = kPrime5;
    }
    hash += bytes;
    for (; left >= 8; left -= 8, next += 8) {
        hash = rotate_left(hash ^ round_lane(0, load_u64(next)), 27) * kPrime1 + kPrime4;
    }
    if (left >= 4) {
        hash = rotate_left(hash ^ (load_u32(next) * kPrime1), 23) * kPrime2 + kPrime3;
        left -= 4;
        next += 4;
    }
    for (; left > 0; --left, ++next) hash = rotate_left(hash ^ (*next * kPrime5), 11) * kPrime1;
    hash ^= hash >> 33;
    hash *= kPrime2;
    hash ^= hash >> 29;
    hash *= kPrime3;
    hash ^= hash >> 32;
    return hash;
}

}  // namespace tmx
