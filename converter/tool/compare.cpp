// tinamix compare: how close two results are, tensor by tensor.
#include <fmt/format.h>

#include <charconv>

#include "data/sources.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/measured_ranges.h"
#include "tool/model_comparison.h"
#include "tool/simulation.h"
#include "tool/table.h"
#include "tool/tensor_comparison.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExamples =
    "  tinamix compare float/out_0.npy sim/out_0.npy\n"
    "  tinamix compare float sim --min-cosine 0.99          (folders of `tinamix run` and `tmx run`)\n"
    "  tinamix compare float sim --columns 4..84            (the scores of a detector without its boxes)\n"
    "  tinamix compare a.npz b.npz --json\n"
    "  tinamix compare net.onnx net.tmx --data pictures/ --resize 256 --crop 224 --std 255";

/// Names of a list that are shown to people.
constexpr size_t kShownNames = 10;

Columns parse_columns(const std::string& text) {
    const size_t dots = text.find("..");
    const auto number = [&](const std::string& part) {
        int64_t value = -1;
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (code != std::errc() || end != part.data() + part.size() || value < 0) {
            throw UsageError("", fmt::format("`{}` is not a range like 0..3", text));
        }
        return value;
    };
    const Columns columns{number(text.substr(0, dots)),
                          number(dots == std::string::npos ? text : text.substr(dots + 2))};
    if (columns.last < columns.first) throw UsageError("", fmt::format("`{}` is empty", text));
    return columns;
}

Json to_json(const ComparedTensor& tensor) {
    Json json{{"name", tensor.name}, {"shape", tensor.shape}};
    if (!tensor.problem.empty()) {
        json["problem"] = tensor.problem;
    } else {
        const report::Similarity& s = tensor.similarity;
        json["elements"] = s.elements;
        json["cosine"] = s.cosine;
        json["euclidean"] = s.euclidean;
        json["snr_db"] = s.snr_db;  // null for equal tensors
        json["max_abs"] = s.max_abs;
        json["mean_abs"] = s.mean_abs;
        json["equal"] = s.max_abs == 0;
        if (tensor.agreement) {
            json["rows"] = tensor.agreement->rows;
            json["top1_agreement"] = tensor.agreement->top1;
            json["top5_agreement"] = tensor.agreement->top5;
        }
    }
    json["below"] = tensor.below;
    return json;
}

std::string names_text(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < std::min(names.size(), kShownNames); ++i) text += (i == 0 ? "`" : ", `") + names[i] + "`";
    if (names.size() > kShownNames) text += fmt::format(" and {} more", names.size() - kShownNames);
    return text;
}

class CompareCommand final : public Command {
  public:
    explicit CompareCommand(CLI::App& program)
        : Command(program, "compare", "Compare two results: cosine, distance, SNR, top-1 and top-5 agreement",
                  kExamples) {
        options.path("A", a_, "A",
                     "the reference: .npy, .npz, a folder (run folder or .npy files), or with --data an .onnx file");
        options.path("B", b_, "B", "what is held against it, of the same kind; with --data a .tmx file");
        options.number("--min-cosine", min_cosine_, -1, 1,
                       "exit with 1 when any tensor has a lower cosine (models: a lower mean)");
        options.add("--columns", Options::Kind::kValue, "FIRST..LAST",
                    "only these elements of the last dimension, counted from 0",
                    [this](const auto& values) { columns_ = parse_columns(values.front()); });
        options.flag("--json", json_, "JSON on stdout");
        options.group("Models");
        data_.declare(options, 0, "samples that both models are run on");
        shapes_.declare(options);
        threads_.declare(options);
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        options.require("A");
        options.require("B");
        if (options.given("--data")) return compare_models();
        const TensorSet a = open_tensor_set(a_), b = open_tensor_set(b_);
        const Comparison comparison = compare_sets(a, b, columns_, min_cosine_);
        json_ ? print_json(json_of(comparison)) : print_text(comparison);
        return !min_cosine_ || comparison.passed ? kExitOk : kExitFailed;
    }

  private:
    int compare_models() {
        if (is_tmx(a_) || !is_tmx(b_)) throw UsageError("--data", "compares an .onnx file with a .tmx file");
        if (columns_) throw UsageError("--columns", "is for tensors, not for models");
        preprocessing_.check();
        const ir::Graph graph = load_optimized(a_, shapes_.import_options(), {});
        const auto samples = data_.open(graph, preprocessing_.value, options);
        Simulation model(b_, threads_.threads);
        const ModelComparison comparison =
            tool::compare_models(graph, model, *samples, data::spread(samples->size(), 0), threads_.threads);
        double least = 1;
        Json json{{"a", a_}, {"b", b_}, {"samples", comparison.samples}, {"outputs", Json::array()}};
        Table table({"output", "mean cosine", "least", "SNR dB", "top-1"}, {false, true, true, true, true});
        for (const ModelComparison::Output& output : comparison.outputs) {
            least = std::min(least, output.mean_cosine);
            json["outputs"].push_back({{"name", output.name},
                                       {"mean_cosine", output.mean_cosine},
                                       {"least_cosine", output.least_cosine},
                                       {"snr_db", output.snr_db}});
            if (output.top1) json["outputs"].back()["top1_agreement"] = *output.top1;
            table.add({output.name, fmt::format("{:.6f}", output.mean_cosine),
                       fmt::format("{:.6f}", output.least_cosine), fmt::format("{:.1f}", output.snr_db),
                       output.top1 ? fmt::format("{:.2f} %", 100 * *output.top1) : ""});
        }
        const bool passed = !min_cosine_ || least >= *min_cosine_;
        if (json_) {
            print_json(json);
        } else {
            fmt::print("{} samples\n{}", comparison.samples, table.text());
            if (min_cosine_) fmt::print("{}: cosine {} wanted\n", passed ? "passed" : "FAILED", *min_cosine_);
        }
        return passed ? kExitOk : kExitFailed;
    }

    Json json_of(const Comparison& comparison) const {
        Json json{{"a", a_}, {"b", b_}};
        if (columns_) json["columns"] = {columns_->first, columns_->last};
        if (min_cosine_) {
            json["min_cosine"] = *min_cosine_;
            json["passed"] = comparison.passed;
        }
        json["least_cosine"] = comparison.least_cosine;
        json["tensors"] = Json::array();
        for (const ComparedTensor& tensor : comparison.tensors) json["tensors"].push_back(to_json(tensor));
        json["only_in_a"] = comparison.only_in_a;
        json["only_in_b"] = comparison.only_in_b;
        return json;
    }

    void print_text(const Comparison& comparison) const {
        Table table({"tensor", "shape", "cosine", "SNR dB", "Euclidean", "max abs", "top-1", "top-5", ""},
                    {false, false, true, true, true, true, true, true, false});
        bool first = true;
        for (const ComparedTensor& tensor : comparison.tensors) {
            std::string mark;
            if (tensor.below) mark = first ? "<- first below" : "<- below";
            if (tensor.below) first = false;
            if (!tensor.problem.empty()) {
                table.add({tensor.name, ir::shape_text(tensor.shape), "-", "-", "-", "-", "", "", tensor.problem});
                continue;
            }
            const report::Similarity& s = tensor.similarity;
            const auto share = [&](size_t hits) { return fmt::format("{}/{}", hits, tensor.agreement->rows); };
            table.add({tensor.name, ir::shape_text(tensor.shape), fmt::format("{:.6f}", s.cosine),
                       fmt::format("{:.1f}", s.snr_db), fmt::format("{:.4g}", s.euclidean),
                       fmt::format("{:.4g}", s.max_abs), tensor.agreement ? share(tensor.agreement->top1) : "",
                       tensor.agreement ? share(tensor.agreement->top5) : "", mark});
        }
        fmt::print("{}", table.text());
        if (!comparison.only_in_a.empty()) fmt::print("only in {}: {}\n", a_, names_text(comparison.only_in_a));
        if (!comparison.only_in_b.empty()) fmt::print("only in {}: {}\n", b_, names_text(comparison.only_in_b));
        if (comparison.tensors.size() > 1) {
            fmt::print("{} tensors, least cosine {:.6f}\n", comparison.tensors.size(), comparison.least_cosine);
        }
        if (min_cosine_) fmt::print("{}: cosine {} wanted\n", comparison.passed ? "passed" : "FAILED", *min_cosine_);
    }

    std::string a_, b_;
    std::optional<double> min_cosine_;
    std::optional<Columns> columns_;
    bool json_ = false;
    DataOptions data_;
    ShapeOptions shapes_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> compare_command(CLI::App& program) { return std::make_unique<CompareCommand>(program); }

}  // namespace tinamix::tool
