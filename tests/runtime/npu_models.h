// Models with a section for an NPU, and NBGs that the tests' stand-in for the driver can run.
#ifndef TINAMIX_TESTS_RUNTIME_NPU_MODELS_H_
#define TINAMIX_TESTS_RUNTIME_NPU_MODELS_H_

#include "layers.h"

namespace tmx::testing {

inline constexpr uint32_t kNpuTarget = 0x10000016;

/// A file that begins like an NBG for `target` and goes on with `payload`.
std::vector<uint8_t> make_nbg(uint32_t target, const std::vector<uint8_t>& payload, uint32_t inputs = 1,
                              uint32_t outputs = 1);

struct NpuChain {
    format::Precision precision = format::Precision::W8A8;
    bool copy = true;  ///< the section carries its layers for the CPU, too
    bool uint8 = false;
    uint32_t target = kNpuTarget;
    uint64_t seed = 1;
};
/// in (tensor 0) -> conv (op 0) -> section { NpuCall (op 1), or conv (op 2) and lookup (op 3) } -> conv -> out
void add_npu_chain(ModelBuilder& builder, const NpuChain& chain);
AlignedBytes npu_chain(const NpuChain& chain);
/// The same network without an NPU.
AlignedBytes cpu_chain(const NpuChain& chain);

/// What the chain computes from `input`.
std::vector<uint8_t> run_model(const AlignedBytes& file, const std::vector<uint8_t>& input);
std::vector<uint8_t> chain_input(const NpuChain& chain);

}  // namespace tmx::testing

#endif  // TINAMIX_TESTS_RUNTIME_NPU_MODELS_H_
