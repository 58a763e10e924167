#include "long_rows.h"

namespace tmx::runtime {
namespace {

/// Long enough for the widest vectors and for a row's own overhead, short enough to leave rows for several threads.
constexpr int32_t kLongRow = 512;

/// Drops dimensions of size 1, all but one of them if there is nothing else.
int32_t without_ones(int32_t rank, int32_t* shape, int64_t* const* strides, int32_t operands) {
    int32_t kept = 0;
    for (int32_t d = 0; d < rank; ++d) {
        if (shape[d] == 1 && (kept > 0 || d + 1 < rank)) continue;
        shape[kept] = shape[d];
        for (int32_t i = 0; i < operands; ++i) strides[i][kept] = strides[i][d];
        ++kept;
    }
    return kept;
}

}  // namespace

int32_t join_short_rows(int32_t rank, int32_t* shape, int64_t* const* strides, int32_t operands) {
    rank = without_ones(rank, shape, strides, operands);
    while (rank > 1 && shape[rank - 1] < kLongRow) {
        const int32_t last = rank - 1;
        for (int32_t i = 0; i < operands; ++i) {
            if (strides[i][last - 1] != strides[i][last] * shape[last]) return rank;
        }
        shape[last - 1] *= shape[last];
        for (int32_t i = 0; i < operands; ++i) strides[i][last - 1] = strides[i][last];
        --rank;
    }
    return rank;
}

int64_t row_count(int32_t rank, const int32_t* shape) {
    int64_t rows = 1;
    for (int32_t d = 0; d < rank - 1; ++d) rows *= shape[d];
    return rows;
}

}  // namespace tmx::runtime
