#include "npu/nbg_header.h"

#include <string.h>

namespace tmx::npu {

const char* read_nbg_header(const void* data, size_t bytes, NbgHeader* header) {
    constexpr char kMagic[4] = {'V', 'P', 'M', 'N'};
    if (bytes < sizeof(NbgHeader)) return "is shorter than its header";
    memcpy(header, data, sizeof(NbgHeader));
    header->name[sizeof(header->name) - 1] = '\0';
    if (memcmp(header->magic, kMagic, sizeof(kMagic)) != 0)
        return "does not begin with 'VPMN': it is no compiled network";
    const uint32_t major = header->format_version >> 16;
    if (major < 1 || major > 2) return "has a format version that is neither 1.x nor 2.x";
    if (header->target == 0) return "names no target";
    if (header->inputs == 0 || header->outputs == 0) return "has no inputs or no outputs";
    return nullptr;
}

}  // namespace tmx::npu
