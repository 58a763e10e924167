// NonMaxSuppression: per batch and class the best boxes, without those that overlap a better one too much. How many
// remain depends on the data, so it runs where its inputs are constant.
#include <algorithm>
#include <numeric>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

struct Box {
    float top, left, bottom, right;
    float area() const { return (bottom - top) * (right - left); }
};

/// Two corners in any order, or centre, width and height.
Box box_of(const float* values, bool centre) {
    if (centre) {
        const float half_width = values[2] / 2, half_height = values[3] / 2;
        return {values[1] - half_height, values[0] - half_width, values[1] + half_height, values[0] + half_width};
    }
    return {std::min(values[0], values[2]), std::min(values[1], values[3]), std::max(values[0], values[2]),
            std::max(values[1], values[3])};
}

float overlap(const Box& a, const Box& b) {
    const float height = std::max(0.0F, std::min(a.bottom, b.bottom) - std::max(a.top, b.top));
    const float width = std::max(0.0F, std::min(a.right, b.right) - std::max(a.left, b.left));
    const float shared = height * width, all = a.area() + b.area() - shared;
    return all > 0 ? shared / all : 0;
}

float threshold(const Call& call, size_t index, float otherwise) {
    if (!call.has(index)) {
        return otherwise;
    }
    call.require(call.input(index).type() == ir::ElementType::kFloat32 && call.input(index).elements() == 1,
                 "the thresholds must be float32 scalars");
    return *call.input(index).data<float>();
}

Tensors non_max_suppression(Call& call) {
    const ir::Tensor &boxes = call.input(0), &scores = call.input(1);
    call.require(boxes.type() == ir::ElementType::kFloat32 && scores.type() == boxes.type(),
                 "boxes and scores must be float32");
    call.require(boxes.shape().size() == 3 && scores.shape().size() == 3 && boxes.shape()[2] == 4 &&
                     scores.shape()[0] == boxes.shape()[0] && scores.shape()[2] == boxes.shape()[1],
                 "boxes [batch, n, 4] and scores [batch, classes, n] are needed");
    const int64_t wanted = call.scalar(2, 0), count = boxes.shape()[1];
    const float iou_limit = threshold(call, 3, 0);
    const bool centre = call.node().integer("center_point_box", 0) != 0;
    std::vector<int64_t> selected;
    for (int64_t row = 0; row < scores.shape()[0] * scores.shape()[1]; ++row) {
        const int64_t batch = row / scores.shape()[1];
        const float* score = scores.data<float>() + row * count;
        std::vector<int64_t> order;
        for (int64_t i = 0; i < count; ++i) {
            if (!call.has(4) || score[i] > threshold(call, 4, 0)) {
                order.push_back(i);
            }
        }
        std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return score[a] > score[b]; });
        std::vector<Box> kept;
        for (int64_t i : order) {
            const Box box = box_of(boxes.data<float>() + (batch * count + i) * 4, centre);
            const bool covered = std::any_of(kept.begin(), kept.end(),
                                             [&](const Box& other) { return overlap(box, other) > iou_limit; });
            if (!covered && static_cast<int64_t>(kept.size()) < wanted) {
                kept.push_back(box);
                selected.insert(selected.end(), {batch, row % scores.shape()[1], i});
            }
        }
    }
    const auto rows = static_cast<int64_t>(selected.size() / 3);
    return {ir::Tensor::from<int64_t>({rows, 3}, selected)};
}

}  // namespace

TINAMIX_FLOAT_OPS(non_max_suppression) { registry.add("NonMaxSuppression", LayoutUse::kOnnx, non_max_suppression); }

}  // namespace tinamix::float_exec
