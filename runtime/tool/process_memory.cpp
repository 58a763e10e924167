// Resident memory; see process_memory.h.
#include "tool/process_memory.h"

#include <stdio.h>

namespace tmx::tool {
namespace {

/// Calls line(text) for every line of a file of /proc.
template <typename Line>
void each_line(const char* path, Line line) {
    FILE* file = fopen(path, "re");
    if (file == nullptr) return;
    char text[256];
    while (fgets(text, sizeof(text), file) != nullptr) line(text);
    fclose(file);
}

}  // namespace

ProcessMemory process_memory() {
    ProcessMemory memory = {0, 0};
    unsigned long long kib = 0;
    each_line("/proc/self/status", [&](const char* line) {
        if (sscanf(line, "VmRSS: %llu kB", &kib) == 1) memory.resident_bytes = kib * 1024;
        if (sscanf(line, "VmHWM: %llu kB", &kib) == 1) memory.peak_resident_bytes = kib * 1024;
    });
    // Newer kernels count the two per processor and add up late: a young process seems to have next to nothing. The sum
    // over its mappings is exact.
    each_line("/proc/self/smaps_rollup", [&](const char* line) {
        if (sscanf(line, "Rss: %llu kB", &kib) == 1) memory.resident_bytes = kib * 1024;
    });
    if (memory.peak_resident_bytes < memory.resident_bytes) memory.peak_resident_bytes = memory.resident_bytes;
    return memory;
}

}  // namespace tmx::tool
