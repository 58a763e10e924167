// The first bytes of an NBG, VeriSilicon's compiled network: enough to say, before any driver is asked, whether it can
// run on a board. Shared by the verifier, the NPU shim and the converter.
#ifndef TINAMIX_RUNTIME_NPU_NBG_HEADER_H_
#define TINAMIX_RUNTIME_NPU_NBG_HEADER_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::npu {

/// Little endian, from offset 0. A hardware block follows, and the network.
struct NbgHeader {
    char magic[4];
    uint32_t format_version;  ///< major << 16 | minor
    uint32_t target;          ///< the NPU's customer id: 0xEE, 0x10000016, ...
    char name[64];
    uint32_t layers;
    uint32_t operations;
    uint32_t inputs;
    uint32_t outputs;
};
static_assert(sizeof(NbgHeader) == 92);

/// Reads the header. Null if it can be one; otherwise what is wrong with it, to stand behind "the NBG ".
const char* read_nbg_header(const void* data, size_t bytes, NbgHeader* header);

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_NBG_HEADER_H_
