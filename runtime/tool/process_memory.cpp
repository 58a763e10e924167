// Resident memory; see process_memory.h.
#include "tool/process_memory.h"

#include <stdio.h>

namespace tmx::tool {

ProcessMemory process_memory() {
    ProcessMemory memory = {0, 0};
    FILE* status = fopen("/proc/self/status", "re");
    if (status == nullptr) return memory;
    char line[256];
    while (fgets(line, sizeof(line), status) != nullptr) {
        unsigned long long kib = 0;
        if (sscanf(line, "VmRSS: %llu kB", &kib) == 1) memory.resident_bytes = kib * 1024;
        if (sscanf(line, "VmHWM: %llu kB", &kib) == 1) memory.peak_resident_bytes = kib * 1024;
    }
    fclose(status);
    return memory;
}

}  // namespace tmx::tool
