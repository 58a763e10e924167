// Bytes as lower-case hexadecimal text.
#ifndef TINAMIX_RUNTIME_STORE_HEX_H_
#define TINAMIX_RUNTIME_STORE_HEX_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::store {

/// Writes 2 * count characters and a terminator.
inline void to_hex(const uint8_t* bytes, size_t count, char* text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; ++i) {
        *text++ = kDigits[bytes[i] >> 4];
        *text++ = kDigits[bytes[i] & 15];
    }
    *text = '\0';
}

/// Reads 2 * count lower-case digits. False where there are others.
inline bool from_hex(const char* text, size_t count, uint8_t* bytes) {
    for (size_t i = 0; i < 2 * count; ++i) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        bytes[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
    }
    return true;
}

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_HEX_H_
