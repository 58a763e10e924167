// The list of kernels. One line declares a kernel, puts it into the dispatch table, into the exactness harness
// (tests/kernels) and into its benchmark.
//
// TMX_KERNEL(operation, precision, name, isa)
//   operation  member of KernelTable: conv, depthwise, ...
//   precision  index into that member: w8a8, w8a16, w16a16, f32 for convolutions; i8, i16, f32 for the rest
//   name       function in namespace tmx::kernels, file of the same name
//   isa        condition under which it may run: reference, avx2, avx512vnni, neon, dotprod, rvv
// Later lines override earlier ones where their isa is present: order from weakest to strongest.
#define TMX_REFERENCE_KERNELS(K)                                 \
    K(conv, w8a8, w8a8_conv__reference, reference)               \
    K(conv, w8a16, w8a16_conv__reference, reference)             \
    K(conv, w16a16, w16a16_conv__reference, reference)           \
    K(conv, f32, f32_conv__reference, reference)                 \
    K(depthwise, w8a8, w8a8_depthwise__reference, reference)     \
    K(depthwise, w8a16, w8a16_depthwise__reference, reference)   \
    K(depthwise, w16a16, w16a16_depthwise__reference, reference) \
    K(depthwise, f32, f32_depthwise__reference, reference)
