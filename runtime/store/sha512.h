// SHA-512 (FIPS 180-4): names the objects of a store and is the hash inside Ed25519.
#ifndef TINAMIX_RUNTIME_STORE_SHA512_H_
#define TINAMIX_RUNTIME_STORE_SHA512_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::store {

inline constexpr size_t kSha512Bytes = 64;

/// Hashes a message that comes in pieces.
class Sha512 {
  public:
    Sha512();
    void update(const void* data, size_t bytes);
    /// Ends the message; the object is used up.
    void finish(uint8_t digest[kSha512Bytes]);

  private:
    void add_block(const uint8_t* block);

    uint64_t state_[8];
    uint8_t block_[128];
    uint64_t bytes_ = 0;
};

/// The digest of one piece.
void sha512(const void* data, size_t bytes, uint8_t digest[kSha512Bytes]);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_SHA512_H_
