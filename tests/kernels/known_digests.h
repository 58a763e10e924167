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
    // clang-format off: one line per kernel
    {"w8a8_conv__reference", 0xc2005ca754251a5a},          {"w8a16_conv__reference", 0x7e48edc8f91ea26c},
    {"w16a16_conv__reference", 0x4cf3ac7aee86d97a},        {"f32_conv__reference", 0x93cd03253380bdfc},
    {"w8a8_depthwise__reference", 0x12616b35b9294b4b},     {"w8a16_depthwise__reference", 0x9b2e3be5e0a209e4},
    {"w16a16_depthwise__reference", 0x71763595e2d46c62},   {"f32_depthwise__reference", 0x92e17ea937d91b6a},
    {"i8_max_pool__reference", 0xf9edb9c2dbbfa333},        {"i16_max_pool__reference", 0x411a24725ff5e100},
    {"f32_max_pool__reference", 0xdf7cbca4d8e60bfc},       {"i8_average_pool__reference", 0xc4800024fa79f88c},
    {"i16_average_pool__reference", 0x405b1a1dbf1e0eec},   {"f32_average_pool__reference", 0x7605fd7c49ec32b0},
    {"i8_binary__reference", 0x277874666a77d53d},          {"i16_binary__reference", 0x6c398e3b7c271392},
    {"f32_binary__reference", 0xcc176386227f2f1b},         {"i8_i8_requantize__reference", 0x919d2e21c14189cc},
    {"i8_i16_requantize__reference", 0x90da3885b57c26a3},  {"i16_i8_requantize__reference", 0xcb89bbe0f74604b},
    {"i16_i16_requantize__reference", 0x7ed2565ce94f55a2}, {"i8_quantize__reference", 0x4afff3b46976b29b},
    {"i16_quantize__reference", 0x273d403fab11d8df},       {"i8_dequantize__reference", 0x5038803de8f42f93},
    {"i16_dequantize__reference", 0xb6e9d49baf038bf0},     {"i8_lookup__reference", 0xba89fde9e1f73338},
    {"i16_lookup__reference", 0xcfc1ba477352b2d9},         {"f32_unary__reference", 0x709ca6847f58b4eb},
    {"i8_softmax__reference", 0x9b4d689e73d517df},         {"i16_softmax__reference", 0xccc267fa4b1c332c},
    {"f32_softmax__reference", 0xab0609a89c585980},        {"any_copy__reference", 0x4db0dca3e7fe679f},
    {"any_indexed_copy__reference", 0x755cefd4a5e9dbb8},   {"i8_resample__reference", 0x5601d2baacd53fb7},
    {"i16_resample__reference", 0xa85fc7017fd4e31a},       {"f32_resample__reference", 0x162ca6ccb5dc1486},
    {"i32_dequantize__reference", 0x492a0445f3c5dfb1},
    // clang-format on
};

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_KNOWN_DIGESTS_H_
