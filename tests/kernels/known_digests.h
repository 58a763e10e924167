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
    {"i8_binary__reference", 0x92c18c63dff52a94},          {"i16_binary__reference", 0x59d8e6fde6aba5b0},
    {"f32_binary__reference", 0xe394b970016a23ef},         {"i8_i8_requantize__reference", 0x919d2e21c14189cc},
    {"i8_i16_requantize__reference", 0x90da3885b57c26a3},  {"i16_i8_requantize__reference", 0xcb89bbe0f74604b},
    {"i16_i16_requantize__reference", 0x7ed2565ce94f55a2}, {"i8_quantize__reference", 0x4afff3b46976b29b},
    {"i16_quantize__reference", 0x273d403fab11d8df},       {"i8_dequantize__reference", 0x5038803de8f42f93},
    {"i16_dequantize__reference", 0xb6e9d49baf038bf0},     {"i8_lookup__reference", 0xba89fde9e1f73338},
    {"i16_lookup__reference", 0x4a6c4dc4fa989286},         {"f32_unary__reference", 0x55d1ddee5e34f209},
    {"i8_softmax__reference", 0x9b4d689e73d517df},         {"i16_softmax__reference", 0xccc267fa4b1c332c},
    {"f32_softmax__reference", 0xab0609a89c585980},        {"any_copy__reference", 0x65b94f5c9ad83081},
    {"any_indexed_copy__reference", 0x755cefd4a5e9dbb8},   {"i8_resample__reference", 0x5601d2baacd53fb7},
    {"i16_resample__reference", 0xa85fc7017fd4e31a},       {"f32_resample__reference", 0x162ca6ccb5dc1486},
    {"i32_dequantize__reference", 0x492a0445f3c5dfb1},     {"i8_compare__reference", 0x273be72f56138474},
    {"i16_compare__reference", 0x8d21620d422810c4},        {"f32_compare__reference", 0xcaa450f4437a0474},
    {"i32_compare__reference", 0x85fbb97ab7105715},        {"any_select__reference", 0xa2b44cb99187b2},
    {"i8_reduce__reference", 0xcdac863acde16486},          {"i16_reduce__reference", 0x1da494c4bc01b0dc},
    {"f32_reduce__reference", 0xba55e2134a7ae76e},         {"i8_arg_max__reference", 0x6d9374bb7313d90},
    {"i16_arg_max__reference", 0xf59edcbf1b4b9ff3},        {"f32_arg_max__reference", 0x371c4eaf43447322},
    {"i8_top_k__reference", 0x497f058b492ec91c},           {"i16_top_k__reference", 0x896691ab09be16bb},
    {"f32_top_k__reference", 0xcd35503de7ac31e0},          {"i8_matmul__reference", 0x15f9fdbf36ade798},
    {"i16_matmul__reference", 0xabd9d5180cc8c549},         {"f32_matmul__reference", 0x59612413cbcaf18c},
    {"w8a16_recurrent__reference", 0x8139877a1c677602},    {"w16a16_recurrent__reference", 0xb75d6256c8b34669},
    {"f32_recurrent__reference", 0x75dfbec04bad3b80},      {"i8_normalize__reference", 0x7b03b1ff4af1c078},
    {"i16_normalize__reference", 0x70461a36c7c14c87},      {"f32_normalize__reference", 0x6f65040579daf1b7},
    {"any_gather__reference", 0x316eae2576fe3cd3},         {"i8_log_softmax__reference", 0xd63ea8affa534cbf},
    {"i16_log_softmax__reference", 0xa9f094ddcedc2485},    {"f32_log_softmax__reference", 0x378b898d488c3faf},
    // clang-format on
};

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_KNOWN_DIGESTS_H_
