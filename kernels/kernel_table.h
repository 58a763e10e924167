// Which function computes which operation on this processor.
//
// A KernelTable has one entry per operation and slot (precision or element type), filled from the one list in
// kernel_list.h. Every entry of every table gives the same bits (docs/arithmetic.md); they differ in speed only.
#ifndef TINAMIX_KERNELS_KERNEL_TABLE_H_
#define TINAMIX_KERNELS_KERNEL_TABLE_H_

#include "kernels/kernel_list.h"
#include "kernels/kernel_types.h"

namespace tmx::kernels {

/// Indices of conv and depthwise; the values of format::Precision.
struct PrecisionSlot {
    enum : int { w8a8 = 0, w8a16 = 1, w16a16 = 2, f32 = 3, kCount = 4 };
};
/// Indices of operations on one element type; the values of format::DataType. quantize is indexed by its output type,
/// dequantize by its input type. An operation without a kernel for a type has run == nullptr there.
struct TypeSlot {
    enum : int { i8 = 0, i16 = 1, f32 = 2, i32 = 3, kCount = 4 };
};
/// Indices of requantize, input type first: 2 * input DataType + output DataType.
struct TypePairSlot {
    enum : int { i8_i8 = 0, i8_i16 = 1, i16_i8 = 2, i16_i16 = 3, kCount = 4 };
};
/// Operations whose arguments carry the element size.
struct AnySlot {
    enum : int { any = 0, kCount = 1 };
};

/// Instruction sets that kernels ask for; those of one processor family stand weakest first.
enum class Isa : uint8_t { reference = 0, avx2 = 1, avx512vnni = 2, neon = 3, dotprod = 4, rvv = 5, kCount = 6 };

/// One kernel. `run` computes the part [first, last) of the operation's range (what it counts: kernel_types.h, at the
/// arguments); parts may run at the same time, and any partition gives the same bits as one call.
template <typename Args>
struct Kernel {
    void (*run)(const Args& args, int64_t first, int64_t last);
    const char* name;
    Isa isa;
};

struct KernelTable {
#define TMX_DECLARE_MEMBER(operation, Args, Slot) Kernel<Args> operation[Slot::kCount];
    TMX_OPERATIONS(TMX_DECLARE_MEMBER)
#undef TMX_DECLARE_MEMBER
};

/// Arguments and slots of each operation by name, for code that is driven by the list: operations::conv::Args.
namespace operations {
#define TMX_DECLARE_OPERATION(operation, ArgsType, SlotType) \
    struct operation {                                       \
        using Args = ArgsType;                               \
        using Slot = SlotType;                               \
    };
TMX_OPERATIONS(TMX_DECLARE_OPERATION)
#undef TMX_DECLARE_OPERATION
}  // namespace operations

#define TMX_DECLARE_KERNEL(operation, slot, name, isa) \
    void name(const operations::operation::Args& args, int64_t first, int64_t last);
TMX_KERNELS(TMX_DECLARE_KERNEL)
#undef TMX_DECLARE_KERNEL

/// The reference for everything.
const KernelTable& reference_kernels();

/// Fills `table` with the best kernels for this processor and returns the name of the strongest instruction set in use
/// ("reference", "avx2", "dotprod", "rvv"...; a string constant).
///
/// `limit` (null or "" for none; the runtime passes the environment's TMX_KERNELS) names the strongest instruction set
/// allowed. Returns nullptr, with the reference in `table`, if the limit is unknown or this processor does not have it.
const char* select_kernels(const char* limit, KernelTable* table);

/// True if this processor (and operating system) can run kernels of `isa`.
bool isa_available(Isa isa);
const char* isa_name(Isa isa);

/// Bytes of `scratch` that a convolution or depthwise convolution needs: one row of padding elements where the window
/// leaves the input, otherwise 0. A function of the geometry alone: the same on every host, processor and thread count.
///
/// row_channels   in_c / groups for convolutions, channels for depthwise
/// element_bytes  of the activations: 1, 2 or 4
uint64_t conv_scratch_bytes(int32_t in_h, int32_t in_w, int32_t out_h, int32_t out_w, const Window& window,
                            int32_t row_channels, int32_t element_bytes);

/// Fills `args.scratch` with the padding row. Call once per run of the op, before the first range and from one thread;
/// the ranges only read it. Does nothing where conv_scratch_bytes() is 0 (scratch may then be null).
/// The padding element is args.input_zero_point for one-byte elements, otherwise 0.
void conv_prepare(const ConvArgs& args, int32_t element_bytes);
void depthwise_prepare(const DepthwiseArgs& args, int32_t element_bytes);

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_KERNEL_TABLE_H_
