// A file name of a store, in a fixed buffer: the store allocates next to nothing.
#ifndef TINAMIX_RUNTIME_STORE_PATH_H_
#define TINAMIX_RUNTIME_STORE_PATH_H_

#include <stddef.h>

#include "error_text.h"

namespace tmx::store {

using runtime::ErrorText;

inline constexpr size_t kMaxPathBytes = 1024;

struct Path {
    char text[kMaxPathBytes];

    const char* c_str() const { return text; }
};

/// "folder/name". TMX_INVALID_ARGUMENT when it is too long.
tmx_status join(const char* folder, const char* name, Path* path, ErrorText& error);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_PATH_H_
