// From the output tensors of a detector to boxes with scores.
#pragma once

#include <string>
#include <vector>

#include "data/picture.h"
#include "detect/detection.h"
#include "formats/strict_yaml.h"
#include "ir/graph.h"

namespace tinamix::detect {

/// What the numbers of a box are.
enum class BoxForm {
    kCentreSize,    ///< centre x, centre y, width, height
    kCorners,       ///< left, top, right, bottom
    kDistances,     ///< from the centre of a grid cell to left, top, right, bottom, in cells
    kDistribution,  ///< the same, each as logits over 0, 1, .. bins - 1 cells (X. Li et al., "Generalized Focal Loss")
};

/// One or two outputs that describe the same boxes: [1, boxes, columns], or [1, columns, boxes] (also
/// [1, columns, height, width]).
struct Head {
    std::string boxes, scores;  ///< names; the same name where one output holds box, objectness and scores side by side
    int stride = 0;             ///< pixels per grid cell; needed for distances
};

/// The `decode:` part of a configuration.
struct DecodeSettings {
    BoxForm form = BoxForm::kCentreSize;
    bool relative = false;    ///< boxes are parts of the input's size, not pixels
    bool objectness = false;  ///< one column before the scores, which multiplies them
    bool sigmoid = false;     ///< objectness and scores are logits
    bool background = false;  ///< the first score is that of no object
    std::vector<Head> heads;
    double score_threshold = 0.001;
    double iou_threshold = 0.65;
    int most = 300;  ///< boxes that stay after suppression
};

/// Strict:
///
///     decode:
///       boxes: distribution           # centre_size, corners, distances, distribution
///       units: pixels                 # of the network's input, or relative (centre_size and corners only)
///       heads:
///         - {boxes: "795", scores: "792", stride: 8}
///         - {output: joined}          # box, objectness if there is one, scores in one output
///       objectness: false             # everything below has these defaults
///       sigmoid: false
///       background: false
///       score_threshold: 0.001
///       iou_threshold: 0.65
///       max_detections: 300
DecodeSettings decode_from_yaml(const formats::YamlNode& node);

/// For a network with a single output of centre, size and scores in pixels: [1, boxes, columns] has an objectness, as
/// YOLOv5 to YOLOv7 write it, [1, columns, boxes] has none, as YOLOv8 and later do. Throws Error for anything else:
/// that has to be said.
DecodeSettings decode_by_structure(const std::vector<std::string>& names, const std::vector<ir::Shape>& shapes);

/// All boxes of one picture with a score above the threshold, in pixels of the input; one for every category whose
/// score is above it. outputs[i] is called names[i]. Overlapping boxes are all there: see suppression.h. Throws Error
/// where names and shapes do not fit the settings.
std::vector<Detection> decode(const DecodeSettings& settings, const std::vector<std::string>& names,
                              const std::vector<ir::Tensor>& outputs, data::Size input);

}  // namespace tinamix::detect
