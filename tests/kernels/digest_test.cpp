// The reference computes the same bits on every processor: a fixed workload per kernel, digested, against constants
// that were made on x86-64. A change of the cases changes them; a change of the kernels must not.
#include <gtest/gtest.h>

#include "cases.h"
#include "known_digests.h"

namespace tmx::kernels::test {
namespace {

/// FNV-1a, 64 bits.
uint64_t digest(uint64_t hash, const uint8_t* data, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) hash = (hash ^ data[i]) * 0x100000001b3u;
    return hash;
}

template <typename Operation>
uint64_t workload_digest(int slot, void (*function)(const typename Operation::Args&, int64_t, int64_t)) {
    uint64_t hash = 0xcbf29ce484222325u;
    make_cases(Operation{}, slot, [&](const Case<typename Operation::Args>& c) {
        Buffer output = output_buffer(c.output_bytes);
        typename Operation::Args args = c.args;
        args.output = reinterpret_cast<decltype(args.output)>(output.data());
        function(args, 0, c.range);
        hash = digest(hash, output.data(), output.bytes());
    });
    return hash;
}

uint64_t known_digest(const std::string& kernel) {
    for (const KnownDigest& known : kKnownDigests) {
        if (kernel == known.kernel) return known.digest;
    }
    return 0;
}

#define TMX_TEST_DIGEST(operation, slot, name, isa)                                                        \
    TEST(Digest, name) {                                                                                   \
        constexpr int kSlot = operations::operation::Slot::slot;                                           \
        const uint64_t got = workload_digest<operations::operation>(kSlot, &name);                         \
        EXPECT_EQ(got, known_digest(#name)) << "digest now: {\"" #name "\", 0x" << std::hex << got << "}"; \
    }
TMX_REFERENCE_KERNELS(TMX_TEST_DIGEST)
#undef TMX_TEST_DIGEST

}  // namespace
}  // namespace tmx::kernels::test
