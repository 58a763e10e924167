// tinamix eval: top-1 and top-5 over labelled samples, for .onnx in float32 and .tmx in exact simulation.
#include <fmt/format.h>

#include <filesystem>
#include <functional>

#include "data/labelled_samples.h"
#include "diagnostics/error.h"
#include "float/executor.h"
#include "report/similarity.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/measured_ranges.h"
#include "tool/progress.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

constexpr const char* kExamples =
    "  tinamix eval net.tmx --data pictures/ --labels labels.tsv --resize 256 --crop 224 --mean 127.5 --std 127.5\n"
    "  tinamix eval net.onnx --data x.npy --labels labels.tsv --json\n"
    "  tinamix eval net.tmx --data val/ --labels val.tsv --label-offset 1    (class 0 is the background)\n"
    "\n"
    "labels.tsv has a header line with columns `file` and `label` (folders) or `index` and `label` (.npy, .npz,\n"
    "lists), separated by tabs.";

constexpr size_t kTop5 = 5;

class EvalCommand final : public Command {
  public:
    explicit EvalCommand(CLI::App& program)
        : Command(program, "eval", "Top-1 and top-5 accuracy over labelled samples", kExamples) {
        options.path("FILE", file_, "FILE", "an .onnx or a .tmx file with one input");
        data_.declare(options, 0, "a folder of pictures, a list file, .npy or .npz");
        options.path("--labels", labels_, "LABELS.tsv", "the right class of every sample");
        options.integer("--label-offset", label_offset_, -100'000, 100'000,
                        "added to each label to get the index of its score (default 0)");
        options.text("--scores", scores_, "NAME", "the output that holds the scores (default: the only one)");
        shapes_.declare(options);
        threads_.declare(options);
        options.flag("--json", json_, "JSON on stdout");
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        for (const char* name : {"FILE", "--data", "--labels"}) options.require(name);
        preprocessing_.check();
        if (data_.paths.size() != 1) throw UsageError("--data", "eval takes one path");
        is_tmx(file_) ? evaluate_tmx() : evaluate_onnx();
        return kExitOk;
    }

  private:
    void evaluate_onnx() {
        const ir::Graph graph = load_optimized(file_, shapes_.shapes);
        std::vector<std::string> outputs;
        for (const ir::ValueId id : graph.outputs) outputs.push_back(graph.value(id).name);
        const size_t output = output_index(outputs);
        float_exec::Executor executor(graph, {threads_.threads});
        evaluate(graph,
                 [&](const std::vector<ir::Tensor>& inputs) { return executor.run(inputs)[output].to_floats(); });
    }

    void evaluate_tmx() {
        if (!shapes_.shapes.empty()) throw UsageError("--shape", "a .tmx file has fixed shapes");
        Simulation simulation(file_, threads_.threads);
        ir::Graph interface;
        for (int32_t i = 0; i < simulation.info().input_count; ++i) {
            const tmx_tensor tensor = simulation.input(i);
            interface.inputs.push_back(interface.add_value(tensor.name, ir::ElementType::kFloat32, onnx_shape(tensor)));
        }
        std::vector<std::string> outputs;
        for (int32_t i = 0; i < simulation.info().output_count; ++i) outputs.emplace_back(simulation.output(i).name);
        const auto output = static_cast<int32_t>(output_index(outputs));
        evaluate(interface, [&](const std::vector<ir::Tensor>& inputs) {
            for (size_t i = 0; i < inputs.size(); ++i) simulation.set_input(static_cast<int32_t>(i), inputs[i]);
            simulation.run();
            return simulation.output_values(output).to_floats();
        });
    }

    size_t output_index(const std::vector<std::string>& outputs) const {
        if (scores_.empty()) {
            if (outputs.size() == 1) return 0;
            throw UsageError("", fmt::format("the model has {} outputs", outputs.size()), "name one with --scores");
        }
        for (size_t i = 0; i < outputs.size(); ++i) {
            if (outputs[i] == scores_) return i;
        }
        throw UsageError("--scores", fmt::format("no output is called `{}`", scores_), did_you_mean(scores_, outputs));
    }

    void evaluate(const ir::Graph& interface,
                  const std::function<std::vector<float>(const std::vector<ir::Tensor>&)>& scores_of) {
        const data::LabelledSamples labelled = data::open_labelled_samples(
            interface, data_.paths.begin()->second, labels_, preprocessing_.value, static_cast<size_t>(data_.samples));
        data_.note_shortage(labelled.samples->size(), options);
        const size_t total = labelled.samples->size();
        size_t top1 = 0, top5 = 0, classes = 0;
        Progress progress("evaluating", "samples");
        for (size_t i = 0; i < total; ++i) {
            const std::vector<float> scores = scores_of(labelled.samples->load(i));
            classes = scores.size();
            const int64_t label = labelled.labels[i] + label_offset_;
            if (label < 0 || label >= static_cast<int64_t>(classes)) {
                throw Error(labelled.samples->name(i), fmt::format("label {} is not one of {} classes", label, classes),
                            "--label-offset shifts labels");
            }
            const size_t rank = report::rank_of_class(scores, static_cast<size_t>(label));
            top1 += rank == 0 ? 1 : 0;
            top5 += rank < kTop5 ? 1 : 0;
            progress.update(i + 1, total);
        }
        report_result(total, classes, top1, top5);
    }

    void report_result(size_t total, size_t classes, size_t top1, size_t top5) const {
        const auto percent = [total](size_t hits) {
            return 100.0 * static_cast<double>(hits) / static_cast<double>(total);
        };
        if (json_) {
            print_json({{"file", std::filesystem::path(file_).filename().string()},
                        {"samples", total},
                        {"classes", classes},
                        {"top1", top1},
                        {"top5", top5},
                        {"top1_percent", percent(top1)},
                        {"top5_percent", percent(top5)}});
            return;
        }
        fmt::print("{}: {} samples, {} classes: top-1 {:.2f} %, top-5 {:.2f} %\n", file_, total, classes, percent(top1),
                   percent(top5));
    }

    std::string file_, labels_, scores_;
    int label_offset_ = 0;
    bool json_ = false;
    DataOptions data_;
    ShapeOptions shapes_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> eval_command(CLI::App& program) { return std::make_unique<EvalCommand>(program); }

}  // namespace tinamix::tool
