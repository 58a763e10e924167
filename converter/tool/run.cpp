// tinamix run: one inference, .onnx in float32, .tmx in exact simulation.
#include <fmt/format.h>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
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
        : Command(program, "run", "Run a model once: .onnx in float32, .tmx in exact simulation", kExamples) {
        options.path("MODEL", model_, "MODEL", "an .onnx or a .tmx file");
        declare_inputs(options, inputs_);
        options.path("-o,--output", output_, "DIR", "folder for out_<i>.npy, meta.json and dumped tensors");
        options.flag("--dump-all", dump_all_,
                     "also write every tensor under its ONNX name (.onnx: of the graph before optimization)");
        options.flag("--raw", raw_, ".tmx: inputs, outputs and dumps as codes in storage order instead of float32");
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
        if (!dump_all_) optimize::optimize(graph);
        const std::vector<ir::Tensor> inputs = load_inputs(input_specs(graph), inputs_, preprocessing_.value);
        float_exec::Executor executor(graph, {threads_.threads});
        RunFolder folder(output_, model_, "onnx", names_of(graph, graph.inputs), names_of(graph, graph.outputs));
        float_exec::Executor::Observer observer;
        if (dump_all_) {
            observer = [&](ir::ValueId id, const ir::Tensor& tensor) {
                folder.add_tensor(graph.value(id).name, tensor);
            };
        }
        const std::vector<ir::Tensor> outputs = executor.run(inputs, observer);
        for (size_t i = 0; i < outputs.size(); ++i) folder.add_output(i, outputs[i]);
        folder.commit();
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

        const std::vector<ir::Tensor> inputs = load_inputs(specs, inputs_, preprocessing_.value);
        for (int32_t i = 0; i < info.input_count; ++i) {
            const ir::Tensor& input = inputs[static_cast<size_t>(i)];
            raw_ ? simulation.set_raw_input(i, input) : simulation.set_input(i, input);
        }
        RunFolder folder(output_, model_, "tmx", input_names, output_names);
        const auto dump = [&](int32_t tensor) {
            folder.add_tensor(simulation.tensor(tensor).name,
                              raw_ ? simulation.codes(tensor) : simulation.values(tensor));
        };
        Simulation::Observer observer;
        if (dump_all_) {
            for (const int32_t input : shown_inputs(simulation)) dump(input);
            observer = [&](int32_t op) {
                for (const int32_t tensor : simulation.visible_after(op)) dump(tensor);
            };
        }
        simulation.run(observer);
        for (int32_t i = 0; i < info.output_count; ++i) {
            folder.add_output(static_cast<size_t>(i),
                              raw_ ? simulation.codes(simulation.output_tensor(i)) : simulation.output_values(i));
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
    ThreadOptions threads_;
    ShapeOptions shapes_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> run_command(CLI::App& program) { return std::make_unique<RunCommand>(program); }

}  // namespace tinamix::tool
