// Every kernel of the list computes what the reference computes, bit for bit, writes nothing else, keeps the registers
// of its caller, and gives the same bits for any partition of its range. Driven by kernels/kernel_list.h in the manner
// of dav1d's checkasm.
#include <gtest/gtest.h>

#include <vector>

#include "callee_saved.h"
#include "cases.h"

namespace tmx::kernels::test {
namespace {

template <typename Args>
using Function = void (*)(const Args&, int64_t, int64_t);

void expect_kept(const std::string& name, bool kept) { EXPECT_TRUE(kept) << name << ": lost a register of its caller"; }

/// Runs `function` over [0, range) in the parts that end at `cuts`, into a fresh buffer.
template <typename Args>
Buffer run(Function<Args> function, const Case<Args>& c, const std::vector<int64_t>& cuts) {
    Buffer output = output_buffer(c.output_bytes);
    Args args = c.args;
    args.output = reinterpret_cast<decltype(args.output)>(output.data());
    int64_t first = 0;
    bool kept = true;
    for (const int64_t cut : cuts) {
        kept = call_keeping_registers(function, args, first, cut) && kept;
        first = cut;
    }
    kept = call_keeping_registers(function, args, first, c.range) && kept;
    expect_kept(c.name, kept);
    return output;
}

std::string first_difference(const Buffer& expected, const Buffer& actual) {
    for (size_t i = 0; i < expected.bytes(); ++i) {
        if (expected.data()[i] != actual.data()[i]) {
            return "first difference at byte " + std::to_string(i) + ": expected " +
                   std::to_string(int(static_cast<int8_t>(expected.data()[i]))) + ", got " +
                   std::to_string(int(static_cast<int8_t>(actual.data()[i])));
        }
    }
    return "equal";
}

/// Cuts of short ranges everywhere, of long ones at random places, in order; now and then an empty part.
std::vector<int64_t> make_cuts(Random& random, int64_t range) {
    std::vector<int64_t> cuts;
    if (range <= 10 && random.one_in(2)) {
        for (int64_t at = 0; at <= range; ++at) cuts.push_back(at);
        return cuts;
    }
    for (int64_t at = random.integer(0, range); at < range; at += random.integer(0, 1 + range / 2)) {
        cuts.push_back(at);
        if (cuts.size() > 8) break;
    }
    return cuts;
}

/// False if the case failed. (Not a template: the macros of GoogleTest are slow to compile.)
bool report(const std::string& name, const Buffer& expected, const Buffer& whole, const Buffer& parts) {
    const bool intact = whole.margins_intact() && parts.margins_intact();
    EXPECT_TRUE(whole == expected) << name << ": " << first_difference(expected, whole);
    EXPECT_TRUE(parts == expected) << name << " in parts: " << first_difference(expected, parts);
    EXPECT_TRUE(intact) << name << ": wrote outside its output";
    return whole == expected && parts == expected && intact;
}

/// Packings of some target (converter/pack/target.cpp) other than the one the cases come with, per precision.
struct Packing {
    int slot;
    int32_t nr, kr;
};
constexpr Packing kPackings[] = {{PrecisionSlot::w8a8, 4, 16},   {PrecisionSlot::w8a8, 8, 2},
                                 {PrecisionSlot::w8a8, 64, 1},   {PrecisionSlot::w8a16, 16, 1},
                                 {PrecisionSlot::w8a16, 8, 1},   {PrecisionSlot::w8a16, 64, 1},
                                 {PrecisionSlot::w16a16, 16, 1}, {PrecisionSlot::w16a16, 8, 1},
                                 {PrecisionSlot::w16a16, 64, 1}, {PrecisionSlot::f32, 64, 1}};

template <typename Args>
bool check_packings(int, Function<Args>, const Case<Args>&, const Buffer&, const std::vector<int64_t>&) {
    return true;
}
template <>
bool check_packings(int slot, Function<ConvArgs> function, const Case<ConvArgs>& c, const Buffer& expected,
                    const std::vector<int64_t>& cuts) {
    for (const Packing& packing : kPackings) {
        if (packing.slot != slot) continue;
        const auto other = repacked(c, slot, packing.nr, packing.kr);
        if (other == nullptr) continue;
        if (!report(other->name, expected, run<ConvArgs>(function, *other, {}), run<ConvArgs>(function, *other, cuts)))
            return false;
    }
    return true;
}

template <typename Operation>
void check(int slot, Function<typename Operation::Args> reference, Function<typename Operation::Args> function) {
    using Args = typename Operation::Args;
    Random random(77);
    int failures = 0;
    int count = 0;
    make_cases(Operation{}, slot, [&](const Case<Args>& c) {
        ++count;
        if (failures >= 3) return;
        const Buffer expected = run<Args>(reference, c, {});
        const Buffer whole = run<Args>(function, c, {});
        const std::vector<int64_t> cuts = make_cuts(random, c.range);
        const Buffer parts = run<Args>(function, c, cuts);
        if (!report(c.name, expected, whole, parts) || !check_packings<Args>(slot, function, c, expected, cuts)) {
            ++failures;
        }
    });
    EXPECT_GT(count, 0) << "no cases for this slot";
}

#define TMX_TEST_KERNEL(operation, slot, name, isa_member)                                                \
    TEST(KernelEqualsReference, name) {                                                                   \
        if (!isa_available(Isa::isa_member)) GTEST_SKIP() << "this processor does not have " #isa_member; \
        constexpr int kSlot = operations::operation::Slot::slot;                                          \
        check<operations::operation>(kSlot, reference_kernels().operation[kSlot].run, &(name));           \
    }
TMX_KERNELS(TMX_TEST_KERNEL)
#undef TMX_TEST_KERNEL

}  // namespace
}  // namespace tmx::kernels::test
