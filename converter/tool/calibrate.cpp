// tinamix calibrate: value ranges of every tensor into a file a person can read, edit and diff.
#include <fmt/format.h>

#include "formats/atomic_file.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/measured_ranges.h"

namespace tinamix::tool {
namespace {

constexpr const char* kExamples =
    "  tinamix calibrate net.onnx --data pictures/ --resize 256 --crop 224 --mean 127.5 --std 127.5 -o ranges.yaml\n"
    "  tinamix calibrate net.onnx --data x=x.npz --data state=state.npy --calibration-method kl -o ranges.yaml\n"
    "  tinamix convert net.onnx --ranges ranges.yaml -o net.tmx";

class CalibrateCommand final : public Command {
  public:
    explicit CalibrateCommand(CLI::App& program)
        : Command(program, "calibrate", "Measure the value range of every tensor on sample data", kExamples) {
        options.path("MODEL", model_, "MODEL.onnx", "the network");
        options.path("-o,--output", output_, "RANGES.yaml", "file for the ranges");
        data_.declare(options, kDefaultCalibrationSamples,
                      "a folder or list file of pictures, a picture, .npy or .npz; NAME=PATH for several inputs");
        calibration_.declare(options);
        shapes_.declare(options);
        states_.declare(options);
        threads_.declare(options);
        options.flag("--json", json_, "summary as JSON on stdout");
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        for (const char* name : {"MODEL", "--output", "--data"}) options.require(name);
        preprocessing_.check();
        const ir::Graph graph = load_optimized(model_, shapes_.import_options(), states_.pairs);
        const auto samples = data_.open(graph, preprocessing_.value, options);
        const calibrate::Ranges ranges = measure_ranges(graph, *samples, calibration_, threads_.threads);
        formats::write_file_atomically(output_, calibrate::ranges_to_yaml(ranges, graph));
        if (json_) {
            print_json({{"output", output_},
                        {"method", calibration_.method},
                        {"samples", ranges.samples},
                        {"tensors", ranges.tensors.size()}});
        } else {
            fmt::print("{}: ranges of {} tensors over {} samples ({})\n", output_, ranges.tensors.size(),
                       ranges.samples, calibration_.method);
        }
        return kExitOk;
    }

  private:
    std::string model_, output_;
    bool json_ = false;
    DataOptions data_;
    CalibrationOptions calibration_;
    ShapeOptions shapes_;
    StateOptions states_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> calibrate_command(CLI::App& program) { return std::make_unique<CalibrateCommand>(program); }

}  // namespace tinamix::tool
