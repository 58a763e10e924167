// Arithmetic modulo 2^255 - 19; see field25519.h.
#include "store/field25519.h"

#include <string.h>

namespace tmx::store {
namespace {

constexpr int kLimbs = 10;
/// 2^255 = 19 modulo p: what leaves at the top comes back at the bottom 19 times.
constexpr int64_t kWrap = 19;

constexpr int bits_of(int limb) { return limb % 2 == 0 ? 26 : 25; }

/// Carries so that limbs come within half their width around zero. Input below 2^63 in magnitude.
Field carried(int64_t wide[kLimbs]) {
    const auto carry = [wide](int from) {
        const int bits = bits_of(from);
        const int64_t up = (wide[from] + (int64_t{1} << (bits - 1))) >> bits;
        wide[from] -= up * (int64_t{1} << bits);
        if (from + 1 < kLimbs) {
            wide[from + 1] += up;
        } else {
            wide[0] += kWrap * up;
        }
    };
    for (int i = 0; i < kLimbs; ++i) carry(i);
    carry(0);
    Field result;
    for (int i = 0; i < kLimbs; ++i) result.limb[i] = static_cast<int32_t>(wide[i]);
    return result;
}

/// Carries downwards-rounded, so that limbs become digits. Returns what leaves at the top.
int64_t carry_digits(int64_t wide[kLimbs]) {
    int64_t up = 0;
    for (int i = 0; i < kLimbs; ++i) {
        wide[i] += up;
        up = wide[i] >> bits_of(i);
        wide[i] -= up * (int64_t{1} << bits_of(i));
    }
    return up;
}

}  // namespace

Field operator+(const Field& a, const Field& b) {
    Field sum;
    for (int i = 0; i < kLimbs; ++i) sum.limb[i] = a.limb[i] + b.limb[i];
    return sum;
}

Field operator-(const Field& a, const Field& b) {
    Field difference;
    for (int i = 0; i < kLimbs; ++i) difference.limb[i] = a.limb[i] - b.limb[i];
    return difference;
}

Field operator*(const Field& a, const Field& b) {
    int64_t wide[kLimbs] = {};
    for (int i = 0; i < kLimbs; ++i) {
        for (int j = 0; j < kLimbs; ++j) {
            // Two odd limbs start half a bit too high each: together one bit.
            int64_t product = int64_t{a.limb[i]} * b.limb[j];
            if (i % 2 == 1 && j % 2 == 1) product *= 2;
            const int place = i + j;
            if (place < kLimbs) {
                wide[place] += product;
            } else {
                wide[place - kLimbs] += kWrap * product;
            }
        }
    }
    return carried(wide);
}

Field power(const Field& base, const uint8_t exponent[kFieldBytes]) {
    Field result = kFieldOne;
    for (int bit = 255; bit >= 0; --bit) {
        result = result * result;
        if ((exponent[bit / 8] >> (bit % 8) & 1) != 0) result = result * base;
    }
    return result;
}

Field field_from_bytes(const uint8_t bytes[kFieldBytes]) {
    Field result;
    int position = 0;
    for (int i = 0; i < kLimbs; ++i) {
        int32_t limb = 0;
        for (int bit = 0; bit < bits_of(i); ++bit, ++position) {
            limb |= static_cast<int32_t>(bytes[position / 8] >> (position % 8) & 1) << bit;
        }
        result.limb[i] = limb;
    }
    return result;
}

void field_to_bytes(const Field& value, uint8_t bytes[kFieldBytes]) {
    int64_t digits[kLimbs];
    for (int i = 0; i < kLimbs; ++i) digits[i] = value.limb[i];
    // Twice brings any value into [0, 2^255); a third time has nothing left to carry.
    for (int pass = 0; pass < 3; ++pass) digits[0] += kWrap * carry_digits(digits);
    // At or above p exactly where 19 more reaches 2^255.
    int64_t reduced[kLimbs];
    memcpy(reduced, digits, sizeof(reduced));
    reduced[0] += kWrap;
    if (carry_digits(reduced) != 0) memcpy(digits, reduced, sizeof(digits));
    memset(bytes, 0, kFieldBytes);
    int position = 0;
    for (int i = 0; i < kLimbs; ++i) {
        for (int bit = 0; bit < bits_of(i); ++bit, ++position) {
            bytes[position / 8] = static_cast<uint8_t>(bytes[position / 8] | (digits[i] >> bit & 1) << (position % 8));
        }
    }
}

bool is_zero(const Field& value) {
    uint8_t bytes[kFieldBytes];
    field_to_bytes(value, bytes);
    uint8_t any = 0;
    for (const uint8_t byte : bytes) any = static_cast<uint8_t>(any | byte);
    return any == 0;
}

bool is_odd(const Field& value) {
    uint8_t bytes[kFieldBytes];
    field_to_bytes(value, bytes);
    return (bytes[0] & 1) != 0;
}

}  // namespace tmx::store
