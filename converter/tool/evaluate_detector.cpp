// COCO average precision.
#include <fmt/format.h>

#include <filesystem>

#include "data/placement.h"
#include "detect/annotations.h"
#include "detect/average_precision.h"
#include "detect/suppression.h"
#include "diagnostics/error.h"
#include "tool/evaluation.h"
#include "tool/progress.h"

namespace tinamix::tool {
namespace {

/// Width and height of the picture that the model takes.
data::Size input_size(const ir::Graph& interface, const data::Preprocessing& preprocessing) {
    const ir::Shape& shape = interface.value(interface.inputs.front()).shape;
    if (interface.inputs.size() != 1 || shape.size() != 4)
        throw Error("detect", "the model does not take one picture", "its input must have four dimensions");
    const size_t height = preprocessing.layout == data::Layout::kNchw ? 2 : 1;
    return {static_cast<int>(shape[height + 1]), static_cast<int>(shape[height])};
}

/// In pixels of the picture, and within it.
detect::Box back_to_picture(const detect::Box& box, const data::Placement& placement, data::Size picture) {
    const auto x = [&](double value) {
        return std::clamp<double>((value - placement.left) / placement.scale_x, 0, picture.width);
    };
    const auto y = [&](double value) {
        return std::clamp<double>((value - placement.top) / placement.scale_y, 0, picture.height);
    };
    return {x(box.x0), y(box.y0), x(box.x1), y(box.y1)};
}

}  // namespace

Evaluation evaluate_detector(RunnableModel& model, const EvaluationRequest& request) {
    const std::vector<std::string> names = model.output_names();
    const detect::DecodeSettings settings =
        request.decode ? *request.decode : detect::decode_by_structure(names, model.output_shapes());
    const data::Size input = input_size(model.interface(), request.preprocessing);
    const auto samples = data::open_samples(model.interface(), request.paths, request.preprocessing, request.samples);
    const size_t total = samples->size();
    std::vector<std::string> pictures;
    for (size_t i = 0; i < total; ++i) {
        pictures.push_back(samples->name(i));
        if (!data::has_picture_extension(pictures.back()))
            throw Error(pictures.back(), "is no picture", "boxes are measured in pixels of pictures");
    }
    const detect::Annotations annotations = detect::read_annotations(request.labels, pictures);

    std::vector<std::vector<detect::Detection>> found;
    size_t boxes = 0;
    Progress progress("evaluating", "pictures");
    for (size_t i = 0; i < total; ++i) {
        std::vector<detect::Detection> detections =
            detect::without_overlaps(detect::decode(settings, names, model.run(samples->load(i)), input),
                                     settings.iou_threshold, static_cast<size_t>(settings.most));
        const data::Size picture = data::picture_size(pictures[i]);
        const data::Placement placement = data::placement(picture, input, request.preprocessing);
        for (detect::Detection& detection : detections) {
            detection.box = back_to_picture(detection.box, placement, picture);
        }
        boxes += detections.size();
        found.push_back(std::move(detections));
        progress.update(i + 1, total);
    }
    const detect::AveragePrecision precision = detect::average_precision(annotations.truths, found);
    if (precision.objects == 0) throw Error(request.labels, "the pictures have no objects");

    Evaluation result;
    result.samples = total;
    result.json = {{"file", std::filesystem::path(request.file).filename().string()},
                   {"samples", total},
                   {"pictures_without_annotations", annotations.pictures_without},
                   {"categories", precision.categories},
                   {"objects", precision.objects},
                   {"detections", boxes},
                   {"ap", precision.ap},
                   {"ap50", precision.ap50},
                   {"ap75", precision.ap75}};
    constexpr double kPercent = 100;
    result.text = fmt::format("{} pictures, {} objects of {} categories: AP {:.2f} %, AP50 {:.2f} %, AP75 {:.2f} %",
                              total, precision.objects, precision.categories, kPercent * precision.ap,
                              kPercent * precision.ap50, kPercent * precision.ap75);
    if (annotations.pictures_without > 0)
        result.text += fmt::format("; {} pictures without annotations", annotations.pictures_without);
    return result;
}

}  // namespace tinamix::tool
