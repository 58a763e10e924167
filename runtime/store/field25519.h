// Integers modulo p = 2^255 - 19, for Ed25519. Verification handles public data only: nothing here runs in constant
// time.
#ifndef TINAMIX_RUNTIME_STORE_FIELD25519_H_
#define TINAMIX_RUNTIME_STORE_FIELD25519_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::store {

/// The sum of limb[i] * 2^ceil(25.5 i): limbs of 26 and 25 bits in turn, so that 32-bit processors multiply two of them
/// into 64 bits and ten such products still fit. Results of multiply() have limbs within +-2^25 and a bit; sums and
/// differences of up to four such results may be multiplied without carrying in between.
struct Field {
    int32_t limb[10];
};

inline constexpr size_t kFieldBytes = 32;

inline constexpr Field kFieldZero = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};
inline constexpr Field kFieldOne = {{1, 0, 0, 0, 0, 0, 0, 0, 0, 0}};

Field operator+(const Field& a, const Field& b);
Field operator-(const Field& a, const Field& b);
Field operator*(const Field& a, const Field& b);
/// base^exponent, the exponent 32 bytes little endian.
Field power(const Field& base, const uint8_t exponent[kFieldBytes]);

/// Little endian; bit 255 is ignored.
Field field_from_bytes(const uint8_t bytes[kFieldBytes]);
/// The one representative in [0, p).
void field_to_bytes(const Field& value, uint8_t bytes[kFieldBytes]);

bool is_zero(const Field& value);
/// The lowest bit of the representative in [0, p): the "sign" of RFC 8032.
bool is_odd(const Field& value);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_FIELD25519_H_
