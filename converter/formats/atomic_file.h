// Writes a file completely or not at all.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tinamix::formats {

/// Writes `size` bytes to a temporary file beside `path`, fsyncs and renames it. On any failure (full disk, no
/// permission) removes the temporary and throws Error naming `path` and the system's reason.
void write_file_atomically(const std::string& path, const void* data, size_t size);
void write_file_atomically(const std::string& path, std::string_view text);

/// The whole file. Throws Error.
std::string read_file(const std::string& path);

}  // namespace tinamix::formats
