// The list of kernels. One line declares a kernel, puts it into the dispatch table (kernel_table.h) and into the
// exactness harness (tests/kernels).
//
// K(operation, slot, name, isa)
//   operation  member of KernelTable; its arguments and slots are in TMX_OPERATIONS below
//   slot       index into that member, named by the operation's slot type (kernel_table.h)
//   name       function in namespace tmx::kernels; optimized kernels live in a file of the same name, those of one
//              line in <isa>/loops__<isa>.cpp, those of RISC-V vectors that are a few lines together
//              (rvv/elementwise__rvv.cpp, pools, movement)
//   isa        condition under which it may run, a member of Isa (kernel_table.h)
// Later lines override earlier ones where their isa is present: order from weakest to strongest.
#ifndef TINAMIX_KERNELS_KERNEL_LIST_H_
#define TINAMIX_KERNELS_KERNEL_LIST_H_

// O(operation, arguments, slots)
#define TMX_OPERATIONS(O)                       \
    O(conv, ConvArgs, PrecisionSlot)            \
    O(depthwise, DepthwiseArgs, PrecisionSlot)  \
    O(max_pool, PoolArgs, TypeSlot)             \
    O(average_pool, PoolArgs, TypeSlot)         \
    O(binary, BinaryArgs, TypeSlot)             \
    O(requantize, RequantizeArgs, TypePairSlot) \
    O(quantize, QuantizeArgs, TypeSlot)         \
    O(dequantize, DequantizeArgs, TypeSlot)     \
    O(lookup, LookupArgs, TypeSlot)             \
    O(unary, UnaryArgs, TypeSlot)               \
    O(softmax, SoftmaxArgs, TypeSlot)           \
    O(log_softmax, SoftmaxArgs, TypeSlot)       \
    O(matmul, MatMulArgs, TypeSlot)             \
    O(recurrent, RecurrentArgs, PrecisionSlot)  \
    O(normalize, NormalizeArgs, TypeSlot)       \
    O(copy, CopyArgs, AnySlot)                  \
    O(indexed_copy, IndexedCopyArgs, AnySlot)   \
    O(resample, ResampleArgs, TypeSlot)         \
    O(compare, CompareArgs, TypeSlot)           \
    O(select, SelectArgs, AnySlot)              \
    O(reduce, ReduceArgs, TypeSlot)             \
    O(arg_max, ArgMaxArgs, TypeSlot)            \
    O(top_k, TopKArgs, TypeSlot)                \
    O(gather, GatherArgs, AnySlot)

#define TMX_REFERENCE_KERNELS(K)                                     \
    K(conv, w8a8, w8a8_conv__reference, reference)                   \
    K(conv, w8a16, w8a16_conv__reference, reference)                 \
    K(conv, w16a16, w16a16_conv__reference, reference)               \
    K(conv, f32, f32_conv__reference, reference)                     \
    K(depthwise, w8a8, w8a8_depthwise__reference, reference)         \
    K(depthwise, w8a16, w8a16_depthwise__reference, reference)       \
    K(depthwise, w16a16, w16a16_depthwise__reference, reference)     \
    K(depthwise, f32, f32_depthwise__reference, reference)           \
    K(max_pool, i8, i8_max_pool__reference, reference)               \
    K(max_pool, i16, i16_max_pool__reference, reference)             \
    K(max_pool, f32, f32_max_pool__reference, reference)             \
    K(average_pool, i8, i8_average_pool__reference, reference)       \
    K(average_pool, i16, i16_average_pool__reference, reference)     \
    K(average_pool, f32, f32_average_pool__reference, reference)     \
    K(binary, i8, i8_binary__reference, reference)                   \
    K(binary, i16, i16_binary__reference, reference)                 \
    K(binary, f32, f32_binary__reference, reference)                 \
    K(requantize, i8_i8, i8_i8_requantize__reference, reference)     \
    K(requantize, i8_i16, i8_i16_requantize__reference, reference)   \
    K(requantize, i16_i8, i16_i8_requantize__reference, reference)   \
    K(requantize, i16_i16, i16_i16_requantize__reference, reference) \
    K(quantize, i8, i8_quantize__reference, reference)               \
    K(quantize, i16, i16_quantize__reference, reference)             \
    K(dequantize, i8, i8_dequantize__reference, reference)           \
    K(dequantize, i16, i16_dequantize__reference, reference)         \
    K(dequantize, i32, i32_dequantize__reference, reference)         \
    K(lookup, i8, i8_lookup__reference, reference)                   \
    K(lookup, i16, i16_lookup__reference, reference)                 \
    K(unary, f32, f32_unary__reference, reference)                   \
    K(softmax, i8, i8_softmax__reference, reference)                 \
    K(softmax, i16, i16_softmax__reference, reference)               \
    K(softmax, f32, f32_softmax__reference, reference)               \
    K(log_softmax, i8, i8_log_softmax__reference, reference)         \
    K(log_softmax, i16, i16_log_softmax__reference, reference)       \
    K(log_softmax, f32, f32_log_softmax__reference, reference)       \
    K(matmul, i8, i8_matmul__reference, reference)                   \
    K(matmul, i16, i16_matmul__reference, reference)                 \
    K(matmul, f32, f32_matmul__reference, reference)                 \
    K(recurrent, w8a16, w8a16_recurrent__reference, reference)       \
    K(recurrent, w16a16, w16a16_recurrent__reference, reference)     \
    K(recurrent, f32, f32_recurrent__reference, reference)           \
    K(normalize, i8, i8_normalize__reference, reference)             \
    K(normalize, i16, i16_normalize__reference, reference)           \
    K(normalize, f32, f32_normalize__reference, reference)           \
    K(copy, any, any_copy__reference, reference)                     \
    K(indexed_copy, any, any_indexed_copy__reference, reference)     \
    K(resample, i8, i8_resample__reference, reference)               \
    K(resample, i16, i16_resample__reference, reference)             \
    K(resample, f32, f32_resample__reference, reference)             \
    K(compare, i8, i8_compare__reference, reference)                 \
    K(compare, i16, i16_compare__reference, reference)               \
    K(compare, f32, f32_compare__reference, reference)               \
    K(compare, i32, i32_compare__reference, reference)               \
    K(select, any, any_select__reference, reference)                 \
    K(reduce, i8, i8_reduce__reference, reference)                   \
    K(reduce, i16, i16_reduce__reference, reference)                 \
    K(reduce, f32, f32_reduce__reference, reference)                 \
    K(arg_max, i8, i8_arg_max__reference, reference)                 \
    K(arg_max, i16, i16_arg_max__reference, reference)               \
    K(arg_max, f32, f32_arg_max__reference, reference)               \
    K(top_k, i8, i8_top_k__reference, reference)                     \
    K(top_k, i16, i16_top_k__reference, reference)                   \
    K(top_k, f32, f32_top_k__reference, reference)                   \
    K(gather, any, any_gather__reference, reference)

#if defined(__x86_64__)
#define TMX_X86_KERNELS(K)                                                  \
    K(resample, i8, i8_resample_1x8__avx2, avx2)                            \
    K(resample, i16, i16_resample_1x8__avx2, avx2)                          \
    K(softmax, i8, i8_softmax_1x1__avx2, avx2)                              \
    K(softmax, i16, i16_softmax_1x1__avx2, avx2)                            \
    K(resample, f32, f32_resample_1x8__avx2, avx2)                          \
    K(dequantize, i8, i8_dequantize_1x8__avx2, avx2)                        \
    K(dequantize, i16, i16_dequantize_1x8__avx2, avx2)                      \
    K(unary, f32, f32_unary_1x8__avx2, avx2)                                \
    K(softmax, f32, f32_softmax_1x8__avx2, avx2)                            \
    K(matmul, i8, i8_matmul_1x4__avx2, avx2)                                \
    K(matmul, i16, i16_matmul_1x4__avx2, avx2)                              \
    K(matmul, f32, f32_matmul_1x32__avx2, avx2)                             \
    K(recurrent, w8a16, w8a16_recurrent_4x1__avx2, avx2)                    \
    K(recurrent, w16a16, w16a16_recurrent_4x1__avx2, avx2)                  \
    K(conv, w8a8, w8a8_conv_4x16__avx2, avx2)                               \
    K(conv, w8a16, w8a16_conv_4x16__avx2, avx2)                             \
    K(conv, w16a16, w16a16_conv_2x16__avx2, avx2)                           \
    K(conv, f32, f32_conv_4x16__avx2, avx2)                                 \
    K(depthwise, w8a8, w8a8_depthwise_4x16__avx2, avx2)                     \
    K(depthwise, w8a16, w8a16_depthwise_4x16__avx2, avx2)                   \
    K(depthwise, w16a16, w16a16_depthwise_4x16__avx2, avx2)                 \
    K(depthwise, f32, f32_depthwise_4x16__avx2, avx2)                       \
    K(binary, i8, i8_binary_1x16__avx2, avx2)                               \
    K(binary, i16, i16_binary_1x16__avx2, avx2)                             \
    K(binary, f32, f32_binary_1x16__avx2, avx2)                             \
    K(requantize, i8_i8, i8_i8_requantize_1x16__avx2, avx2)                 \
    K(requantize, i8_i16, i8_i16_requantize_1x16__avx2, avx2)               \
    K(requantize, i16_i8, i16_i8_requantize_1x16__avx2, avx2)               \
    K(requantize, i16_i16, i16_i16_requantize_1x16__avx2, avx2)             \
    K(max_pool, i8, i8_max_pool_1x64__avx2, avx2)                           \
    K(max_pool, i16, i16_max_pool_1x64__avx2, avx2)                         \
    K(max_pool, f32, f32_max_pool_1x64__avx2, avx2)                         \
    K(average_pool, i8, i8_average_pool_1x64__avx2, avx2)                   \
    K(average_pool, i16, i16_average_pool_1x64__avx2, avx2)                 \
    K(average_pool, f32, f32_average_pool_1x64__avx2, avx2)                 \
    K(lookup, i8, i8_lookup_1x32__avx2, avx2)                               \
    K(lookup, i16, i16_lookup_1x8__avx2, avx2)                              \
    K(copy, any, any_copy_1x8__avx2, avx2)                                  \
    K(quantize, i8, i8_quantize_1x16__avx2, avx2)                           \
    K(quantize, i16, i16_quantize_1x16__avx2, avx2)                         \
    K(conv, w8a8, w8a8_conv_8x32__avx512vnni, avx512vnni)                   \
    K(conv, w8a16, w8a16_conv_8x32__avx512vnni, avx512vnni)                 \
    K(conv, w16a16, w16a16_conv_4x32__avx512vnni, avx512vnni)               \
    K(conv, f32, f32_conv_8x32__avx512vnni, avx512vnni)                     \
    K(depthwise, w8a8, w8a8_depthwise_4x64__avx512vnni, avx512vnni)         \
    K(depthwise, w8a16, w8a16_depthwise_8x16__avx512vnni, avx512vnni)       \
    K(depthwise, w16a16, w16a16_depthwise_8x16__avx512vnni, avx512vnni)     \
    K(depthwise, f32, f32_depthwise_8x16__avx512vnni, avx512vnni)           \
    K(binary, i8, i8_binary_1x64__avx512vnni, avx512vnni)                   \
    K(binary, i16, i16_binary_1x16__avx512vnni, avx512vnni)                 \
    K(binary, f32, f32_binary_1x16__avx512vnni, avx512vnni)                 \
    K(requantize, i8_i8, i8_i8_requantize_1x64__avx512vnni, avx512vnni)     \
    K(requantize, i8_i16, i8_i16_requantize_1x16__avx512vnni, avx512vnni)   \
    K(requantize, i16_i8, i16_i8_requantize_1x16__avx512vnni, avx512vnni)   \
    K(requantize, i16_i16, i16_i16_requantize_1x16__avx512vnni, avx512vnni) \
    K(quantize, i8, i8_quantize_1x16__avx512vnni, avx512vnni)               \
    K(quantize, i16, i16_quantize_1x16__avx512vnni, avx512vnni)
#else
#define TMX_X86_KERNELS(K)
#endif

#if defined(__arm__) || defined(__aarch64__)
#define TMX_ARM_KERNELS(K)                                     \
    K(binary, i16, i16_binary_1x8__neon, neon)                 \
    K(requantize, i8_i8, i8_i8_requantize_1x8__neon, neon)     \
    K(requantize, i8_i16, i8_i16_requantize_1x8__neon, neon)   \
    K(requantize, i16_i8, i16_i8_requantize_1x8__neon, neon)   \
    K(requantize, i16_i16, i16_i16_requantize_1x8__neon, neon) \
    K(max_pool, i8, i8_max_pool_1x64__neon, neon)              \
    K(max_pool, i16, i16_max_pool_1x64__neon, neon)            \
    K(average_pool, i8, i8_average_pool_1x64__neon, neon)      \
    K(average_pool, i16, i16_average_pool_1x64__neon, neon)    \
    K(lookup, i16, i16_lookup_1x8__neon, neon)                 \
    K(softmax, i8, i8_softmax_1x1__neon, neon)                 \
    K(softmax, i16, i16_softmax_1x1__neon, neon)               \
    K(matmul, i8, i8_matmul_1x4__neon, neon)                   \
    K(matmul, i16, i16_matmul_1x4__neon, neon)                 \
    K(recurrent, w8a16, w8a16_recurrent_4x1__neon, neon)       \
    K(recurrent, w16a16, w16a16_recurrent_4x1__neon, neon)     \
    K(copy, any, any_copy_1x8__neon, neon)                     \
    K(resample, i8, i8_resample_1x8__neon, neon)               \
    K(resample, i16, i16_resample_1x8__neon, neon)             \
    K(quantize, i8, i8_quantize_1x8__neon, neon)               \
    K(quantize, i16, i16_quantize_1x8__neon, neon)             \
    K(dequantize, i8, i8_dequantize_1x8__neon, neon)           \
    K(dequantize, i16, i16_dequantize_1x8__neon, neon)
#else
#define TMX_ARM_KERNELS(K)
#endif

#if defined(__aarch64__)
#define TMX_AARCH64_KERNELS(K)                                 \
    K(max_pool, f32, f32_max_pool_1x64__neon, neon)            \
    K(average_pool, f32, f32_average_pool_1x64__neon, neon)    \
    K(resample, f32, f32_resample_1x8__neon, neon)             \
    K(unary, f32, f32_unary_1x8__neon, neon)                   \
    K(softmax, f32, f32_softmax_1x8__neon, neon)               \
    K(matmul, f32, f32_matmul_1x32__neon, neon)                \
    K(binary, f32, f32_binary_1x8__neon, neon)                 \
    K(conv, w8a8, w8a8_conv_4x4c16__neon, neon)                \
    K(conv, w8a16, w8a16_conv_4x16__neon, neon)                \
    K(conv, w16a16, w16a16_conv_4x8__neon, neon)               \
    K(depthwise, w8a8, w8a8_depthwise_1x16__neon, neon)        \
    K(depthwise, w8a16, w8a16_depthwise_1x8__neon, neon)       \
    K(depthwise, w16a16, w16a16_depthwise_1x8__neon, neon)     \
    K(binary, i8, i8_binary_1x16__neon, neon)                  \
    K(average_pool, i8, i8_average_pool_1x16__neon, neon)      \
    K(requantize, i8_i8, i8_i8_requantize_1x16__neon, neon)    \
    K(lookup, i8, i8_lookup_1x16__neon, neon)                  \
    K(conv, f32, f32_conv_4x16__neon, neon)                    \
    K(depthwise, f32, f32_depthwise_1x16__neon, neon)          \
    K(conv, w8a8, w8a8_conv_4x16__dotprod, dotprod)            \
    K(conv, w8a16, w8a16_conv_4x16__dotprod, dotprod)          \
    K(recurrent, w8a16, w8a16_recurrent_4x1__dotprod, dotprod) \
    K(depthwise, w8a8, w8a8_depthwise_2x8__dotprod, dotprod)
#else
#define TMX_AARCH64_KERNELS(K)
#endif

#if defined(__riscv_v_intrinsic)
#define TMX_RVV_KERNELS(K)                                    \
    K(conv, w8a8, w8a8_conv_3x64__rvv, rvv)                   \
    K(conv, w8a16, w8a16_conv_3x64__rvv, rvv)                 \
    K(conv, w16a16, w16a16_conv_3x64__rvv, rvv)               \
    K(conv, f32, f32_conv_3x32__rvv, rvv)                     \
    K(depthwise, w8a8, w8a8_depthwise_1x32__rvv, rvv)         \
    K(depthwise, w8a16, w8a16_depthwise_1x64__rvv, rvv)       \
    K(depthwise, w16a16, w16a16_depthwise_1x64__rvv, rvv)     \
    K(depthwise, f32, f32_depthwise_1x32__rvv, rvv)           \
    K(max_pool, i8, i8_max_pool_1x256__rvv, rvv)              \
    K(max_pool, i16, i16_max_pool_1x128__rvv, rvv)            \
    K(average_pool, i8, i8_average_pool_1x64__rvv, rvv)       \
    K(average_pool, i16, i16_average_pool_1x32__rvv, rvv)     \
    K(binary, i8, i8_binary_1x64__rvv, rvv)                   \
    K(binary, i16, i16_binary_1x32__rvv, rvv)                 \
    K(requantize, i8_i8, i8_i8_requantize_1x64__rvv, rvv)     \
    K(requantize, i8_i16, i8_i16_requantize_1x64__rvv, rvv)   \
    K(requantize, i16_i8, i16_i8_requantize_1x64__rvv, rvv)   \
    K(requantize, i16_i16, i16_i16_requantize_1x64__rvv, rvv) \
    K(quantize, i8, i8_quantize_1x64__rvv, rvv)               \
    K(quantize, i16, i16_quantize_1x64__rvv, rvv)             \
    K(dequantize, i8, i8_dequantize_1x64__rvv, rvv)           \
    K(dequantize, i16, i16_dequantize_1x64__rvv, rvv)         \
    K(lookup, i8, i8_lookup_1x256__rvv, rvv)                  \
    K(lookup, i16, i16_lookup_1x64__rvv, rvv)                 \
    K(copy, any, any_copy_1x256__rvv, rvv)                    \
    K(indexed_copy, any, any_indexed_copy_1x256__rvv, rvv)    \
    K(resample, i8, i8_resample_1x8__rvv, rvv)                \
    K(resample, i16, i16_resample_1x8__rvv, rvv)              \
    K(softmax, i8, i8_softmax_1x1__rvv, rvv)                  \
    K(softmax, i16, i16_softmax_1x1__rvv, rvv)                \
    K(max_pool, f32, f32_max_pool_1x64__rvv, rvv)             \
    K(average_pool, f32, f32_average_pool_1x64__rvv, rvv)     \
    K(resample, f32, f32_resample_1x8__rvv, rvv)              \
    K(unary, f32, f32_unary_1x8__rvv, rvv)                    \
    K(softmax, f32, f32_softmax_1x8__rvv, rvv)                \
    K(matmul, i8, i8_matmul_1x4__rvv, rvv)                    \
    K(matmul, i16, i16_matmul_1x4__rvv, rvv)                  \
    K(matmul, f32, f32_matmul_1x32__rvv, rvv)                 \
    K(recurrent, w8a16, w8a16_recurrent_4x1__rvv, rvv)        \
    K(recurrent, w16a16, w16a16_recurrent_4x1__rvv, rvv)      \
    K(binary, f32, f32_binary_1x8__rvv, rvv)
#else
#define TMX_RVV_KERNELS(K)
#endif

#if defined(__arm__)
#define TMX_NEON32_KERNELS(K)                              \
    K(conv, w8a8, w8a8_conv_4x8__neon, neon)               \
    K(conv, w8a16, w8a16_conv_4x8__neon, neon)             \
    K(conv, w16a16, w16a16_conv_2x8__neon, neon)           \
    K(conv, f32, f32_conv_4x4__neon, neon)                 \
    K(depthwise, w8a8, w8a8_depthwise_1x8__neon, neon)     \
    K(depthwise, f32, f32_depthwise_2x4__neon, neon)       \
    K(depthwise, w8a16, w8a16_depthwise_1x8__neon, neon)   \
    K(depthwise, w16a16, w16a16_depthwise_1x8__neon, neon) \
    K(binary, i8, i8_binary_1x8__neon, neon)               \
    K(lookup, i8, i8_lookup_1x4__neon, neon)
#else
#define TMX_NEON32_KERNELS(K)
#endif

#define TMX_KERNELS(K)       \
    TMX_REFERENCE_KERNELS(K) \
    TMX_X86_KERNELS(K)       \
    TMX_ARM_KERNELS(K)       \
    TMX_AARCH64_KERNELS(K)   \
    TMX_NEON32_KERNELS(K)    \
    TMX_RVV_KERNELS(K)

#endif  // TINAMIX_KERNELS_KERNEL_LIST_H_
