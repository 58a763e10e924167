// Dispatch: the list of kernels becomes tables of function pointers, chosen by what the processor can do.
#include "kernels/kernel_table.h"

#include <string.h>
#ifdef TMX_OP_SELECTION
#include TMX_OP_SELECTION
#endif
#if defined(__arm__) || defined(__aarch64__)
#include <sys/auxv.h>
#endif
#if defined(__riscv_v_intrinsic)
#include <unistd.h>
#endif

namespace tmx::kernels {
namespace {

#ifdef TMX_KERNEL_SLOTS
// A build for some models (runtime/op_selection.cmake): the slots that they need. The others stay empty, and the linker
// drops their kernels.
enum class Operation : uint8_t {
#define TMX_OPERATION_NAME(operation, Args, Slot) operation,
    TMX_OPERATIONS(TMX_OPERATION_NAME)
#undef TMX_OPERATION_NAME
};
struct UsedSlot {
    Operation operation;
    int slot;
};
#define TMX_USED_SLOT(operation, slot) {Operation::operation, operations::operation::Slot::slot},
constexpr UsedSlot kUsedSlots[] = {TMX_KERNEL_SLOTS(TMX_USED_SLOT)};
#undef TMX_USED_SLOT
constexpr bool is_used(Operation operation, int slot) {
    for (const UsedSlot& used : kUsedSlots) {
        if (used.operation == operation && used.slot == slot) return true;
    }
    return false;
}
#define TMX_IS_USED(operation, slot) is_used(Operation::operation, operations::operation::Slot::slot)
#else
#define TMX_IS_USED(operation, slot) true
#endif

/// Every kernel of the list with isa <= limit, later lines over earlier ones.
constexpr KernelTable fill(Isa limit) {
    KernelTable table{};
#define TMX_ENTER(operation, slot, function, isa_member)                                                  \
    if constexpr (TMX_IS_USED(operation, slot)) {                                                         \
        if (Isa::isa_member <= limit)                                                                     \
            table.operation[operations::operation::Slot::slot] = {&function, #function, Isa::isa_member}; \
    }
    TMX_KERNELS(TMX_ENTER)
#undef TMX_ENTER
    return table;
}

constexpr KernelTable kReference = fill(Isa::reference);

#if defined(__riscv_v_intrinsic)
/// Vectors 1.0 by riscv_hwprobe (Linux 6.5). The V bit of the hardware capabilities says nothing: processors with the
/// incompatible 0.7.1 set it too. Where the kernel lacks the call, this program was still compiled for vectors
/// throughout, so they are there.
bool has_vectors() {
    constexpr long kHwprobe = 258;
    constexpr int64_t kImaExtensions0 = 4;
    constexpr uint64_t kV = 1u << 2;
    struct {
        int64_t key;
        uint64_t value;
    } pair = {kImaExtensions0, 0};
    if (syscall(kHwprobe, &pair, 1L, 0L, nullptr, 0L) != 0 || pair.key < 0) return true;
    return (pair.value & kV) != 0;
}
#endif

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
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#endif
#if defined(__aarch64__)
        case Isa::neon:
            return true;  // part of every 64-bit ARM that runs Linux
        case Isa::dotprod: {
            constexpr unsigned long kHwcapAsimdDotProduct = 1ul << 20;
            return (getauxval(AT_HWCAP) & kHwcapAsimdDotProduct) != 0;
        }
#endif
#if defined(__riscv_v_intrinsic)
        case Isa::rvv:
            return has_vectors();
#endif
#if defined(__arm__)
        case Isa::neon: {
            constexpr unsigned long kHwcapNeon = 1ul << 12;  // asm/hwcap.h
            return (getauxval(AT_HWCAP) & kHwcapNeon) != 0;
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
        case Isa::rvv:
            return "rvv";
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
