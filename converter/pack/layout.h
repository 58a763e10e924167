// Storage order of tensors. A layout lists, for each storage dimension, the ONNX dimension it holds: {0,2,3,1} stores
// an NCHW tensor channels-last. Transposes (and many reshapes) of the network only relabel a layout and cost nothing;
// data moves only where a reader needs another order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace tinamix::pack {

using Layout = std::vector<uint8_t>;

/// The ONNX order itself.
Layout identity_layout(size_t rank);
/// Channels (dimension 1) last: {0, 2, ..., rank-1, 1}.
Layout channels_last(size_t rank);
/// Storage shape of `onnx_shape` under `layout`.
ir::Shape storage_shape(const ir::Shape& onnx_shape, const Layout& layout);
/// True when both layouts place the elements of `onnx_shape` in the same order (dimensions of size 1 do not count).
bool same_order(const ir::Shape& onnx_shape, const Layout& a, const Layout& b);
/// Layout of the output of ONNX Transpose(perm) when its input is stored as `layout` and no data moves.
Layout transposed(const Layout& layout, const std::vector<int64_t>& perm);
/// Layout under which the memory of `from` stored as `layout` already is the ONNX reshape to `to`, if there is one.
std::optional<Layout> reshaped(const ir::Shape& from, const Layout& layout, const ir::Shape& to);
/// The order nearest to `layout` under which `from` is the ONNX reshape to `to` without moving data: dimensions that
/// become one stand together, where the first of them stood.
Layout order_for_reshape(const ir::Shape& from, const Layout& layout, const ir::Shape& to);
/// Storage position of ONNX dimension `axis`.
int storage_axis(const Layout& layout, int64_t axis);
/// Axes for a Transpose op that brings storage order `from` to `to`: output storage dimension i is input's axes[i].
std::vector<uint8_t> transpose_axes(const Layout& from, const Layout& to);
/// Copies ONNX-ordered elements into storage order.
template <typename T>
std::vector<T> to_storage(const std::vector<T>& values, const ir::Shape& onnx_shape, const Layout& layout) {
    const size_t rank = layout.size();
    std::vector<int64_t> onnx_stride(rank, 1);
    for (size_t i = rank; i-- > 1;) onnx_stride[i - 1] = onnx_stride[i] * onnx_shape[i];
    const ir::Shape shape = storage_shape(onnx_shape, layout);
    std::vector<T> result(values.size());
    std::vector<int64_t> index(rank, 0);
    int64_t source = 0;
    for (T& element : result) {
        element = values[static_cast<size_t>(source)];
        for (size_t d = rank; d-- > 0;) {
            source += onnx_stride[layout[d]];
            if (++index[d] < shape[d]) break;
            source -= onnx_stride[layout[d]] * shape[d];
            index[d] = 0;
        }
    }
    return result;
}

}  // namespace tinamix::pack
