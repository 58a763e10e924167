// The frame of a .tmx file around its FlatBuffer: trailer and checksum. Shared by the loader and by the converter.
#ifndef TINAMIX_RUNTIME_MODEL_FILE_H_
#define TINAMIX_RUNTIME_MODEL_FILE_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx {

inline constexpr size_t kAlignment = 64;
inline constexpr uint32_t kTrailerVersion = 1;
inline constexpr char kTrailerMagic[8] = {'T', 'M', 'X', 'T', 'R', 'A', 'I', 'L'};

/// Last 128 bytes of the file, little endian. The checksum covers everything before the checksum field itself, so that
/// signing does not change it; the signature covers everything before itself.
struct Trailer {
    char magic[8];
    uint32_t version;
    uint32_t model_version;  ///< what its publisher counts; 0: not said
    uint64_t file_bytes;
    uint64_t graph_bytes;     ///< FlatBuffer at offset 0
    uint64_t weights_offset;  ///< multiple of 64
    uint64_t weights_bytes;
    uint64_t checksum;  ///< XXH64, seed 0
    uint64_t key_id;    ///< 0: unsigned, and the signature is zero
    uint8_t signature[64];
};
static_assert(sizeof(Trailer) == 128);

/// Bytes at the end of the file that the checksum does not cover.
inline constexpr size_t kUncheckedTailBytes = sizeof(Trailer) - offsetof(Trailer, checksum);

/// Bytes at the end of the file that the signature does not cover: itself.
inline constexpr size_t kUnsignedTailBytes = sizeof(Trailer) - offsetof(Trailer, signature);

/// XXH64 with seed 0 (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
uint64_t xxh64(const void* data, size_t bytes);

}  // namespace tmx

#endif  // TINAMIX_RUNTIME_MODEL_FILE_H_
