// Dispatch: the list of kernels becomes tables of function pointers, chosen by what the processor can do.
#include "kernels/kernel_table.h"

#include <string.h>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace tmx::kernels {
namespace {

/// Every kernel of the list with isa <= limit, later lines over earlier ones.
constexpr KernelTable fill(Isa limit) {
    KernelTable table{};
#define TMX_ENTER(operation, slot, function, isa_member) \
    if (Isa::isa_member <= limit)                        \
        table.operation[operations::operation::Slot::slot] = {&function, #function, Isa::isa_member};
    TMX_KERNELS(TMX_ENTER)
#undef TMX_ENTER
    return table;
}

constexpr KernelTable kReference = fill(Isa::reference);

}  // namespace

const KernelTable& reference_kernels() { return kReference; }

bool isa_available(Isa isa) {
    switch (isa) {
        case Isa::reference:
            return true;
#if defined(__x86_64__)
        case Isa::avx2:
            return __builtin_cpu_supports("avx2");
        case Isa::avx512vnni:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512vnni");
#endif
#if defined(__aarch64__)
        case Isa::neon:
            return true;  // part of every 64-bit ARM that runs Linux
        case Isa::dotprod: {
            constexpr unsigned long kHwcapAsimdDotProduct = 1ul << 20;
            return (getauxval(AT_HWCAP) & kHwcapAsimdDotProduct) != 0;
        }
#endif
        default:
            return false;
    }
}

const char* isa_name(Isa isa) {
    switch (isa) {
        case Isa::reference:
            return "reference";
        case Isa::avx2:
            return "avx2";
        case Isa::avx512vnni:
            return "avx512vnni";
        case Isa::neon:
            return "neon";
        case Isa::dotprod:
            return "dotprod";
        default:
            return "unknown";
    }
}

const char* select_kernels(const char* limit, KernelTable* table) {
    constexpr int kCount = static_cast<int>(Isa::kCount);
    int strongest = 0;
    if (limit != nullptr && limit[0] != '\0') {
        while (strongest < kCount && strcmp(limit, isa_name(static_cast<Isa>(strongest))) != 0) ++strongest;
        if (strongest == kCount || !isa_available(static_cast<Isa>(strongest))) {
            *table = kReference;
            return nullptr;
        }
    } else {
        for (int isa = 1; isa < kCount; ++isa) {
            if (isa_available(static_cast<Isa>(isa))) strongest = isa;
        }
    }
    *table = fill(static_cast<Isa>(strongest));
    return isa_name(static_cast<Isa>(strongest));
}

}  // namespace tmx::kernels
