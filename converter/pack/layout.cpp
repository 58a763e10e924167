#include "pack/layout.h"

#include <algorithm>
#include <numeric>

namespace tinamix::pack {

namespace {

/// ONNX dimensions larger than 1, in storage order.
std::vector<uint8_t> moving_dimensions(const ir::Shape& onnx_shape, const Layout& layout) {
    std::vector<uint8_t> result;
    for (uint8_t axis : layout) {
        if (onnx_shape[axis] != 1) result.push_back(axis);
    }
    return result;
}

/// One run of input dimensions that becomes one run of output dimensions (sizes of 1 left out on both sides).
struct ReshapeGroup {
    std::vector<uint8_t> from, to;
};

std::vector<ReshapeGroup> reshape_groups(const ir::Shape& from, const ir::Shape& to) {
    std::vector<ReshapeGroup> groups;
    size_t i = 0, j = 0;
    while (true) {
        while (i < from.size() && from[i] == 1) ++i;
        while (j < to.size() && to[j] == 1) ++j;
        if (i == from.size() || j == to.size()) return groups;
        ReshapeGroup group;
        int64_t left = from[i], right = to[j];
        group.from.push_back(static_cast<uint8_t>(i++));
        group.to.push_back(static_cast<uint8_t>(j++));
        while (left != right) {
            if (left < right) {
                if (from[i] != 1) group.from.push_back(static_cast<uint8_t>(i));
                left *= from[i++];
            } else {
                if (to[j] != 1) group.to.push_back(static_cast<uint8_t>(j));
                right *= to[j++];
            }
        }
        groups.push_back(std::move(group));
    }
}

}  // namespace

Layout identity_layout(size_t rank) {
    Layout layout(rank);
    std::iota(layout.begin(), layout.end(), uint8_t{0});
    return layout;
}

Layout channels_last(size_t rank) {
    Layout layout{0};
    for (size_t i = 2; i < rank; ++i) layout.push_back(static_cast<uint8_t>(i));
    layout.push_back(1);
    return layout;
}

ir::Shape storage_shape(const ir::Shape& onnx_shape, const Layout& layout) {
    ir::Shape shape;
    for (uint8_t axis : layout) shape.push_back(onnx_shape[axis]);
    return shape;
}

bool same_order(const ir::Shape& onnx_shape, const Layout& a, const Layout& b) {
    return moving_dimensions(onnx_shape, a) == moving_dimensions(onnx_shape, b);
}

Layout transposed(const Layout& layout, const std::vector<int64_t>& perm) {
    Layout result;
    for (uint8_t axis : layout) {
        result.push_back(static_cast<uint8_t>(std::find(perm.begin(), perm.end(), axis) - perm.begin()));
    }
    return result;
}

std::optional<Layout> reshaped(const ir::Shape& from, const Layout& layout, const ir::Shape& to) {
    if (ir::element_count(from) == 0) return std::nullopt;
    const std::vector<uint8_t> moving = moving_dimensions(from, layout);
    const std::vector<ReshapeGroup> groups = reshape_groups(from, to);
    Layout result;
    for (size_t i = 0; i < to.size(); ++i) {
        if (to[i] == 1) result.push_back(static_cast<uint8_t>(i));
    }
    size_t position = 0;
    while (position < moving.size()) {
        const auto group = std::find_if(groups.begin(), groups.end(),
                                        [&](const ReshapeGroup& g) { return g.from.front() == moving[position]; });
        if (group == groups.end()) return std::nullopt;
        for (uint8_t axis : group->from) {
            if (position == moving.size() || moving[position] != axis) return std::nullopt;
            ++position;
        }
        result.insert(result.end(), group->to.begin(), group->to.end());
    }
    return result;
}

Layout order_for_reshape(const ir::Shape& from, const Layout& layout, const ir::Shape& to) {
    const std::vector<ReshapeGroup> groups = reshape_groups(from, to);
    Layout result;
    for (uint8_t axis : layout) {
        if (from[axis] == 1) result.push_back(axis);
    }
    std::vector<bool> placed(groups.size(), false);
    for (uint8_t axis : moving_dimensions(from, layout)) {
        const auto group = std::find_if(groups.begin(), groups.end(), [&](const ReshapeGroup& g) {
            return std::find(g.from.begin(), g.from.end(), axis) != g.from.end();
        });
        const auto index = static_cast<size_t>(group - groups.begin());
        if (placed[index]) continue;
        placed[index] = true;
        result.insert(result.end(), group->from.begin(), group->from.end());
    }
    return result;
}

int storage_axis(const Layout& layout, int64_t axis) {
    return static_cast<int>(std::find(layout.begin(), layout.end(), axis) - layout.begin());
}

std::vector<uint8_t> transpose_axes(const Layout& from, const Layout& to) {
    std::vector<uint8_t> axes;
    for (uint8_t axis : to) axes.push_back(static_cast<uint8_t>(storage_axis(from, axis)));
    return axes;
}

}  // namespace tinamix::pack
