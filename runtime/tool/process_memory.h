// Memory of this process as the kernel counts it.
#ifndef TINAMIX_RUNTIME_TOOL_PROCESS_MEMORY_H_
#define TINAMIX_RUNTIME_TOOL_PROCESS_MEMORY_H_

#include <stdint.h>

namespace tmx::tool {

struct ProcessMemory {
    uint64_t resident_bytes;       ///< 0 when unknown
    uint64_t peak_resident_bytes;  ///< since the process began; 0 when unknown
};

/// From /proc/self/smaps_rollup and /proc/self/status.
ProcessMemory process_memory();

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_PROCESS_MEMORY_H_
