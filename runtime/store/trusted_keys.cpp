// Reading keys and checking signatures; see trusted_keys.h.
#include "store/trusted_keys.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model_file.h"
#include "store/hex.h"
#include "store/incoming_file.h"
#include "store/sha512.h"

namespace tmx::store {
namespace {

constexpr size_t kWordBytes = sizeof(kKeyFileWord) - 1;
constexpr size_t kKeyFileBytes = kWordBytes + 2 * kPublicKeyBytes + 1;

bool is_key_file(const char* name) {
    const size_t size = strlen(name), suffix = sizeof(kKeyFileSuffix) - 1;
    return size > suffix && name[0] != '.' && strcmp(name + size - suffix, kKeyFileSuffix) == 0;
}

tmx_status read_key(const char* folder, const char* name, TrustedKeys* keys, ErrorText& error) {
    Path path;
    TMX_RETURN_IF_ERROR(join(folder, name, &path, error));
    char text[kKeyFileBytes + 2];
    size_t bytes = 0;
    const tmx_status status = read_small_file(path.c_str(), text, sizeof(text), &bytes, error);
    if (status == TMX_IO_ERROR) return status;
    uint8_t key[kPublicKeyBytes];
    if (status != TMX_OK || !parse_public_key(text, bytes, key)) {
        return error.set(TMX_DAMAGED_STORE, "'%.200s' is not a public key of tinamix keygen", path.c_str());
    }
    if (keys->count == kMaxTrustedKeys) {
        return error.set(TMX_DAMAGED_STORE, "'%.200s' holds more than %d keys", folder, kMaxTrustedKeys);
    }
    memcpy(keys->key[keys->count++], key, kPublicKeyBytes);
    return TMX_OK;
}

tmx_status read_keys_of(const char* folder, TrustedKeys* keys, ErrorText& error) {
    DIR* entries = opendir(folder);
    if (entries == nullptr) {
        if (errno == ENOENT || errno == ENOTDIR) return TMX_OK;
        return error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", folder, strerror(errno));
    }
    tmx_status status = TMX_OK;
    errno = 0;
    while (status == TMX_OK) {
        const struct dirent* entry = readdir(entries);
        if (entry == nullptr) {
            if (errno != 0) status = error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", folder, strerror(errno));
            break;
        }
        if (is_key_file(entry->d_name)) status = read_key(folder, entry->d_name, keys, error);
        errno = 0;
    }
    closedir(entries);
    return status;
}

}  // namespace

uint64_t key_id(const uint8_t key[kPublicKeyBytes]) {
    uint8_t digest[kSha512Bytes];
    sha512(key, kPublicKeyBytes, digest);
    uint64_t id = 0;
    for (int i = 7; i >= 0; --i) id = id << 8 | digest[i];
    return id == 0 ? 1 : id;  // 0 means unsigned
}

bool parse_public_key(const char* text, size_t bytes, uint8_t key[kPublicKeyBytes]) {
    return bytes == kKeyFileBytes && memcmp(text, kKeyFileWord, kWordBytes) == 0 && text[bytes - 1] == '\n' &&
           from_hex(text + kWordBytes, kPublicKeyBytes, key);
}

tmx_status read_trusted_keys(const char* store, TrustedKeys* keys, ErrorText& error) {
    keys->count = 0;
    TMX_RETURN_IF_ERROR(read_keys_of(kFirmwareKeysFolder, keys, error));
    Path path;
    TMX_RETURN_IF_ERROR(join(store, kStoreKeysFolder, &path, error));
    return read_keys_of(path.c_str(), keys, error);
}

tmx_status check_signature(const TrustedKeys& keys, const uint8_t* file, size_t bytes, ErrorText& error) {
    if (keys.count == 0) return TMX_OK;
    Trailer trailer;
    if (bytes < sizeof(trailer)) return error.set(TMX_NOT_A_MODEL, "not a tinamix model: only %zu bytes", bytes);
    memcpy(&trailer, file + bytes - sizeof(trailer), sizeof(trailer));
    if (trailer.key_id == 0) {
        return error.set(TMX_BAD_SIGNATURE, "the model is not signed, and this board only takes signed ones");
    }
    bool known = false;
    for (int i = 0; i < keys.count; ++i) {
        if (key_id(keys.key[i]) != trailer.key_id) continue;
        known = true;
        if (ed25519_verify(trailer.signature, file, bytes - kUnsignedTailBytes, keys.key[i])) return TMX_OK;
    }
    return known ? error.set(TMX_BAD_SIGNATURE, "the signature by key %016" PRIx64 " does not hold: bytes have changed",
                             trailer.key_id)
                 : error.set(TMX_BAD_SIGNATURE, "signed by key %016" PRIx64 ", which this board does not trust",
                             trailer.key_id);
}

}  // namespace tmx::store
