#include "index_table.h"

#include <inttypes.h>

namespace tmx::runtime {

tmx_status read_indices(const OpSite& site, const format::Span* span, uint64_t count, int32_t lowest, int32_t size,
                        const char* what, const int32_t** indices) {
    const int32_t* table = nullptr;
    TMX_RETURN_IF_ERROR(site.resolve(span, count, what, &table));
    for (uint64_t i = 0; i < count; ++i) {
        if (table[i] < lowest || table[i] >= size) {
            return site.fail("%s: entry %" PRIu64 " is %" PRId32 ", the input has %" PRId32, what, i, table[i], size);
        }
    }
    *indices = table;
    return TMX_OK;
}

}  // namespace tmx::runtime
