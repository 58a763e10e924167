// Signed models, and our verifier against libsodium.
#include <gtest/gtest.h>
#include <sodium.h>

#include <cstring>
#include <filesystem>

#include "model_file.h"
#include "store/hex.h"
#include "store/sha512.h"
#include "store_models.h"
#include "tinamix.h"

namespace tmx::store {
namespace {

struct KeyPair {
    uint8_t open[kPublicKeyBytes];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    KeyPair() {
        EXPECT_GE(sodium_init(), 0);
        crypto_sign_keypair(open, secret);
    }
    std::string file() const {
        char hex[2 * kPublicKeyBytes + 1];
        to_hex(open, kPublicKeyBytes, hex);
        return std::string(kKeyFileWord) + hex + "\n";
    }
    /// As `tinamix sign` does it.
    std::string sign(std::string model) const {
        const uint64_t id = key_id(open);
        std::memcpy(model.data() + model.size() - sizeof(Trailer) + offsetof(Trailer, key_id), &id, sizeof(id));
        uint8_t signature[kSignatureBytes];
        crypto_sign_detached(signature, nullptr, reinterpret_cast<const uint8_t*>(model.data()),
                             model.size() - kUnsignedTailBytes, secret);
        std::memcpy(model.data() + model.size() - kSignatureBytes, signature, kSignatureBytes);
        return model;
    }
};

TEST(SignatureTest, TheVerifierAgreesWithLibsodium) {
    for (size_t size = 0; size < 400; size += 3) {
        const KeyPair keys;
        std::vector<uint8_t> message(size + 1);
        randombytes_buf(message.data(), size);
        uint8_t signature[kSignatureBytes], digest[kSha512Bytes], expected[kSha512Bytes];
        crypto_hash_sha512(expected, message.data(), size);
        sha512(message.data(), size, digest);
        ASSERT_EQ(memcmp(digest, expected, kSha512Bytes), 0);
        crypto_sign_detached(signature, nullptr, message.data(), size, keys.secret);
        ASSERT_TRUE(ed25519_verify(signature, message.data(), size, keys.open));
        // Any bytes in place of the signature or key: the same verdict.
        for (int bit = 0; bit < 24; ++bit) {
            uint8_t changed[kSignatureBytes], key[kPublicKeyBytes];
            memcpy(changed, signature, sizeof(changed));
            memcpy(key, keys.open, sizeof(key));
            if (bit % 3 == 2) {
                randombytes_buf(key, sizeof(key));
            } else {
                changed[randombytes_uniform(kSignatureBytes)] ^= static_cast<uint8_t>(1 << (bit % 8));
            }
            const bool good = crypto_sign_verify_detached(changed, message.data(), size, key) == 0;
            ASSERT_EQ(ed25519_verify(changed, message.data(), size, key), good);
        }
    }
}

class SignedStoreTest : public testing::Test {
  protected:
    SignedStoreTest() {
        EXPECT_EQ(store_.install_version(1).status, TMX_OK);
        std::filesystem::create_directories(store_.folder() + "/keys");
    }
    void trust(const KeyPair& keys, const std::string& name = "factory") const {
        store_.files().write("store/keys/" + name + ".pub", keys.file());
    }
    tmx_status install(const std::string& bytes) const {
        return store_.install(store_.files().write("x.tmx", bytes)).status;
    }

    TestStore store_;
    KeyPair keys_;
};

TEST_F(SignedStoreTest, ABoardWithAKeyTakesOnlyModelsSignedByIt) {
    trust(keys_);
    const KeyPair stranger;
    EXPECT_EQ(install(model_of_version(2)), TMX_BAD_SIGNATURE);
    EXPECT_EQ(install(stranger.sign(model_of_version(2))), TMX_BAD_SIGNATURE);
    EXPECT_EQ(store_.install(store_.files().path("x.tmx"), "", true).status, TMX_BAD_SIGNATURE) << "force is no key";
    EXPECT_EQ(install(keys_.sign(model_of_version(2))), TMX_OK);
    trust(stranger, "second");
    EXPECT_EQ(install(stranger.sign(model_of_version(3))), TMX_OK);
}

TEST_F(SignedStoreTest, SigningKeepsTheGoldenFileValid) {
    trust(keys_);
    const std::string path = store_.files().write("signed.tmx", keys_.sign(model_of_version(2)));
    const Done done = store_.install(path, store_.files().path("v2.golden"));
    EXPECT_EQ(done.status, TMX_OK) << done.message;
    EXPECT_TRUE(done.outcome.checked);
}

TEST_F(SignedStoreTest, AKeyThatComesLaterAlsoBindsWhatIsActive) {
    trust(keys_);
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_active(store_.folder().c_str(), "net", nullptr, &model), TMX_BAD_SIGNATURE);
    ASSERT_EQ(install(keys_.sign(model_of_version(2))), TMX_OK);
    ASSERT_EQ(tmx_model_open_active(store_.folder().c_str(), "net", nullptr, &model), TMX_OK);
    tmx_info info;
    tmx_model_info(model, &info);
    EXPECT_EQ(info.key_id, key_id(keys_.open));
    tmx_model_close(model);
    EXPECT_EQ(store_.rollback().status, TMX_BAD_SIGNATURE) << "the first version is not signed";
}

/// With the checksum made right again: only the signature can tell.
TEST_F(SignedStoreTest, AnyChangedByteOfASignedModelIsRefused) {
    trust(keys_);
    const std::string model = keys_.sign(model_of_version(2));
    for (size_t i = 0; i < model.size(); ++i) {
        std::string changed = model;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        if (i < model.size() - sizeof(Trailer)) renew_checksum(&changed);
        ASSERT_EQ(install(changed), TMX_BAD_SIGNATURE) << "byte " << i;
    }
    EXPECT_EQ(install(model), TMX_OK);
}

TEST_F(SignedStoreTest, ADamagedKeyFileRefusesEverything) {
    const std::string model = keys_.sign(model_of_version(2));
    const std::string key = keys_.file();
    for (size_t i = 0; i < key.size(); ++i) {
        std::string changed = key;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        store_.files().write("store/keys/factory.pub", changed);
        ASSERT_NE(install(model), TMX_OK) << "byte " << i;
        ASSERT_NE(install(model_of_version(2)), TMX_OK) << "byte " << i;
    }
    for (size_t size = 0; size < key.size(); ++size) {
        store_.files().write("store/keys/factory.pub", key.substr(0, size));
        ASSERT_EQ(install(model), TMX_DAMAGED_STORE) << "cut to " << size;
    }
    trust(keys_);
    EXPECT_EQ(install(model), TMX_OK);
}

}  // namespace
}  // namespace tmx::store
