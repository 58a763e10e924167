// SHA-512, written from FIPS 180-4, 5 and 6.4.
#include "store/sha512.h"

#include <string.h>

namespace tmx::store {
namespace {

constexpr size_t kBlockBytes = 128;
constexpr size_t kLengthBytes = 16;

// First 64 bits of the fractional parts of the cube roots of the first 80 primes (4.2.3).
constexpr uint64_t kRoundConstants[80] = {
    0x428A2F98D728AE22U, 0x7137449123EF65CDU, 0xB5C0FBCFEC4D3B2FU, 0xE9B5DBA58189DBBCU, 0x3956C25BF348B538U,
    0x59F111F1B605D019U, 0x923F82A4AF194F9BU, 0xAB1C5ED5DA6D8118U, 0xD807AA98A3030242U, 0x12835B0145706FBEU,
    0x243185BE4EE4B28CU, 0x550C7DC3D5FFB4E2U, 0x72BE5D74F27B896FU, 0x80DEB1FE3B1696B1U, 0x9BDC06A725C71235U,
    0xC19BF174CF692694U, 0xE49B69C19EF14AD2U, 0xEFBE4786384F25E3U, 0x0FC19DC68B8CD5B5U, 0x240CA1CC77AC9C65U,
    0x2DE92C6F592B0275U, 0x4A7484AA6EA6E483U, 0x5CB0A9DCBD41FBD4U, 0x76F988DA831153B5U, 0x983E5152EE66DFABU,
    0xA831C66D2DB43210U, 0xB00327C898FB213FU, 0xBF597FC7BEEF0EE4U, 0xC6E00BF33DA88FC2U, 0xD5A79147930AA725U,
    0x06CA6351E003826FU, 0x142929670A0E6E70U, 0x27B70A8546D22FFCU, 0x2E1B21385C26C926U, 0x4D2C6DFC5AC42AEDU,
    0x53380D139D95B3DFU, 0x650A73548BAF63DEU, 0x766A0ABB3C77B2A8U, 0x81C2C92E47EDAEE6U, 0x92722C851482353BU,
    0xA2BFE8A14CF10364U, 0xA81A664BBC423001U, 0xC24B8B70D0F89791U, 0xC76C51A30654BE30U, 0xD192E819D6EF5218U,
    0xD69906245565A910U, 0xF40E35855771202AU, 0x106AA07032BBD1B8U, 0x19A4C116B8D2D0C8U, 0x1E376C085141AB53U,
    0x2748774CDF8EEB99U, 0x34B0BCB5E19B48A8U, 0x391C0CB3C5C95A63U, 0x4ED8AA4AE3418ACBU, 0x5B9CCA4F7763E373U,
    0x682E6FF3D6B2B8A3U, 0x748F82EE5DEFB2FCU, 0x78A5636F43172F60U, 0x84C87814A1F0AB72U, 0x8CC702081A6439ECU,
    0x90BEFFFA23631E28U, 0xA4506CEBDE82BDE9U, 0xBEF9A3F7B2C67915U, 0xC67178F2E372532BU, 0xCA273ECEEA26619CU,
    0xD186B8C721C0C207U, 0xEADA7DD6CDE0EB1EU, 0xF57D4F7FEE6ED178U, 0x06F067AA72176FBAU, 0x0A637DC5A2C898A6U,
    0x113F9804BEF90DAEU, 0x1B710B35131C471BU, 0x28DB77F523047D84U, 0x32CAAB7B40C72493U, 0x3C9EBE0A15C9BEBCU,
    0x431D67C49C100D4CU, 0x4CC5D4BECB3E42B6U, 0x597F299CFC657E2AU, 0x5FCB6FAB3AD6FAECU, 0x6C44198C4A475817U,
};
// The same of the square roots of the first 8 (5.3.5).
constexpr uint64_t kInitialState[8] = {
    0x6A09E667F3BCC908U, 0xBB67AE8584CAA73BU, 0x3C6EF372FE94F82BU, 0xA54FF53A5F1D36F1U,
    0x510E527FADE682D1U, 0x9B05688C2B3E6C1FU, 0x1F83D9ABFB41BD6BU, 0x5BE0CD19137E2179U,
};

inline uint64_t rotate_right(uint64_t value, int bits) { return (value >> bits) | (value << (64 - bits)); }

inline uint64_t load_big_endian(const uint8_t* bytes) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
    return value;
}

inline void store_big_endian(uint64_t value, uint8_t* bytes) {
    for (int i = 7; i >= 0; --i, value >>= 8) bytes[i] = static_cast<uint8_t>(value);
}

}  // namespace

Sha512::Sha512() { memcpy(state_, kInitialState, sizeof(state_)); }

void Sha512::add_block(const uint8_t* block) {
    // The message schedule needs only its last 16 words at any time.
    uint64_t words[16];
    for (int t = 0; t < 16; ++t) words[t] = load_big_endian(block + 8 * t);
    uint64_t a = state_[0], b = state_[1], c = state_[2], d = state_[3];
    uint64_t e = state_[4], f = state_[5], g = state_[6], h = state_[7];
    for (int t = 0; t < 80; ++t) {
        uint64_t& word = words[t & 15];
        if (t >= 16) {
            const uint64_t early = words[(t + 1) & 15], late = words[(t + 14) & 15];
            word += (rotate_right(early, 1) ^ rotate_right(early, 8) ^ (early >> 7)) + words[(t + 9) & 15] +
                    (rotate_right(late, 19) ^ rotate_right(late, 61) ^ (late >> 6));
        }
        const uint64_t first = h + (rotate_right(e, 14) ^ rotate_right(e, 18) ^ rotate_right(e, 41)) +
                               ((e & f) ^ (~e & g)) + kRoundConstants[t] + word;
        const uint64_t second =
            (rotate_right(a, 28) ^ rotate_right(a, 34) ^ rotate_right(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const uint64_t added[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) state_[i] += added[i];
}

void Sha512::update(const void* data, size_t bytes) {
    if (bytes == 0) return;  // data may be null
    const uint8_t* next = static_cast<const uint8_t*>(data);
    size_t held = static_cast<size_t>(bytes_ % kBlockBytes);
    bytes_ += bytes;
    if (held > 0) {
        const size_t taken = bytes < kBlockBytes - held ? bytes : kBlockBytes - held;
        memcpy(block_ + held, next, taken);
        held += taken;
        next += taken;
        bytes -= taken;
        if (held < kBlockBytes) return;
        add_block(block_);
    }
    for (; bytes >= kBlockBytes; bytes -= kBlockBytes, next += kBlockBytes) add_block(next);
    if (bytes > 0) memcpy(block_, next, bytes);
}

void Sha512::finish(uint8_t digest[kSha512Bytes]) {
    size_t held = static_cast<size_t>(bytes_ % kBlockBytes);
    block_[held++] = 0x80;
    if (held > kBlockBytes - kLengthBytes) {
        memset(block_ + held, 0, kBlockBytes - held);
        add_block(block_);
        held = 0;
    }
    memset(block_ + held, 0, kBlockBytes - held);
    store_big_endian(bytes_ >> 61, block_ + kBlockBytes - 16);
    store_big_endian(bytes_ << 3, block_ + kBlockBytes - 8);
    add_block(block_);
    for (int i = 0; i < 8; ++i) store_big_endian(state_[i], digest + 8 * i);
}

void sha512(const void* data, size_t bytes, uint8_t digest[kSha512Bytes]) {
    Sha512 hash;
    hash.update(data, bytes);
    hash.finish(digest);
}

}  // namespace tmx::store
