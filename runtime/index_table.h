// Tables of input positions in a file.
#ifndef TINAMIX_RUNTIME_INDEX_TABLE_H_
#define TINAMIX_RUNTIME_INDEX_TABLE_H_

#include "op_site.h"

namespace tmx::runtime {

/// Resolves `count` int32 entries of lowest .. size - 1. `what` names the table in messages.
tmx_status read_indices(const OpSite& site, const format::Span* span, uint64_t count, int32_t lowest, int32_t size,
                        const char* what, const int32_t** indices);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_INDEX_TABLE_H_
