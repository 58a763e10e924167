// Verifies Ed25519 signatures (RFC 8032, 5.1.7). Signing happens on the host only, by libsodium.
#ifndef TINAMIX_RUNTIME_STORE_ED25519_H_
#define TINAMIX_RUNTIME_STORE_ED25519_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::store {

inline constexpr size_t kPublicKeyBytes = 32;
inline constexpr size_t kSignatureBytes = 64;

/// True where `signature` was made for these `bytes` bytes by the owner of `public_key`. As strict as libsodium: the
/// equation without the cofactor, S below the group order, canonical encodings, no key or R of small order.
bool ed25519_verify(const uint8_t signature[kSignatureBytes], const void* message, size_t bytes,
                    const uint8_t public_key[kPublicKeyBytes]);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_ED25519_H_
