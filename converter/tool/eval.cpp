// tinamix eval: how well a model does its task over labelled samples, for .onnx in float32 and .tmx in exact
// simulation.
#include "tool/evaluation.h"

#include <fmt/format.h>

#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/sample_options.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

constexpr const char* kExamples =
    "  tinamix eval net.tmx --data pictures/ --labels labels.tsv --resize 256 --crop 224 --mean 127.5 --std 127.5\n"
    "  tinamix eval net.onnx --data x.npy --labels labels.tsv --json\n"
    "  tinamix eval net.tmx --data val/ --labels val.tsv --label-offset 1    (class 0 is the background)\n"
    "  tinamix eval yolo.tmx --task detect --data val/ --labels val/labels --letterbox 114 --std 255\n"
    "  tinamix eval net.tmx --task fidelity --reference net.onnx --data pictures/ --leave-out 100 --resize 256 --crop "
    "224\n"
    "\n"
    "classify: labels.tsv has a header line with columns `file` and `label` (folders) or `index` and `label` (.npy,\n"
    ".npz, lists), separated by tabs.\n"
    "detect: --labels is a folder of YOLO label files (NAME.txt: `category cx cy width height` in parts of the "
    "picture)\n"
    "or a COCO instances .json. Detectors with one output as YOLOv5 or YOLOv8 write it need no --decode; for others:\n"
    "  decode:\n"
    "    boxes: distribution      # centre_size, corners, distances or distribution (over distances in grid cells)\n"
    "    heads:\n"
    "      - {scores: cls_8, boxes: reg_8, stride: 8}\n"
    "      - {scores: cls_16, boxes: reg_16, stride: 16}";

const ShapeOptions kNoShapes;

class EvalCommand final : public Command {
  public:
    explicit EvalCommand(CLI::App& program)
        : Command(program, "eval", "Accuracy: top-1 and top-5, average precision of boxes, or similarity to float",
                  kExamples) {
        options.path("FILE", file_, "FILE", "an .onnx or a .tmx file with one input");
        options.choice("--task", task_, {"classify", "detect", "fidelity"},
                       "top-1 and top-5 of a classifier; COCO average precision of a detector; or similarity of the "
                       "outputs to those of --reference (default classify)");
        data_.declare(options, 0, "a folder of pictures, a list file, .npy or .npz");
        options.path("--labels", request_.labels, "LABELS",
                     "what is right: a .tsv of classes; or a folder or .json of "
                     "boxes");
        options.integer("--label-offset", request_.label_offset, -100'000, 100'000,
                        "added to each label to get the index of its score (default 0)");
        options.text("--scores", request_.scores, "NAME", "the output that holds the scores (default: the only one)");
        options.path("--decode", decode_, "DECODE.yaml", "how boxes are made of the outputs of a detector");
        options.accept_mapping(
            "--decode", [this](const formats::YamlNode& node) { request_.decode = detect::decode_from_yaml(node); });
        options.path("--reference", reference_, "MODEL", "fidelity: the model to be close to, usually the .onnx");
        options.integer("--leave-out", leave_out_, 1, 100'000'000,
                        "fidelity: do not judge on the samples that a calibration with --samples N has used");
        shapes_.declare(options);
        threads_.declare(options);
        options.flag("--json", json_, "JSON on stdout");
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        const bool detects = task_ == "detect", compares = task_ == "fidelity";
        for (const char* name : {"FILE", "--data", compares ? "--reference" : "--labels"}) options.require(name);
        preprocessing_.check();
        if (!compares && data_.paths.size() != 1) throw UsageError("--data", "eval takes one path");
        refuse_unless(!detects && !compares, {"--label-offset", "--scores"}, "classify");
        refuse_unless(compares, {"--reference", "--leave-out"}, "fidelity");
        if (!decode_.empty()) {
            const formats::YamlNode root = formats::read_yaml(decode_);
            root.expect_keys({"decode"});
            request_.decode = detect::decode_from_yaml(root.at("decode"));
        }
        request_.file = file_;
        request_.paths = data_.paths;
        request_.left_out = static_cast<size_t>(leave_out_);
        request_.samples = static_cast<size_t>(data_.samples);
        request_.preprocessing = preprocessing_.value;
        const auto model = open_runnable(file_, is_tmx(file_) && compares ? kNoShapes : shapes_, threads_.threads);
        const Evaluation result = compares  ? evaluate_against(*model)
                                  : detects ? evaluate_detector(*model, request_)
                                            : evaluate_classifier(*model, request_);
        data_.note_shortage(result.samples, options);
        if (json_) {
            print_json(result.json);
        } else {
            fmt::print("{}: {}\n", file_, result.text);
        }
        return kExitOk;
    }

  private:
    Evaluation evaluate_against(RunnableModel& model) const {
        const auto reference = open_runnable(reference_, shapes_, threads_.threads);
        return evaluate_fidelity(model, *reference, request_);
    }
    /// Options of another task; a configuration file may serve several.
    void refuse_unless(bool theirs, const std::vector<const char*>& names, const char* task) const {
        for (const char* name : names) {
            if (!theirs && options.given(name)) throw UsageError(name, fmt::format("is for --task {}", task));
        }
    }

    std::string file_, task_ = "classify", decode_, reference_;
    int leave_out_ = 0;
    bool json_ = false;
    EvaluationRequest request_;
    DataOptions data_;
    ShapeOptions shapes_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> eval_command(CLI::App& program) { return std::make_unique<EvalCommand>(program); }

}  // namespace tinamix::tool
