#include "float/movement_shapes.h"

#include <algorithm>
#include <limits>
#include <string>

#include "float/call.h"

namespace tinamix::float_exec {

ir::Shape reshaped_shape(const ir::Node& node, const ir::Shape& from, ir::Shape wanted) {
    const bool zero_is_zero = node.integer("allowzero", 0) != 0;
    auto open = wanted.end();
    int64_t known = 1;
    for (auto dim = wanted.begin(); dim != wanted.end(); ++dim) {
        const auto i = static_cast<size_t>(dim - wanted.begin());
        if (*dim == 0 && !zero_is_zero) {
            require(node, i < from.size(), "a 0 in the shape stands where the input has no dimension");
            *dim = from[i];
        }
        if (*dim == -1) {
            require(node, open == wanted.end(), "the shape has two unknown dimensions");
            open = dim;
        } else {
            require(node, *dim >= 0 && (*dim == 0 || known <= std::numeric_limits<int64_t>::max() / *dim),
                    "the shape has an impossible dimension");
            known *= *dim;
        }
    }
    const int64_t elements = ir::element_count(from);
    if (open != wanted.end()) {
        require(node, known != 0 && elements % known == 0, "the elements do not fill the shape");
        *open = elements / known;
    } else if (known != elements) {
        throw Error(where(node), "cannot show " + ir::shape_text(from) + " as " + ir::shape_text(wanted));
    }
    return wanted;
}

ir::Shape flattened_shape(const ir::Node& node, const ir::Shape& from) {
    const int64_t given = node.integer("axis", 1);
    const size_t axis =
        given == static_cast<int64_t>(from.size()) ? from.size() : normalized_axis(node, given, from.size());
    const auto split = from.begin() + static_cast<std::ptrdiff_t>(axis);
    return {ir::element_count(ir::Shape(from.begin(), split)), ir::element_count(ir::Shape(split, from.end()))};
}

ir::Shape squeezed_shape(const ir::Node& node, const ir::Shape& from, const std::vector<int64_t>& axes) {
    std::vector<char> drop(from.size(), 0);
    for (int64_t axis : axes) {
        const size_t i = normalized_axis(node, axis, from.size());
        require(node, from[i] == 1, "an axis to drop is not of size 1");
        drop[i] = 1;
    }
    ir::Shape shape;
    for (size_t i = 0; i < from.size(); ++i) {
        if (axes.empty() ? from[i] != 1 : drop[i] == 0) {
            shape.push_back(from[i]);
        }
    }
    return shape;
}

ir::Shape unsqueezed_shape(const ir::Node& node, const ir::Shape& from, const std::vector<int64_t>& axes) {
    std::vector<char> added(from.size() + axes.size(), 0);
    for (int64_t axis : axes) {
        const size_t i = normalized_axis(node, axis, added.size());
        require(node, added[i] == 0, "an axis is named twice");
        added[i] = 1;
    }
    ir::Shape shape;
    auto next = from.begin();
    for (char is_new : added) {
        shape.push_back(is_new ? 1 : *next++);
    }
    return shape;
}

ir::Shape stated_part(const ir::Node& node, const ir::Shape& shape) {
    const auto rank = static_cast<int64_t>(shape.size());
    auto bound = [&](const char* name, int64_t otherwise) {
        const int64_t given = node.integer(name, otherwise);
        return std::clamp<int64_t>(given < 0 ? given + rank : given, 0, rank);
    };
    const int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
    return {shape.begin() + start, shape.begin() + end};
}

namespace {

AxisRange clamped(size_t axis, int64_t start, int64_t end, int64_t step, int64_t length) {
    auto absolute = [&](int64_t index) { return index < 0 ? std::max<int64_t>(index, -length - 1) + length : index; };
    if (step > 0) {
        const int64_t first = std::clamp<int64_t>(absolute(start), 0, length);
        const int64_t last = std::clamp<int64_t>(absolute(end), 0, length);
        const int64_t room = std::max<int64_t>(0, last - first);
        return {axis, first, room == 0 ? 0 : (room - 1) / step + 1, step};
    }
    const int64_t first = std::clamp<int64_t>(absolute(start), 0, length - 1);
    const int64_t last = std::clamp<int64_t>(absolute(end), -1, length - 1);
    const int64_t room = std::max<int64_t>(0, first - last);
    return {axis, first, room == 0 ? 0 : (room - 1) / -step + 1, step};
}

/// The axes that a list names, or the first `count`; each at most once.
std::vector<size_t> chosen_axes(const ir::Node& node, size_t rank, const std::optional<std::vector<int64_t>>& axes,
                                size_t count) {
    std::vector<size_t> chosen;
    std::vector<char> seen(rank, 0);
    for (size_t i = 0; i < (axes ? axes->size() : count); ++i) {
        chosen.push_back(normalized_axis(node, axes ? (*axes)[i] : static_cast<int64_t>(i), rank));
        require(node, seen[chosen.back()] == 0, "an axis is named twice");
        seen[chosen.back()] = 1;
    }
    return chosen;
}

}  // namespace

std::vector<AxisRange> slice_ranges(const ir::Node& node, const ir::Shape& from, SliceLists lists) {
    const size_t count = lists.starts.size();
    const std::vector<size_t> axes = chosen_axes(node, from.size(), lists.axes, count);
    if (lists.steps.empty()) {
        lists.steps.assign(count, 1);
    }
    require(node, lists.ends.size() == count && axes.size() == count && lists.steps.size() == count,
            "starts, ends, axes and steps must have as many entries");
    std::vector<AxisRange> ranges;
    for (size_t i = 0; i < count; ++i) {
        // -2^63 has no positive counterpart.
        require(node, lists.steps[i] != 0 && lists.steps[i] != std::numeric_limits<int64_t>::min(),
                "a step is out of range");
        if (from[axes[i]] != 0) {
            ranges.push_back(clamped(axes[i], lists.starts[i], lists.ends[i], lists.steps[i], from[axes[i]]));
        }
    }
    return ranges;
}

std::vector<int64_t> split_sizes(const ir::Node& node, int64_t opset, int64_t length, std::vector<int64_t> sizes) {
    const auto count = static_cast<int64_t>(node.outputs.size());
    require(node, count > 0, "there are no outputs");
    if (sizes.empty()) {
        const int64_t wanted = node.integer("num_outputs", count);
        require(node, wanted == count, "`num_outputs` differs from the number of outputs");
        require(node, opset >= 18 || length % count == 0, "the axis does not divide into equal parts");
        const int64_t size = (length + count - 1) / count;
        sizes.assign(static_cast<size_t>(count), size);
        sizes.back() = length - size * (count - 1);
    }
    require(node, static_cast<int64_t>(sizes.size()) == count, "there must be one size per output");
    int64_t sum = 0;
    for (int64_t size : sizes) {
        require(node, size >= 0 && size <= length, "a size is out of range");
        sum += size;
    }
    require(node, sum == length, "the sizes do not add up to the axis");
    return sizes;
}

AxisPads pads_per_axis(const ir::Node& node, const ir::Shape& from, const std::vector<int64_t>& pads,
                       const std::optional<std::vector<int64_t>>& axes) {
    constexpr int64_t kLargest = int64_t{1} << 31;
    const std::vector<size_t> chosen = chosen_axes(node, from.size(), axes, from.size());
    require(node, pads.size() == 2 * chosen.size(), "there must be two pads per axis");
    AxisPads result{std::vector<int64_t>(from.size(), 0), std::vector<int64_t>(from.size(), 0)};
    for (size_t i = 0; i < chosen.size(); ++i) {
        const size_t axis = chosen[i];
        const int64_t before = pads[i], after = pads[chosen.size() + i];
        require(node, before >= -kLargest && before <= kLargest && after >= -kLargest && after <= kLargest,
                "a pad is out of range");
        require(node,
                from[axis] + before + after >= 0 &&
                    from[axis] + std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0) >= 0,
                "the pads remove more than there is");
        result.before[axis] = before;
        result.after[axis] = after;
    }
    return result;
}

std::vector<char> reduced_axes(const ir::Node& node, size_t rank, const std::vector<int64_t>& axes) {
    const bool nothing = axes.empty() && node.integer("noop_with_empty_axes", 0) != 0;
    std::vector<char> reduced(rank, axes.empty() && !nothing ? 1 : 0);
    for (int64_t axis : axes) {
        reduced[normalized_axis(node, axis, rank)] = 1;
    }
    return reduced;
}

ir::Shape reduced_shape(const ir::Node& node, const ir::Shape& from, const std::vector<char>& reduced) {
    const bool keep = node.integer("keepdims", 1) != 0;
    ir::Shape shape;
    for (size_t i = 0; i < from.size(); ++i) {
        if (reduced[i] == 0) {
            shape.push_back(from[i]);
        } else if (keep) {
            shape.push_back(1);
        }
    }
    return shape;
}

}  // namespace tinamix::float_exec
