// Copies in which every output axis picks positions of its own input axis, whatever the other axes do: slices, steps,
// padding, repetition, nearest resize. One strided copy where the positions are evenly spaced, index tables otherwise.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/lowering.h"

namespace tinamix::pack {

/// Per position of an output axis: the input position it shows, or kFillIndex.
using AxisSources = std::vector<int32_t>;
inline constexpr int32_t kFillIndex = -1;

/// 0, 1, ..., size - 1.
AxisSources unchanged_axis(int64_t size);

/// The sources of every axis of a node whose input 0 and output have the same rank, in ONNX order, read off the float
/// executor: it is given positions instead of values. `parameters` replace the node's further inputs (null: absent).
/// Fill values of the node must be kFillIndex.
std::vector<AxisSources> axis_sources(const ir::Graph& graph, const ir::Node& node,
                                      const std::vector<const ir::Tensor*>& parameters);

/// A copy in storage order.
struct AxisCopy {
    int source;                     ///< tensor
    ir::Shape shape;                ///< of the source, one entry per axis
    std::vector<AxisSources> axes;  ///< of the result; its shape is their sizes
    double fill = 0;                ///< real value where an axis says kFillIndex
};

/// Emits the ops of `node` that compute `output`, stored as `layout`, by `copy`; the result's shape is the storage
/// shape of the output up to dimensions of size 1. Quantization: that of `output` on both sides.
void emit_axis_copy(Lowering& lowering, const ir::Node& node, const AxisCopy& copy, ir::ValueId output,
                    const Layout& layout);

/// The same, where the axes are in ONNX order and input 0 is stored as its producer left it.
void emit_onnx_axis_copy(Lowering& lowering, const ir::Node& node, const std::vector<AxisSources>& axes,
                         ir::ValueId output, double fill = 0);

/// Runs of axes of a tensor in storage order that one op with two tables can work on: first and last axis of each run
/// (the same where the table of one axis is all), with the axes that change; axes between two of them have size 1.
struct AxisRun {
    size_t rows, columns;
};
std::vector<AxisRun> axis_runs(const std::vector<bool>& changes, const ir::Shape& before, const ir::Shape& after);

/// `shape` as [outer, rows, columns, inner] around a run; rows is 1 where the run has one axis.
ir::Shape run_shape(const ir::Shape& shape, const AxisRun& run);

}  // namespace tinamix::pack
