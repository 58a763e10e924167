// Rows picked by computed indices, the specification. A negative index counts from the end; one that then lies outside
// is moved to the border: what a network computes cannot reach other memory.
#include <string.h>

#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

void any_gather__reference(const GatherArgs& args, int64_t first, int64_t last) {
    const int64_t bytes = int64_t{args.inner} * args.element_bytes;
    const auto* input = static_cast<const uint8_t*>(args.input);
    auto* output = static_cast<uint8_t*>(args.output);
    for (int64_t row = first; row < last; ++row) {
        const int64_t index = args.indices[row % args.count];
        const int64_t from = clamp_i64(index < 0 ? index + args.size : index, 0, args.size - 1);
        memcpy(output + row * bytes, input + (row / args.count * args.size + from) * bytes, static_cast<size_t>(bytes));
    }
}

}  // namespace tmx::kernels
