// tinamix run: one inference, or frames one after the other, .onnx in float32, .tmx in exact simulation.
#include <fmt/format.h>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "ir/states.h"
#include "optimize/optimize.h"
#include "tool/command.h"
#include "tool/model_inputs.h"
#include "tool/run_folder.h"
#include "tool/sample_options.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

constexpr const char* kExamples =
    "  tinamix run net.onnx --input x.npy --output float\n"
    "  tinamix run net.tmx --input x.npy --output sim --dump-all\n"
    "  tinamix run net.tmx --input left=a.npy --input right=b.npy --output sim\n"
    "  tinamix run vad.onnx --input frames.npy --state stateN=state --output float\n"
    "  tinamix run net.onnx --input cat.jpg --resize 256 --crop 224 --mean 123.675,116.28,103.53 --std 58.4 --output "
    "out";

std::vector<std::string> names_of(const ir::Graph& graph, const std::vector<ir::ValueId>& ids) {
    std::vector<std::string> names;
    for (const ir::ValueId id : ids) names.push_back(graph.value(id).name);
    return names;
}

class RunCommand final : public Command {
  public:
    explicit RunCommand(CLI::App& program)
        : Command(program, "run",
                  "Run a model: .onnx in float32, .tmx in exact simulation. Arrays with one dimension more than the "
                  "input hold frames, which are run one after the other",
                  kExamples) {
        options.path("MODEL", model_, "MODEL", "an .onnx or a .tmx file");
        declare_inputs(options, inputs_);
        options.path("-o,--output", output_, "DIR", "folder for out_<i>.npy, meta.json and dumped tensors");
        options.flag("--dump-all", dump_all_,
                     "also write every tensor under its ONNX name (.onnx: of the graph before optimization)");
        options.flag("--raw", raw_, ".tmx: inputs, outputs and dumps as codes in storage order instead of float32");
        states_.declare(options);
        threads_.declare(options);
        shapes_.declare(options);
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        options.require("MODEL");
        options.require("--output");
        preprocessing_.check();
        if (is_tmx(model_)) {
            shapes_.refuse_for_packed_model();
            if (!states_.pairs.empty()) throw UsageError("--state", "a .tmx file knows its states");
            run_tmx();
        } else {
            if (raw_) throw UsageError("--raw", "an .onnx model has no codes; --raw is for .tmx files");
            run_onnx();
        }
        return kExitOk;
    }

  private:
    void run_onnx() {
        ir::Graph graph = import::import_onnx(model_, shapes_.import_options());
        if (!states_.pairs.empty()) ir::bind_states(graph, states_.pairs);
        if (!dump_all_) optimize::optimize(graph);
        const RunInputs inputs = load(input_specs(graph));
        float_exec::Executor executor(graph, {threads_.threads});
        RunFolder folder(output_, model_, "onnx", names_of(graph, graph.inputs), names_of(graph, graph.outputs));
        float_exec::Executor::Observer observer;
        if (dump_all_) {
            observer = [&](ir::ValueId id, const ir::Tensor& tensor) {
                folder.add_tensor(graph.value(id).name, tensor);
            };
        }
        std::vector<std::vector<ir::Tensor>> results(graph.outputs.size());
        for (const std::vector<ir::Tensor>& run : inputs.runs) {
            std::vector<ir::Tensor> outputs = executor.run(run, observer);
            for (size_t i = 0; i < outputs.size(); ++i) results[i].push_back(std::move(outputs[i]));
        }
        write(results, inputs.are_frames, folder);
    }

    void run_tmx() {
        Simulation simulation(model_, threads_.threads);
        const tmx_info& info = simulation.info();
        std::vector<InputSpec> specs;
        std::vector<std::string> input_names, output_names;
        for (int32_t i = 0; i < info.input_count; ++i) {
            const tmx_tensor tensor = simulation.input(i);
            specs.push_back(raw_ ? InputSpec{tensor.name, storage_type(tensor.type), storage_shape(tensor)}
                                 : InputSpec{tensor.name, ir::ElementType::kFloat32, onnx_shape(tensor)});
            input_names.emplace_back(tensor.name);
        }
        for (int32_t i = 0; i < info.output_count; ++i) output_names.emplace_back(simulation.output(i).name);

        const RunInputs inputs = load(specs);
        RunFolder folder(output_, model_, "tmx", input_names, output_names);
        const auto dump = [&](int32_t tensor) {
            folder.add_tensor(simulation.tensor(tensor).name,
                              raw_ ? simulation.codes(tensor) : simulation.values(tensor));
        };
        Simulation::Observer observer;
        if (dump_all_) {
            observer = [&](int32_t op) {
                for (const int32_t tensor : simulation.visible_after(op)) dump(tensor);
            };
        }
        std::vector<std::vector<ir::Tensor>> results(output_names.size());
        for (const std::vector<ir::Tensor>& run : inputs.runs) {
            for (int32_t i = 0; i < info.input_count; ++i) {
                const ir::Tensor& input = run[static_cast<size_t>(i)];
                raw_ ? simulation.set_raw_input(i, input) : simulation.set_input(i, input);
            }
            if (dump_all_) {
                for (const int32_t input : shown_inputs(simulation)) dump(input);
            }
            simulation.run(observer);
            for (int32_t i = 0; i < info.output_count; ++i) {
                results[static_cast<size_t>(i)].push_back(raw_ ? simulation.codes(simulation.output_tensor(i))
                                                               : simulation.output_values(i));
            }
        }
        write(results, inputs.are_frames, folder);
    }

    RunInputs load(const std::vector<InputSpec>& specs) const {
        RunInputs inputs = load_runs(specs, inputs_, preprocessing_.value);
        if (inputs.are_frames && dump_all_) throw UsageError("--dump-all", "dumps one run; the inputs hold frames");
        return inputs;
    }

    static void write(const std::vector<std::vector<ir::Tensor>>& results, bool are_frames, RunFolder& folder) {
        for (size_t i = 0; i < results.size(); ++i) {
            folder.add_output(i, are_frames ? stacked(results[i]) : results[i].front());
        }
        folder.commit();
    }

    static std::vector<int32_t> shown_inputs(const Simulation& simulation) {
        std::vector<int32_t> tensors;
        for (int32_t i = 0; i < simulation.info().input_count; ++i) {
            for (const int32_t tensor : simulation.sharing(simulation.input_tensor(i))) tensors.push_back(tensor);
        }
        return tensors;
    }

    std::string model_, output_;
    NamedPaths inputs_;
    bool dump_all_ = false, raw_ = false;
    StateOptions states_;
    ThreadOptions threads_;
    ShapeOptions shapes_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> run_command(CLI::App& program) { return std::make_unique<RunCommand>(program); }

}  // namespace tinamix::tool
