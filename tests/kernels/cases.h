// What kernels are tested with: for each operation a generator of argument structs with their memory. A kernel that is
// added to kernels/kernel_list.h is tested with its operation's cases without further code.
#ifndef TINAMIX_TESTS_KERNELS_CASES_H_
#define TINAMIX_TESTS_KERNELS_CASES_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "buffers.h"
#include "kernels/kernel_table.h"
#include "random.h"

namespace tmx::kernels::test {

/// One call of an operation. `args.output` is set by whoever runs it, to `output_bytes` bytes.
template <typename ArgsType>
struct Case {
    using Args = ArgsType;
    std::string name;
    Args args{};
    int64_t range = 0;  ///< the kernel's range is [0, range)
    size_t output_bytes = 0;
    std::deque<Buffer> memory;

    Buffer& add_input(size_t bytes) {
        memory.push_back(input_buffer(bytes));
        return memory.back();
    }
    /// The scratch pointer for `bytes` bytes, null for none.
    void* add_scratch(uint64_t bytes) {
        if (bytes == 0) return nullptr;
        memory.push_back(scratch_buffer(bytes));
        return memory.back().data();
    }
};

template <typename Args>
using Visitor = std::function<void(const Case<Args>&)>;

// Calls `visit` with every case of the operation in `slot`, always the same ones in the same order.
#define TMX_DECLARE_CASES(operation, Args, Slot) \
    void make_cases(operations::operation tag, int slot, const Visitor<Args>& visit);
TMX_OPERATIONS(TMX_DECLARE_CASES)
#undef TMX_DECLARE_CASES

/// The same convolution with its weights in another packing, which the case keeps in its memory. Null if the case has
/// that packing already.
std::unique_ptr<Case<ConvArgs>> repacked(const Case<ConvArgs>& c, int slot, int32_t nr, int32_t kr);

// Values.

/// How inputs, weights and rescales of a case are chosen.
enum class Values {
    kRandom,    ///< uniform codes, rescaled so that outputs spread over the range and some saturate
    kExtreme,   ///< only the ends of the ranges
    kConstant,  ///< everything at one end: the largest sums there are
};

/// Codes of `bytes` bytes each, in low..high.
void fill_codes(Random& random, Values values, int element_bytes, int32_t low, int32_t high, Buffer* buffer);
void fill_floats(Random& random, float bound, Buffer* buffer);

/// A rescale that brings sums of about `magnitude` to about `target`; now and then one from the edge of its range.
Rescale random_rescale(Random& random, double magnitude, double target);

/// low <= high within the type's range: mostly all of it, otherwise half (a ReLU) or a narrow part.
void random_clamp(Random& random, int element_bytes, int32_t* low, int32_t* high);

/// Within the type's range; 0 for two bytes.
int32_t random_zero_point(Random& random, int element_bytes);

int32_t lowest_code(int element_bytes);
int32_t highest_code(int element_bytes);

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_CASES_H_
