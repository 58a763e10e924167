// Ed25519 by libsodium; see signing.h.
#include "deploy/signing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "model_file.h"
#include "store/ed25519.h"
#include "store/hex.h"
#include "store/trusted_keys.h"

namespace tinamix::deploy {
namespace {

using tmx::store::kPublicKeyBytes;

constexpr const char* kSecretWord = "tinamix-secret-key ";

struct SecretKey {
    std::array<uint8_t, crypto_sign_SECRETKEYBYTES> bytes{};

    ~SecretKey() { sodium_memzero(bytes.data(), bytes.size()); }
};

void start_sodium() {
    if (sodium_init() < 0) throw Error("libsodium", "cannot be started");
}

template <size_t kBytes>
std::string hex(const std::array<uint8_t, kBytes>& bytes) {
    std::string text(2 * kBytes + 1, '\0');
    tmx::store::to_hex(bytes.data(), kBytes, text.data());
    text.pop_back();
    return text;
}

void write_new_file(const std::string& path, const std::string& text, mode_t mode) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0)
        throw Error(path, errno == EEXIST ? "is there already: keys are not overwritten" : std::strerror(errno));
    const bool good = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
    const int reason = errno;
    close(file);
    if (good) return;
    unlink(path.c_str());
    throw Error(path, std::strerror(reason));
}

void read_secret_key(const std::string& path, SecretKey* key) {
    const std::string text = formats::read_file(path);
    const std::string word = kSecretWord;
    const size_t digits = 2 * key->bytes.size();
    if (text.starts_with("tinamix-public-key ")) throw Error(path, "is a public key", "the secret one ends in .key");
    if (text.size() != word.size() + digits + 1 || !text.starts_with(word) || text.back() != '\n' ||
        !tmx::store::from_hex(text.c_str() + word.size(), key->bytes.size(), key->bytes.data())) {
        throw Error(path, "is not a secret key of `tinamix keygen`");
    }
}

tmx::Trailer trailer_of(const std::string& model, const std::string& path) {
    tmx::Trailer trailer{};
    if (model.size() >= sizeof(trailer))
        std::memcpy(&trailer, model.data() + model.size() - sizeof(trailer), sizeof(trailer));
    if (std::memcmp(trailer.magic, tmx::kTrailerMagic, sizeof(trailer.magic)) != 0 ||
        trailer.file_bytes != model.size()) {
        throw Error(path, "is not a model file, or truncated");
    }
    if (tmx::xxh64(model.data(), model.size() - tmx::kUncheckedTailBytes) != trailer.checksum) {
        throw Error(path, "wrong checksum: bytes have changed since the file was written");
    }
    return trailer;
}

}  // namespace

KeyFiles make_keys(const std::string& base) {
    start_sodium();
    std::array<uint8_t, kPublicKeyBytes> open_key{};
    SecretKey secret;
    crypto_sign_keypair(open_key.data(), secret.bytes.data());
    KeyFiles files{base + ".key", base + tmx::store::kKeyFileSuffix,
                   fmt::format("{:016x}", tmx::store::key_id(open_key.data()))};
    write_new_file(files.secret_path, kSecretWord + hex(secret.bytes) + "\n", 0600);
    try {
        write_new_file(files.public_path, tmx::store::kKeyFileWord + hex(open_key) + "\n", 0644);
    } catch (...) {
        std::filesystem::remove(files.secret_path);
        throw;
    }
    return files;
}

std::string signed_model(const std::string& model, const std::string& path, const std::string& secret_path,
                         std::string* id) {
    start_sodium();
    tmx::Trailer trailer = trailer_of(model, path);
    SecretKey secret;
    read_secret_key(secret_path, &secret);
    std::array<uint8_t, kPublicKeyBytes> open_key{};
    crypto_sign_ed25519_sk_to_pk(open_key.data(), secret.bytes.data());
    trailer.key_id = tmx::store::key_id(open_key.data());
    std::string result = model;
    std::memcpy(result.data() + result.size() - sizeof(trailer), &trailer, sizeof(trailer));
    auto* bytes = reinterpret_cast<uint8_t*>(result.data());
    const size_t signed_bytes = result.size() - tmx::kUnsignedTailBytes;
    crypto_sign_detached(bytes + signed_bytes, nullptr, bytes, signed_bytes, secret.bytes.data());
    // A signature that boards refuse is never written.
    if (!tmx::store::ed25519_verify(bytes + signed_bytes, bytes, signed_bytes, open_key.data())) {
        throw Error(secret_path, "the two halves of this key do not belong together");
    }
    *id = fmt::format("{:016x}", trailer.key_id);
    return result;
}

bool is_signed_by(const std::string& model, const std::string& public_path) {
    const std::string text = formats::read_file(public_path);
    tmx::store::TrustedKeys keys{};
    keys.count = 1;
    if (!tmx::store::parse_public_key(text.data(), text.size(), keys.key[0])) {
        throw Error(public_path, "is not a public key of `tinamix keygen`");
    }
    tmx::runtime::ErrorText reason{};
    return tmx::store::check_signature(keys, reinterpret_cast<const uint8_t*>(model.data()), model.size(), reason) ==
           TMX_OK;
}

}  // namespace tinamix::deploy
