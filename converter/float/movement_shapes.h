// Shapes and ranges of the operators that only move elements: what the executor computes with and import infers from.
// All shapes are in ONNX order; everything throws Error naming the node for what does not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

/// Reshape: 0 copies a dimension (unless `allowzero`), one -1 takes what is left.
ir::Shape reshaped_shape(const ir::Node& node, const ir::Shape& from, ir::Shape wanted);

/// Flatten by its attribute.
ir::Shape flattened_shape(const ir::Node& node, const ir::Shape& from);

/// Without `axes`, all dimensions of 1 go.
ir::Shape squeezed_shape(const ir::Node& node, const ir::Shape& from, const std::vector<int64_t>& axes);

ir::Shape unsqueezed_shape(const ir::Node& node, const ir::Shape& from, const std::vector<int64_t>& axes);

/// The dimensions that a Shape operator gives: all of `shape`, or those from `start` to `end`.
ir::Shape stated_part(const ir::Node& node, const ir::Shape& shape);

/// Elements first, first + step, ... of one axis.
struct AxisRange {
    size_t axis;
    int64_t first, count, step;
};

struct SliceLists {
    std::vector<int64_t> starts, ends;
    std::optional<std::vector<int64_t>> axes;  ///< without them the first ones
    std::vector<int64_t> steps;                ///< empty: all 1
};

/// The ranges of a Slice of `from`, clamped as ONNX says. Axes without elements are left out.
std::vector<AxisRange> slice_ranges(const ir::Node& node, const ir::Shape& from, SliceLists lists);

/// Lengths of the parts of a Split of an axis of `length`: `sizes`, or, when empty, equal ones (from opset 18 on the
/// last may be shorter).
std::vector<int64_t> split_sizes(const ir::Node& node, int64_t opset, int64_t length, std::vector<int64_t> sizes);

/// Elements that a Pad adds in front of and behind each axis; negative where it crops.
struct AxisPads {
    std::vector<int64_t> before, after;
};

AxisPads pads_per_axis(const ir::Node& node, const ir::Shape& from, const std::vector<int64_t>& pads,
                       const std::optional<std::vector<int64_t>>& axes);

/// Which axes a Reduce operator removes: those of `axes`, or all of them when it is empty (none with
/// `noop_with_empty_axes`).
std::vector<char> reduced_axes(const ir::Node& node, size_t rank, const std::vector<int64_t>& axes);

/// The shape after a reduction; the removed axes stay as 1 unless `keepdims` is 0.
ir::Shape reduced_shape(const ir::Node& node, const ir::Shape& from, const std::vector<char>& reduced);

}  // namespace tinamix::float_exec
