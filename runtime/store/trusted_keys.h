// The keys whose signatures a board believes: one text file per key, "tinamix-public-key <64 hexadecimal digits>", in
// /etc/tinamix/keys (part of the firmware) and in the store's own folder `keys`.
#ifndef TINAMIX_RUNTIME_STORE_TRUSTED_KEYS_H_
#define TINAMIX_RUNTIME_STORE_TRUSTED_KEYS_H_

#include <stddef.h>
#include <stdint.h>

#include "store/ed25519.h"
#include "store/path.h"

namespace tmx::store {

inline constexpr int kMaxTrustedKeys = 16;
inline constexpr char kFirmwareKeysFolder[] = "/etc/tinamix/keys";
inline constexpr char kStoreKeysFolder[] = "keys";
inline constexpr char kKeyFileSuffix[] = ".pub";
inline constexpr char kKeyFileWord[] = "tinamix-public-key ";

/// First 8 bytes of the key's SHA-512, little endian; what a model's trailer names.
uint64_t key_id(const uint8_t key[kPublicKeyBytes]);

/// Reads the text of a key file. False where it is none.
bool parse_public_key(const char* text, size_t bytes, uint8_t key[kPublicKeyBytes]);

struct TrustedKeys {
    uint8_t key[kMaxTrustedKeys][kPublicKeyBytes];
    int count;
};

/// All keys of both folders. A key file that cannot be read is an error (TMX_DAMAGED_STORE): a board that held a key
/// must not take unsigned models because the key is damaged.
tmx_status read_trusted_keys(const char* store, TrustedKeys* keys, ErrorText& error);

/// Checks the signature of a whole model file. Without keys every file is good; with keys the file must be signed by
/// one of them: TMX_BAD_SIGNATURE.
tmx_status check_signature(const TrustedKeys& keys, const uint8_t* file, size_t bytes, ErrorText& error);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_TRUSTED_KEYS_H_
