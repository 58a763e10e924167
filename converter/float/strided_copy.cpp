// Strided copy: merges dimensions that are contiguous on both sides, then copies rows, or tiles when both sides step.
#include "float/strided_copy.h"

#include <cstring>

#include "float/parallel.h"

namespace tinamix::float_exec {

namespace {

struct Dimension {
    int64_t size, to, from;  // elements; strides in elements
};

/// Drops dimensions of 1 and joins neighbours that continue each other on both sides.
std::vector<Dimension> merged(const ir::Shape& shape, const Strides& to, const Strides& from) {
    std::vector<Dimension> dims;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 1) {
            continue;
        }
        Dimension dim{shape[i], to[i], from[i]};
        if (!dims.empty() && dims.back().to == dim.to * dim.size && dims.back().from == dim.from * dim.size) {
            dims.back() = {dims.back().size * dim.size, dim.to, dim.from};
        } else {
            dims.push_back(dim);
        }
    }
    return dims;
}

template <size_t kBytes>
void copy_elements(std::byte* to, int64_t to_step, const std::byte* from, int64_t from_step, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        std::memcpy(to + i * to_step, from + i * from_step, kBytes);
    }
}

using RowCopy = void (*)(std::byte*, int64_t, const std::byte*, int64_t, int64_t);

RowCopy row_copy(size_t element_bytes) {
    switch (element_bytes) {
        case 1:
            return copy_elements<1>;
        case 2:
            return copy_elements<2>;
        case 4:
            return copy_elements<4>;
        default:
            return copy_elements<8>;
    }
}

/// The two innermost dimensions in tiles, so that both sides stay within cache lines when neither order is contiguous.
constexpr int64_t kTile = 16;

}  // namespace

Strides row_major_strides(const ir::Shape& shape) {
    Strides strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

void strided_copy(std::byte* destination, const Strides& destination_strides, const std::byte* source,
                  const Strides& source_strides, const ir::Shape& shape, size_t element_bytes, pthreadpool_t pool) {
    if (ir::element_count(shape) == 0) {
        return;
    }
    auto bytes = static_cast<int64_t>(element_bytes);
    std::vector<Dimension> dims = merged(shape, destination_strides, source_strides);
    while (dims.size() < 2) {
        dims.insert(dims.begin(), {1, 0, 0});
    }
    const Dimension inner = dims[dims.size() - 1], middle = dims[dims.size() - 2];
    dims.resize(dims.size() - 2);
    int64_t blocks = 1;
    for (const Dimension& dim : dims) {
        blocks *= dim.size;
    }
    const bool contiguous = inner.to == 1 && inner.from == 1;
    const RowCopy copy_row = row_copy(element_bytes);
    // With few outer blocks the tiles along the middle dimension are what the threads share.
    const int64_t bands = (middle.size + kTile - 1) / kTile;
    const auto band_elements = static_cast<size_t>(std::min(middle.size, kTile) * inner.size);
    const size_t grain = std::max<size_t>(1, kElementGrain / band_elements);
    parallel_for(pool, static_cast<size_t>(blocks * bands), grain, [&](size_t begin, size_t count) {
        for (size_t index = begin; index < begin + count; ++index) {
            auto block = static_cast<int64_t>(index) / bands;
            const int64_t first = static_cast<int64_t>(index) % bands * kTile;
            const int64_t last = std::min(first + kTile, middle.size);
            int64_t to_offset = 0, from_offset = 0;
            for (size_t i = dims.size(); i-- > 0;) {
                to_offset += block % dims[i].size * dims[i].to;
                from_offset += block % dims[i].size * dims[i].from;
                block /= dims[i].size;
            }
            std::byte* to = destination + to_offset * bytes;
            const std::byte* from = source + from_offset * bytes;
            if (contiguous) {
                for (int64_t j = first; j < last; ++j) {
                    std::memcpy(to + j * middle.to * bytes, from + j * middle.from * bytes,
                                static_cast<size_t>(inner.size * bytes));
                }
                continue;
            }
            for (int64_t k = 0; k < inner.size; k += kTile) {
                const int64_t width = std::min(kTile, inner.size - k);
                for (int64_t j = first; j < last; ++j) {
                    copy_row(to + (j * middle.to + k * inner.to) * bytes, inner.to * bytes,
                             from + (j * middle.from + k * inner.from) * bytes, inner.from * bytes, width);
                }
            }
        }
    });
}

ir::Tensor transposed(const ir::Tensor& tensor, const std::vector<size_t>& axes, pthreadpool_t pool) {
    const Strides strides = row_major_strides(tensor.shape());
    ir::Shape shape(axes.size());
    Strides from(axes.size());
    for (size_t i = 0; i < axes.size(); ++i) {
        shape[i] = tensor.shape()[axes[i]];
        from[i] = strides[axes[i]];
    }
    ir::Tensor result = ir::Tensor::uninitialized(tensor.type(), shape);
    strided_copy(result.raw(), row_major_strides(shape), tensor.raw(), from, shape, ir::element_bytes(tensor.type()),
                 pool);
    return result;
}

ir::Tensor expanded(const ir::Tensor& tensor, const ir::Shape& shape, pthreadpool_t pool) {
    const Strides own = row_major_strides(tensor.shape());
    Strides from(shape.size(), 0);
    const size_t added = shape.size() - own.size();
    for (size_t i = 0; i < own.size(); ++i) {
        from[added + i] = tensor.shape()[i] == 1 ? 0 : own[i];
    }
    ir::Tensor result = ir::Tensor::uninitialized(tensor.type(), shape);
    strided_copy(result.raw(), row_major_strides(shape), tensor.raw(), from, shape, ir::element_bytes(tensor.type()),
                 pool);
    return result;
}

}  // namespace tinamix::float_exec
