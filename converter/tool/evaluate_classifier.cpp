// Top-1 and top-5.
#include <fmt/format.h>

#include <filesystem>

#include "data/labelled_samples.h"
#include "diagnostics/error.h"
#include "report/similarity.h"
#include "tool/evaluation.h"
#include "tool/options.h"
#include "tool/progress.h"

namespace tinamix::tool {
namespace {

constexpr size_t kTop5 = 5;

size_t output_index(const std::vector<std::string>& outputs, const std::string& scores) {
    if (scores.empty()) {
        if (outputs.size() == 1) return 0;
        throw UsageError("", fmt::format("the model has {} outputs", outputs.size()), "name one with --scores");
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i] == scores) return i;
    }
    throw UsageError("--scores", fmt::format("no output is called `{}`", scores), did_you_mean(scores, outputs));
}

}  // namespace

Evaluation evaluate_classifier(RunnableModel& model, const EvaluationRequest& request) {
    const size_t output = output_index(model.output_names(), request.scores);
    const data::LabelledSamples labelled = data::open_labelled_samples(
        model.interface(), request.paths.begin()->second, request.labels, request.preprocessing, request.samples);
    const size_t total = labelled.samples->size();
    size_t top1 = 0, top5 = 0, classes = 0;
    Progress progress("evaluating", "samples");
    for (size_t i = 0; i < total; ++i) {
        const std::vector<float> scores = model.run(labelled.samples->load(i))[output].to_floats();
        classes = scores.size();
        const int64_t label = labelled.labels[i] + request.label_offset;
        if (label < 0 || label >= static_cast<int64_t>(classes)) {
            throw Error(labelled.samples->name(i), fmt::format("label {} is not one of {} classes", label, classes),
                        "--label-offset shifts labels");
        }
        const size_t rank = report::rank_of_class(scores, static_cast<size_t>(label));
        top1 += rank == 0 ? 1 : 0;
        top5 += rank < kTop5 ? 1 : 0;
        progress.update(i + 1, total);
    }
    const auto percent = [total](size_t hits) {
        return 100.0 * static_cast<double>(hits) / static_cast<double>(total);
    };
    Evaluation result;
    result.samples = total;
    result.json = {{"file", std::filesystem::path(request.file).filename().string()},
                   {"samples", total},
                   {"classes", classes},
                   {"top1", top1},
                   {"top5", top5},
                   {"top1_percent", percent(top1)},
                   {"top5_percent", percent(top5)}};
    result.text = fmt::format("{} samples, {} classes: top-1 {:.2f} %, top-5 {:.2f} %", total, classes, percent(top1),
                              percent(top5));
    return result;
}

}  // namespace tinamix::tool
