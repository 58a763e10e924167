// A file mapped read-only.
#ifndef TINAMIX_RUNTIME_MAPPED_FILE_H_
#define TINAMIX_RUNTIME_MAPPED_FILE_H_

#include <stddef.h>
#include <stdint.h>

#include "error_text.h"

namespace tmx::runtime {

struct MappedFile {
    const uint8_t* data;
    size_t bytes;
    int descriptor;  ///< kept open while mapped: it holds a shared lock (flock) on the file
};

/// Maps the whole file and locks it, shared, where the file system knows locks. TMX_IO_ERROR if it cannot be opened or
/// mapped, TMX_NOT_A_MODEL if it is empty.
tmx_status map_file(const char* path, MappedFile* file, ErrorText& error);
/// Does nothing for an unmapped (null) file.
void unmap_file(MappedFile* file);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_MAPPED_FILE_H_
