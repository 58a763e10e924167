// FNV-1a digests of every reference kernel's outputs over its test cases, made on x86-64.
#ifndef TINAMIX_TESTS_KERNELS_KNOWN_DIGESTS_H_
#define TINAMIX_TESTS_KERNELS_KNOWN_DIGESTS_H_

#include <cstdint>

namespace tmx::kernels::test {

struct KnownDigest {
    const char* kernel;
    uint64_t digest;
};

inline constexpr KnownDigest kKnownDigests[] = {
    {"w8a8_conv__reference", 0xc2005ca754251a5a},
    {"w8a16_conv__reference", 0x7e48edc8f91ea26c},
    {"w16a16_conv__reference", 0x3d083e0e5de64445},
    {"f32_conv__reference", 0x93cd03253380bdfc},
    {"w8a8_depthwise__reference", 0x12616b35b9294b4b},
    {"w8a16_depthwise__reference", 0x9b2e3be5e0a209e4},
    {"w16a16_depthwise__reference", 0x71763595e2d46c62},
    {"f32_depthwise__reference", 0x92e17ea937d91b6a},
};

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_KNOWN_DIGESTS_H_
