// The `decode:` part of a configuration file.
#include <array>
#include <utility>

#include "detect/decode.h"
#include "diagnostics/error.h"

namespace tinamix::detect {
namespace {

using formats::YamlNode;

constexpr std::array<std::pair<const char*, BoxForm>, 4> kForms{{{"centre_size", BoxForm::kCentreSize},
                                                                 {"corners", BoxForm::kCorners},
                                                                 {"distances", BoxForm::kDistances},
                                                                 {"distribution", BoxForm::kDistribution}}};

BoxForm form_of(const YamlNode& node) {
    std::vector<std::string> names;
    for (const auto& [name, form] : kForms) {
        if (node.text() == name) return form;
        names.emplace_back(name);
    }
    const std::string near = did_you_mean(node.text(), names);
    node.fail("unknown form of boxes `" + node.text() + "`",
              near.empty() ? "centre_size, corners, distances or distribution" : near);
}

bool is_relative(const YamlNode& node) {
    if (node.text() == "relative") return true;
    if (node.text() == "pixels") return false;
    node.fail("unknown units `" + node.text() + "`", "pixels or relative");
}

Head head_of(const YamlNode& node) {
    node.expect_keys({"output", "boxes", "scores", "stride"});
    constexpr int64_t kLargestStride = 4096;
    const int stride = node.has("stride") ? static_cast<int>(node.at("stride").integer(1, kLargestStride)) : 0;
    if (!node.has("output")) return {node.at("boxes").text(), node.at("scores").text(), stride};
    if (node.has("boxes") || node.has("scores")) node.fail("a head is one `output`, or `boxes` and `scores`");
    return {node.at("output").text(), node.at("output").text(), stride};
}

double part(const YamlNode& node) {
    const double value = node.number();
    if (!(value >= 0 && value <= 1)) node.fail(node.path() + " must lie in 0..1");
    return value;
}

}  // namespace

DecodeSettings decode_from_yaml(const YamlNode& node) {
    node.expect_keys({"boxes", "units", "heads", "objectness", "sigmoid", "background", "score_threshold",
                      "iou_threshold", "max_detections"});
    DecodeSettings settings;
    settings.form = form_of(node.at("boxes"));
    if (node.has("units")) settings.relative = is_relative(node.at("units"));
    const bool of_grid = settings.form == BoxForm::kDistances || settings.form == BoxForm::kDistribution;
    if (of_grid && settings.relative) node.at("units").fail("distances are counted in grid cells");
    for (const YamlNode& head : node.at("heads").items()) {
        settings.heads.push_back(head_of(head));
        if (of_grid && settings.heads.back().stride == 0) head.fail("distances need the `stride` of the grid");
    }
    if (settings.heads.empty()) node.at("heads").fail("there is no head");
    if (node.has("objectness")) settings.objectness = node.at("objectness").boolean();
    if (node.has("sigmoid")) settings.sigmoid = node.at("sigmoid").boolean();
    if (node.has("background")) settings.background = node.at("background").boolean();
    if (node.has("score_threshold")) settings.score_threshold = part(node.at("score_threshold"));
    if (node.has("iou_threshold")) settings.iou_threshold = part(node.at("iou_threshold"));
    constexpr int64_t kMost = 100'000;
    if (node.has("max_detections")) settings.most = static_cast<int>(node.at("max_detections").integer(1, kMost));
    return settings;
}

}  // namespace tinamix::detect
