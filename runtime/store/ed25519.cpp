// Ed25519 verification, written from RFC 8032: points of the twisted Edwards curve in extended coordinates, and one
// joint walk over the bits of both factors (Shamir's trick).
#include "store/ed25519.h"

#include <string.h>

#include "store/field25519.h"
#include "store/sha512.h"

namespace tmx::store {
namespace {

constexpr Field kD = {
    {56195235, 13857412, 51736253, 6949390, 114729, 24766616, 60832955, 30306712, 48412415, 21499315}};
constexpr Field kTwiceD = {
    {45281625, 27714825, 36363642, 13898781, 229458, 15978800, 54557047, 27058993, 29715967, 9444199}};
constexpr Field kSqrtMinusOne = {
    {34513072, 25610706, 9377949, 3500415, 12389472, 33281959, 41962654, 31548777, 326685, 11406482}};
constexpr Field kBaseX = {
    {52811034, 25909283, 16144682, 17082669, 27570973, 30858332, 40966398, 8378388, 20764389, 8758491}};
constexpr Field kBaseY = {
    {40265304, 26843545, 13421772, 20132659, 26843545, 6710886, 53687091, 13421772, 40265318, 26843545}};
constexpr Field kBaseT = {
    {28827043, 27438313, 39759291, 244362, 8635006, 11264893, 19351346, 13413597, 16611511, 27139452}};

/// x = X/Z, y = Y/Z, xy = T/Z.
struct Point {
    Field x, y, z, t;
};
constexpr Point kIdentity = {kFieldZero, kFieldOne, kFieldOne, kFieldZero};
constexpr Point kBase = {kBaseX, kBaseY, kFieldOne, kBaseT};

/// Complete: right for equal points and the identity too (RFC 8032, 5.1.4).
Point add(const Point& p, const Point& q) {
    const Field a = (p.y - p.x) * (q.y - q.x);
    const Field b = (p.y + p.x) * (q.y + q.x);
    const Field c = p.t * kTwiceD * q.t;
    const Field zz = p.z * q.z;
    const Field d = zz + zz;
    const Field e = b - a, f = d - c, g = d + c, h = b + a;
    return {e * f, g * h, f * g, e * h};
}

Point twice(const Point& p) {
    const Field a = p.x * p.x;
    const Field b = p.y * p.y;
    const Field zz = p.z * p.z;
    const Field sum = p.x + p.y;
    const Field h = a + b;
    const Field e = h - sum * sum;
    const Field g = a - b;
    const Field f = zz + zz + g;
    return {e * f, g * h, f * g, e * h};
}

Point negative(const Point& p) { return {kFieldZero - p.x, p.y, p.z, kFieldZero - p.t}; }

/// One of the eight points that vanish when multiplied by the cofactor: no proof of anything.
bool has_small_order(const Point& p) {
    const Point eightfold = twice(twice(twice(p)));
    return is_zero(eightfold.x) && is_zero(eightfold.y - eightfold.z);
}

/// Little endian numbers (p - 5) / 8 and p - 2.
void exponent_bytes(uint8_t lowest, uint8_t highest, uint8_t exponent[kFieldBytes]) {
    memset(exponent, 0xFF, kFieldBytes);
    exponent[0] = lowest;
    exponent[kFieldBytes - 1] = highest;
}

bool decode(const uint8_t bytes[kFieldBytes], Point* point) {
    const bool odd = bytes[kFieldBytes - 1] >> 7 != 0;
    const Field y = field_from_bytes(bytes);
    uint8_t canonical[kFieldBytes];
    field_to_bytes(y, canonical);
    canonical[kFieldBytes - 1] = static_cast<uint8_t>(canonical[kFieldBytes - 1] | (odd ? 0x80 : 0));
    if (memcmp(canonical, bytes, kFieldBytes) != 0) return false;
    // x^2 = u / v; the root of the quotient by one power (5.1.3).
    const Field yy = y * y;
    const Field u = yy - kFieldOne, v = yy * kD + kFieldOne;
    const Field v3 = v * v * v;
    uint8_t exponent[kFieldBytes];
    exponent_bytes(0xFD, 0x0F, exponent);
    Field x = u * v3 * power(u * v3 * v3 * v, exponent);
    const Field vxx = v * x * x;
    if (!is_zero(vxx - u)) {
        if (!is_zero(vxx + u)) return false;
        x = x * kSqrtMinusOne;
    }
    if (is_zero(x) && odd) return false;
    if (is_odd(x) != odd) x = kFieldZero - x;
    *point = {x, y, kFieldOne, x * y};
    return true;
}

void encode(const Point& point, uint8_t bytes[kFieldBytes]) {
    uint8_t exponent[kFieldBytes];
    exponent_bytes(0xEB, 0x7F, exponent);
    const Field inverse = power(point.z, exponent);
    field_to_bytes(point.y * inverse, bytes);
    if (is_odd(point.x * inverse)) bytes[kFieldBytes - 1] = static_cast<uint8_t>(bytes[kFieldBytes - 1] | 0x80);
}

constexpr int kScalarWords = 8;
/// The order of the base point, 2^252 + 27742317777372353535851937790883648493, in words of 32 bits, lowest first.
constexpr uint32_t kOrder[kScalarWords] = {0x5CF5D3ED, 0x5812631A, 0xA2F79CD6, 0x14DEF9DE, 0, 0, 0, 0x10000000};

struct Scalar {
    uint32_t word[kScalarWords];

    bool bit(int index) const { return (word[index / 32] >> (index % 32) & 1) != 0; }
};

bool is_below_order(const Scalar& scalar) {
    for (int i = kScalarWords - 1; i >= 0; --i) {
        if (scalar.word[i] != kOrder[i]) return scalar.word[i] < kOrder[i];
    }
    return false;
}

Scalar scalar_from_bytes(const uint8_t* bytes) {
    Scalar scalar = {};
    for (int i = 0; i < 4 * kScalarWords; ++i) scalar.word[i / 4] |= uint32_t{bytes[i]} << (8 * (i % 4));
    return scalar;
}

/// `bits` bits, little endian, modulo the order: bit by bit from the top, at most one subtraction each.
Scalar reduced(const uint8_t* bytes, int bits) {
    Scalar scalar = {};
    for (int bit = bits - 1; bit >= 0; --bit) {
        uint32_t carry = bytes[bit / 8] >> (bit % 8) & 1;
        for (uint32_t& word : scalar.word) {
            const uint32_t top = word >> 31;
            word = word << 1 | carry;
            carry = top;
        }
        if (is_below_order(scalar)) continue;
        uint64_t borrow = 0;
        for (int i = 0; i < kScalarWords; ++i) {
            const uint64_t difference = uint64_t{scalar.word[i]} - kOrder[i] - borrow;
            scalar.word[i] = static_cast<uint32_t>(difference);
            borrow = difference >> 63;
        }
    }
    return scalar;
}

/// s * p + t * q
Point joint_product(const Scalar& s, const Point& p, const Scalar& t, const Point& q) {
    const Point both = add(p, q);
    Point result = kIdentity;
    for (int bit = 255; bit >= 0; --bit) {
        result = twice(result);
        if (s.bit(bit) && t.bit(bit)) {
            result = add(result, both);
        } else if (s.bit(bit)) {
            result = add(result, p);
        } else if (t.bit(bit)) {
            result = add(result, q);
        }
    }
    return result;
}

}  // namespace

bool ed25519_verify(const uint8_t signature[kSignatureBytes], const void* message, size_t bytes,
                    const uint8_t public_key[kPublicKeyBytes]) {
    const uint8_t* r = signature;
    const Scalar s = scalar_from_bytes(signature + kFieldBytes);
    Point key;
    if (!is_below_order(s) || !decode(public_key, &key) || has_small_order(key)) return false;
    Sha512 hash;
    hash.update(r, kFieldBytes);
    hash.update(public_key, kPublicKeyBytes);
    hash.update(message, bytes);
    uint8_t digest[kSha512Bytes];
    hash.finish(digest);
    const Scalar challenge = reduced(digest, 8 * static_cast<int>(kSha512Bytes));
    // R must be S B - h A.
    const Point expected = joint_product(s, kBase, challenge, negative(key));
    if (has_small_order(expected)) return false;
    uint8_t encoded[kFieldBytes];
    encode(expected, encoded);
    return memcmp(encoded, r, kFieldBytes) == 0;
}

}  // namespace tmx::store
