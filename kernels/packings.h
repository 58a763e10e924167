// Which orders of packed convolution weights each instruction set's kernels read. The reference reads every order, so a
// file always runs; this says where it runs fast.
#ifndef TINAMIX_KERNELS_PACKINGS_H_
#define TINAMIX_KERNELS_PACKINGS_H_

#include "kernels/kernel_table.h"

namespace tmx::kernels {

/// Block sizes of packed weights: [group][output block][tap][input block][nr][kr] (schema/tinamix.fbs, PackedWeights).
struct Packing {
    int32_t nr, kr;
};

// P(isa, slot, nr, kr), for each instruction set and precision the best first. Instruction sets that are not listed
// have no convolution kernels of their own.
#if defined(__x86_64__)
#define TMX_PACKINGS(P)          \
    P(avx2, w8a8, 16, 4)         \
    P(avx2, w8a16, 16, 2)        \
    P(avx2, w16a16, 16, 2)       \
    P(avx2, f32, 16, 1)          \
    P(avx512vnni, w8a8, 16, 4)   \
    P(avx512vnni, w8a16, 16, 2)  \
    P(avx512vnni, w16a16, 16, 2) \
    P(avx512vnni, f32, 16, 1)
#elif defined(__aarch64__)
#define TMX_PACKINGS(P)     \
    P(neon, w8a8, 4, 16)    \
    P(neon, w8a16, 16, 2)   \
    P(neon, w16a16, 8, 1)   \
    P(neon, w16a16, 16, 2)  \
    P(neon, f32, 16, 1)     \
    P(dotprod, w8a8, 16, 4) \
    P(dotprod, w8a8, 4, 16) \
    P(dotprod, w8a16, 16, 2)
#elif defined(__arm__)
#define TMX_PACKINGS(P)   \
    P(neon, w8a8, 8, 2)   \
    P(neon, w8a16, 8, 1)  \
    P(neon, w16a16, 8, 1) \
    P(neon, f32, 16, 1)
#elif defined(__riscv_v_intrinsic)
#define TMX_PACKINGS(P)   \
    P(rvv, w8a8, 64, 1)   \
    P(rvv, w8a8, 16, 4)   \
    P(rvv, w8a8, 8, 2)    \
    P(rvv, w8a8, 4, 16)   \
    P(rvv, w8a16, 64, 1)  \
    P(rvv, w8a16, 16, 2)  \
    P(rvv, w8a16, 8, 1)   \
    P(rvv, w16a16, 64, 1) \
    P(rvv, w16a16, 16, 2) \
    P(rvv, w16a16, 8, 1)  \
    P(rvv, f32, 64, 1)    \
    P(rvv, f32, 16, 1)
#else
#define TMX_PACKINGS(P)
#endif

/// Kernels that do not read a packing leave it to the reference.
inline constexpr int kUnreadPacking = 255;

/// How well kernels of `isa` read weights of a precision (a member of PrecisionSlot) in this order: 0 is best, then
/// falling, kUnreadPacking where the reference would run. The reference itself has no preference: 0 for every order.
int packing_rank(Isa isa, int slot, Packing packing);

/// The order that kernels of `isa` read best; {1, 1} for those without kernels of their own.
Packing best_packing(Isa isa, int slot);

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_PACKINGS_H_
