// Strided copy to dense rows, the specification: transpose, slice and concat.
#include "kernels/kernel_table.h"
#include "kernels/reference/outer_index.h"

namespace tmx::kernels {
namespace {

template <typename Element>
void copy(const CopyArgs& args, int64_t first, int64_t last) {
    const int32_t inner = args.shape[args.rank - 1];
    const int64_t step = args.stride_in[args.rank - 1];
    RowWalk walk(first, args.rank, args.shape, args.stride_in);
    for (int64_t row = first; row < last; ++row, walk.next()) {
        const Element* input = static_cast<const Element*>(args.input) + walk.offset;
        Element* output = static_cast<Element*>(args.output) + row * args.output_stride;
        for (int32_t i = 0; i < inner; ++i) output[i] = input[i * step];
    }
}

}  // namespace

void any_copy__reference(const CopyArgs& args, int64_t first, int64_t last) {
    switch (args.element_bytes) {
        case 1:
            return copy<uint8_t>(args, first, last);
        case 2:
            return copy<uint16_t>(args, first, last);
        default:
            return copy<uint32_t>(args, first, last);
    }
}

}  // namespace tmx::kernels
