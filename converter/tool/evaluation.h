// What `tinamix eval` measures: one function per task.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "data/samples.h"
#include "detect/decode.h"
#include "tool/runnable_model.h"

namespace tinamix::tool {

struct EvaluationRequest {
    std::string file;                          ///< of the model, for the report
    std::map<std::string, std::string> paths;  ///< of the data (data/samples.h)
    std::string labels;
    size_t samples = 0;   ///< at most so many, spread evenly; 0: all
    size_t left_out = 0;  ///< fidelity: the samples that a calibration with so many takes are not judged on
    data::Preprocessing preprocessing;
    int label_offset = 0;                          ///< of classifiers
    std::string scores;                            ///< output of a classifier; "" for the only one
    std::optional<detect::DecodeSettings> decode;  ///< of detectors; by structure where absent
};

struct Evaluation {
    size_t samples = 0;
    nlohmann::ordered_json json;
    std::string text;  ///< one line
};

/// Top-1 and top-5 (data/labelled_samples.h). Throws Error.
Evaluation evaluate_classifier(RunnableModel& model, const EvaluationRequest& request);

/// Average precision of boxes in pixels of the pictures (detect/average_precision.h). Throws Error.
Evaluation evaluate_detector(RunnableModel& model, const EvaluationRequest& request);

/// Similarity of all outputs to those of `reference`: mean and least cosine, noise over signal, and for how many
/// samples the largest element is the same. Throws Error.
Evaluation evaluate_fidelity(RunnableModel& model, RunnableModel& reference, const EvaluationRequest& request);

}  // namespace tinamix::tool
