#include "pack/layout.h"

#include <gtest/gtest.h>

#include <numeric>

namespace tinamix::pack {
namespace {

/// The ONNX-ordered elements behind memory that is stored as `layout`.
std::vector<int> from_storage(const std::vector<int>& stored, const ir::Shape& shape, const Layout& layout) {
    std::vector<int> positions(stored.size());
    std::iota(positions.begin(), positions.end(), 0);
    const std::vector<int> order = to_storage(positions, shape, layout);
    std::vector<int> result(stored.size());
    for (size_t i = 0; i < stored.size(); ++i) result[static_cast<size_t>(order[i])] = stored[i];
    return result;
}

std::vector<int> ramp(const ir::Shape& shape) {
    std::vector<int> values(static_cast<size_t>(ir::element_count(shape)));
    std::iota(values.begin(), values.end(), 0);
    return values;
}

TEST(Layout, ChannelsLastStoresPixelsTogether) {
    EXPECT_EQ(storage_shape({1, 3, 2, 2}, channels_last(4)), (ir::Shape{1, 2, 2, 3}));
    EXPECT_EQ(to_storage(ramp({1, 3, 1, 2}), {1, 3, 1, 2}, channels_last(4)), (std::vector<int>{0, 2, 4, 1, 3, 5}));
}

TEST(Layout, DimensionsOfOneDoNotChangeTheOrder) {
    EXPECT_TRUE(same_order({1, 8, 1, 1}, channels_last(4), identity_layout(4)));
    EXPECT_FALSE(same_order({1, 8, 2, 1}, channels_last(4), identity_layout(4)));
}

TEST(Layout, TransposeOnlyRelabels) {
    // An NHWC network's Transpose to NCHW leaves the data channels-last.
    EXPECT_EQ(transposed(identity_layout(4), {0, 3, 1, 2}), channels_last(4));
    const ir::Shape shape{2, 3, 4, 5};
    const std::vector<int64_t> perm{3, 0, 2, 1};
    const Layout before = channels_last(4), after = transposed(before, perm);
    const std::vector<int> stored = to_storage(ramp(shape), shape, before);
    const ir::Shape moved_shape{5, 2, 4, 3};
    EXPECT_EQ(from_storage(stored, moved_shape, after), to_storage(ramp(shape), shape, Layout{3, 0, 2, 1}));
}

TEST(Layout, TransposeAxesBringOneOrderToAnother) {
    const ir::Shape shape{2, 3, 4, 5};
    const Layout from = channels_last(4), to{3, 1, 0, 2};
    const std::vector<uint8_t> axes = transpose_axes(from, to);
    const ir::Shape stored = storage_shape(shape, from);
    EXPECT_EQ(to_storage(to_storage(ramp(shape), shape, from), stored, Layout(axes.begin(), axes.end())),
              to_storage(ramp(shape), shape, to));
}

struct ReshapeCase {
    ir::Shape from;
    Layout layout;
    ir::Shape to;
    bool possible;
};

class ReshapeInPlace : public testing::TestWithParam<ReshapeCase> {};

TEST_P(ReshapeInPlace, KeepsTheMemoryAndTheMeaning) {
    const ReshapeCase& c = GetParam();
    const std::optional<Layout> layout = reshaped(c.from, c.layout, c.to);
    ASSERT_EQ(layout.has_value(), c.possible);
    if (!layout) return;
    const std::vector<int> stored = to_storage(ramp(c.from), c.from, c.layout);
    EXPECT_EQ(from_storage(stored, c.to, *layout), ramp(c.to));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ReshapeInPlace,
    testing::Values(
        ReshapeCase{{1, 6, 2, 2}, channels_last(4), {1, 2, 3, 2, 2}, true},  // detector head: split channels
        ReshapeCase{{1, 2, 3, 2, 2}, {0, 3, 4, 1, 2}, {1, 6, 2, 2}, true},   // and join them again
        ReshapeCase{{1, 2, 3, 2, 2}, {0, 3, 4, 2, 1}, {1, 6, 2, 2}, false},  // shuffled: data must move
        ReshapeCase{{1, 4, 2, 2}, channels_last(4), {1, 16}, false},         // flatten of an image
        ReshapeCase{{1, 4, 1, 1}, channels_last(4), {1, 4}, true},           // flatten after global pooling
        ReshapeCase{{2, 3, 4}, identity_layout(3), {6, 4, 1}, true},
        ReshapeCase{{2, 3, 4}, identity_layout(3), {4, 6}, true}, ReshapeCase{{1, 1, 1}, identity_layout(3), {1}, true},
        ReshapeCase{{3, 1, 2}, {2, 1, 0}, {1, 3, 2, 1}, true}));

TEST(Layout, ReshapesMoveOnlyTheDimensionsThatBecomeOne) {
    // Channels after a shuffle: the image stays channels-last.
    const ir::Shape shuffled{1, 2, 3, 4, 5};
    const Layout order = order_for_reshape(shuffled, {0, 3, 4, 2, 1}, {1, 6, 4, 5});
    EXPECT_EQ(order, (Layout{0, 3, 4, 1, 2}));
    EXPECT_EQ(reshaped(shuffled, order, {1, 6, 4, 5}), channels_last(4));
    // An image that becomes a row: the ONNX order.
    EXPECT_EQ(order_for_reshape({1, 6, 4, 5}, channels_last(4), {1, 120}), (Layout{0, 1, 2, 3}));
    // Nothing to do.
    EXPECT_EQ(order_for_reshape({2, 6, 4, 5}, channels_last(4), {2, 2, 3, 4, 5}), channels_last(4));
}

}  // namespace
}  // namespace tinamix::pack
