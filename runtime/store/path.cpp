// File names in fixed buffers; see path.h.
#include "store/path.h"

#include <stdio.h>

namespace tmx::store {

tmx_status join(const char* folder, const char* name, Path* path, ErrorText& error) {
    const int size = snprintf(path->text, sizeof(path->text), "%s/%s", folder, name);
    if (size > 0 && static_cast<size_t>(size) < sizeof(path->text)) return TMX_OK;
    return error.set(TMX_INVALID_ARGUMENT, "the path '%.200s/%.60s' is too long", folder, name);
}

}  // namespace tmx::store
