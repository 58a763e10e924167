// Files: read whole, written completely or not at all.
#ifndef TINAMIX_RUNTIME_TOOL_FILE_IO_H_
#define TINAMIX_RUNTIME_TOOL_FILE_IO_H_

#include <stddef.h>
#include <stdint.h>

#include "tool/text.h"

namespace tmx::tool {

/// Reads all of `path`. False with *error = "<path>: <reason>" when it cannot be read.
bool read_file(const char* path, Array<uint8_t>* bytes, Text* error);

/// A piece of a file to be written.
struct Piece {
    const void* data;
    size_t bytes;
};
/// Writes `pieces` to a temporary file beside `path` and renames it. On any failure (full disk, no permission) the
/// temporary is removed, an older `path` stays as it was, and *error = "<path>: <reason>".
bool write_file(const char* path, const Piece* pieces, size_t count, Text* error);

/// Makes directory `path` and its missing parents.
bool make_directories(const char* path, Text* error);

/// Flushes stdout. False (with a message on stderr) when it could not take everything, as on a full disk.
bool finish_stdout();

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_FILE_IO_H_
