// Ed25519 and SHA-512 on every processor: the vectors of RFC 8032 (7.1) and FIPS 180-4.
#include "store/ed25519.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/hex.h"
#include "store/sha512.h"

namespace tmx::store {
namespace {

std::vector<uint8_t> bytes_of(const std::string& hex) {
    std::vector<uint8_t> bytes(hex.size() / 2);
    EXPECT_TRUE(from_hex(hex.c_str(), bytes.size(), bytes.data()));
    return bytes;
}

std::string sha512_of(const std::string& text) {
    uint8_t digest[kSha512Bytes];
    sha512(text.data(), text.size(), digest);
    char hex[2 * kSha512Bytes + 1];
    to_hex(digest, kSha512Bytes, hex);
    return hex;
}

TEST(Sha512Test, StandardMessages) {
    EXPECT_EQ(sha512_of("abc"),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    EXPECT_EQ(sha512_of(""),
              "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
              "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

TEST(Sha512Test, PiecesMakeTheSameDigestAsTheWhole) {
    std::string text;
    for (int i = 0; i < 400; ++i) text += static_cast<char>(i * 7);
    for (size_t first = 0; first <= 300; first += 13) {
        uint8_t whole[kSha512Bytes], parts[kSha512Bytes];
        sha512(text.data(), text.size(), whole);
        Sha512 hash;
        hash.update(text.data(), first);
        hash.update(text.data() + first, 1);
        hash.update(text.data() + first + 1, text.size() - first - 1);
        hash.finish(parts);
        EXPECT_EQ(memcmp(whole, parts, kSha512Bytes), 0) << first;
    }
}

struct Vector {
    const char *key, *message, *signature;
};
// RFC 8032, 7.1: TEST 1, 2, 3, and SHA(abc).
constexpr Vector kVectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

TEST(Ed25519Test, VectorsOfRfc8032) {
    for (const Vector& vector : kVectors) {
        const auto key = bytes_of(vector.key), message = bytes_of(vector.message),
                   signature = bytes_of(vector.signature);
        EXPECT_TRUE(ed25519_verify(signature.data(), message.data(), message.size(), key.data())) << vector.key;
    }
}

TEST(Ed25519Test, AnyChangedBitIsRefused) {
    const Vector& vector = kVectors[1];
    const auto key = bytes_of(vector.key), message = bytes_of(vector.message), signature = bytes_of(vector.signature);
    const auto refuses = [&](const char* what, size_t bytes, auto with) {
#ifdef TINAMIX_EMULATED
        const size_t step = 7;
#else
        const size_t step = 1;
#endif
        for (size_t bit = 0; bit < 8 * bytes; bit += step) EXPECT_FALSE(with(bit)) << what << " bit " << bit;
    };
    const auto flipped = [](std::vector<uint8_t> bytes, size_t bit) {
        bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
        return bytes;
    };
    refuses("signature", signature.size(), [&](size_t bit) {
        return ed25519_verify(flipped(signature, bit).data(), message.data(), message.size(), key.data());
    });
    refuses("key", key.size(), [&](size_t bit) {
        return ed25519_verify(signature.data(), message.data(), message.size(), flipped(key, bit).data());
    });
    refuses("message", message.size(), [&](size_t bit) {
        return ed25519_verify(signature.data(), flipped(message, bit).data(), message.size(), key.data());
    });
}

/// S + L signs as well as S does, by the plain equation; only the range check tells them apart.
TEST(Ed25519Test, ASecondFormOfTheSameSignatureIsRefused) {
    const Vector& vector = kVectors[1];
    const auto key = bytes_of(vector.key), message = bytes_of(vector.message);
    auto signature = bytes_of(vector.signature);
    const auto order = bytes_of("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    int carry = 0;
    for (size_t i = 0; i < 32; ++i) {
        carry += signature[32 + i] + order[i];
        signature[32 + i] = static_cast<uint8_t>(carry);
        carry >>= 8;
    }
    ASSERT_EQ(carry, 0);
    EXPECT_FALSE(ed25519_verify(signature.data(), message.data(), message.size(), key.data()));
}

/// With such a key, R = S = 0-like signatures hold for any message.
TEST(Ed25519Test, KeysOfSmallOrderAreRefused) {
    for (const char* key : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"}) {
        std::vector<uint8_t> signature(kSignatureBytes);
        signature[0] = 1;  // R is the identity, S is 0
        EXPECT_FALSE(ed25519_verify(signature.data(), "x", 1, bytes_of(key).data())) << key;
    }
}

}  // namespace
}  // namespace tmx::store
