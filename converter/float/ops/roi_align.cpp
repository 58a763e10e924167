// RoiAlign: regions of an image pooled to one size, with bilinear samples inside every bin.
#include <algorithm>
#include <cmath>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// One value between four pixels; 0 more than a pixel outside the plane.
struct Sample {
    int64_t index[4] = {0, 0, 0, 0};
    float weight[4] = {0, 0, 0, 0};
};

Sample sample_at(float y, float x, int64_t height, int64_t width) {
    Sample sample;
    if (!(y >= -1 && y <= static_cast<float>(height) && x >= -1 && x <= static_cast<float>(width))) {
        return sample;
    }
    const float row = std::clamp(y, 0.0F, static_cast<float>(height - 1));
    const float column = std::clamp(x, 0.0F, static_cast<float>(width - 1));
    const auto top = static_cast<int64_t>(row), left = static_cast<int64_t>(column);
    const int64_t bottom = std::min(top + 1, height - 1), right = std::min(left + 1, width - 1);
    const float down = row - static_cast<float>(top), along = column - static_cast<float>(left);
    const int64_t indices[4] = {top * width + left, top * width + right, bottom * width + left, bottom * width + right};
    const float weights[4] = {(1 - down) * (1 - along), (1 - down) * along, down * (1 - along), down * along};
    std::copy_n(indices, 4, sample.index);
    std::copy_n(weights, 4, sample.weight);
    return sample;
}

Tensors roi_align(Call& call) {
    const ir::Tensor &x = call.input(0), &rois = call.input(1);
    call.require(x.type() == ir::ElementType::kFloat32 && rois.type() == x.type(), "image and rois must be float32");
    call.require(x.shape().size() == 4 && rois.shape().size() == 2 && rois.shape()[1] == 4 && x.elements() > 0,
                 "an image [n, c, h, w] and rois [count, 4] are needed");
    const std::vector<int64_t> batches = call.ints(2);
    call.require(static_cast<int64_t>(batches.size()) == rois.shape()[0], "one batch index per roi is needed");
    const int64_t channels = x.shape()[1], height = x.shape()[2], width = x.shape()[3];
    const int64_t out_height = call.node().integer("output_height", 1),
                  out_width = call.node().integer("output_width", 1);
    const int64_t ratio = call.node().integer("sampling_ratio", 0);
    const float scale = call.node().real("spatial_scale", 1);
    call.require(out_height > 0 && out_width > 0 && out_height < 4096 && out_width < 4096 && ratio >= 0 && ratio < 1024,
                 "the output size or the sampling ratio is out of range");
    // Up to opset 15 pixels are points; from 16 on they are squares, unless the node says otherwise.
    const std::string coordinates =
        call.node().text("coordinate_transformation_mode", call.opset() >= 16 ? "half_pixel" : "output_half_pixel");
    const bool half_pixel = coordinates == "half_pixel", largest = call.node().text("mode", "avg") == "max";
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), {rois.shape()[0], channels, out_height, out_width});
    float* to = result.data<float>();
    for (int64_t r = 0; r < rois.shape()[0]; ++r) {
        const int64_t batch = batches[static_cast<size_t>(r)];
        call.require(batch >= 0 && batch < x.shape()[0], "a batch index is out of range");
        const float* roi = rois.data<float>() + 4 * r;
        const float shift = half_pixel ? 0.5F : 0.0F;
        const float left = roi[0] * scale - shift, top = roi[1] * scale - shift;
        float wide = roi[2] * scale - shift - left, high = roi[3] * scale - shift - top;
        if (!half_pixel) {
            wide = std::max(wide, 1.0F);
            high = std::max(high, 1.0F);
        }
        const float bin_height = high / static_cast<float>(out_height),
                    bin_width = wide / static_cast<float>(out_width);
        auto samples_along = [&](float bin) {
            const float wanted = std::ceil(bin);
            call.require(wanted < 4096, "a roi is too large");
            return ratio > 0 ? ratio : std::max<int64_t>(0, static_cast<int64_t>(wanted));
        };
        const int64_t rows = samples_along(bin_height), columns = samples_along(bin_width);
        for (int64_t c = 0; c < channels; ++c) {
            const float* plane = x.data<float>() + (batch * channels + c) * height * width;
            for (int64_t bin = 0; bin < out_height * out_width; ++bin) {
                float sum = 0, best = 0;
                for (int64_t i = 0; i < rows * columns; ++i) {
                    auto place = [](int64_t index, int64_t count, float size) {
                        return (static_cast<float>(index) + 0.5F) * size / static_cast<float>(count);
                    };
                    const float y =
                        top + static_cast<float>(bin / out_width) * bin_height + place(i / columns, rows, bin_height);
                    const float column =
                        left + static_cast<float>(bin % out_width) * bin_width + place(i % columns, columns, bin_width);
                    const Sample sample = sample_at(y, column, height, width);
                    for (int k = 0; k < 4; ++k) {
                        const float part = sample.weight[k] * plane[sample.index[k]];
                        sum += part;
                        best = i == 0 && k == 0 ? part : std::max(best, part);
                    }
                }
                *to++ = largest ? best : sum / static_cast<float>(std::max<int64_t>(1, rows * columns));
            }
        }
    }
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(roi_align) {
    registry.add("RoiAlign", LayoutUse::kOnnx, roi_align);
    registry.limit("RoiAlign", [](const ir::Node& node) -> std::string {
        const std::string mode = node.text("mode", "avg");
        const std::string coordinates = node.text("coordinate_transformation_mode", "half_pixel");
        if (mode != "avg" && mode != "max") {
            return "unknown mode `" + mode + "`";
        }
        const bool known = coordinates == "half_pixel" || coordinates == "output_half_pixel";
        return known ? "" : "unknown coordinate_transformation_mode `" + coordinates + "`";
    });
}

}  // namespace tinamix::float_exec
