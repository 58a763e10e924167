// Keys and signatures of model files (docs/security.md). Boards verify with their own code (runtime/store/ed25519.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace tinamix::deploy {

struct KeyFiles {
    std::string secret_path, public_path;
    std::string id;  ///< 16 hexadecimal digits
};
/// Writes <base>.key (readable by its owner only) and <base>.pub. Throws Error, also when one of them exists.
KeyFiles make_keys(const std::string& base);

/// The bytes of a model file, signed by the key in file `secret_path`; replaces an earlier signature. Throws Error when
/// the file is no whole model file, or the key is none. Returns the key's id in *id.
std::string signed_model(const std::string& model, const std::string& path, const std::string& secret_path,
                         std::string* id);

/// Whether the file's signature is by the key in file `public_path`. Throws Error when the key is none.
bool is_signed_by(const std::string& model, const std::string& public_path);

}  // namespace tinamix::deploy
