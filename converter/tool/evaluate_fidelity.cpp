// How close a model's outputs are to those of another, sample by sample.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "data/sources.h"
#include "diagnostics/error.h"
#include "report/similarity.h"
#include "tool/evaluation.h"
#include "tool/options.h"
#include "tool/progress.h"

namespace tinamix::tool {
namespace {

struct OutputSums {
    std::string name;
    double cosine = 0, least_cosine = 1;
    double error = 0, energy = 0;
    size_t same_class = 0;
};

}  // namespace

Evaluation evaluate_fidelity(RunnableModel& model, RunnableModel& reference, const EvaluationRequest& request) {
    const std::vector<std::string> names = model.output_names();
    if (names != reference.output_names())
        throw Error(request.file, "the reference has other outputs", "compare a model with the one it is made from");
    const auto samples = data::open_samples(reference.interface(), request.paths, request.preprocessing);
    const std::vector<size_t> judged = data::held_out(samples->size(), request.left_out, request.samples);
    if (judged.empty()) throw UsageError("--leave-out", "no sample is left to judge on");
    std::vector<OutputSums> sums(names.size());
    for (size_t i = 0; i < names.size(); ++i) sums[i].name = names[i];
    Progress progress("comparing", "samples");
    for (size_t done = 0; done < judged.size(); ++done) {
        const std::vector<ir::Tensor> inputs = samples->load(judged[done]);
        const std::vector<ir::Tensor> expected = reference.run(inputs), found = model.run(inputs);
        for (size_t i = 0; i < sums.size(); ++i) {
            const std::vector<float> a = expected[i].to_floats(), b = found[i].to_floats();
            const double cosine = report::similarity(a, b, sums[i].name).cosine;
            sums[i].cosine += cosine;
            sums[i].least_cosine = std::min(sums[i].least_cosine, cosine);
            sums[i].same_class += report::best_class(a) == report::best_class(b) ? 1 : 0;
            for (size_t k = 0; k < a.size(); ++k) {
                const double difference = static_cast<double>(a[k]) - b[k];
                sums[i].error += difference * difference;
                sums[i].energy += static_cast<double>(a[k]) * a[k];
            }
        }
        progress.update(done + 1, judged.size());
    }
    const auto count = static_cast<double>(judged.size());
    constexpr double kPercent = 100;
    Evaluation result;
    result.samples = judged.size();
    result.json = {{"file", std::filesystem::path(request.file).filename().string()},
                   {"samples", judged.size()},
                   {"outputs", nlohmann::ordered_json::array()}};
    result.text = fmt::format("{} samples", judged.size());
    for (const OutputSums& output : sums) {
        const double agreement = kPercent * static_cast<double>(output.same_class) / count;
        result.json["outputs"].push_back({{"name", output.name},
                                          {"mean_cosine", output.cosine / count},
                                          {"least_cosine", output.least_cosine},
                                          {"noise_to_signal", output.energy > 0 ? output.error / output.energy : 0},
                                          {"top1_agreement_percent", agreement}});
        result.text += fmt::format("; `{}`: mean cosine {:.6f}, least {:.6f}, top-1 agreement {:.2f} %", output.name,
                                   output.cosine / count, output.least_cosine, agreement);
    }
    return result;
}

}  // namespace tinamix::tool
