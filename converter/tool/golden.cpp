// tinamix golden: inputs, float outputs and digests of every tensor of the exact simulation, in one file that
// `tmx check` holds against a board.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "formats/atomic_file.h"
#include "golden_generated.h"
#include "import/onnx_import.h"
#include "ir/states.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/model_inputs.h"
#include "tool/sample_options.h"
#include "tool/simulation.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

namespace format = tmx::format;

constexpr const char* kExamples =
    "  tinamix golden net.onnx net.tmx --input x.npy -o net.golden\n"
    "  tinamix golden vad.onnx vad.tmx --data frames.npy --samples 20 -o vad.golden\n"
    "  tmx check net.tmx net.golden          (on the board)";

constexpr char kTrailerMagic[8] = {'T', 'M', 'G', 'T', 'R', 'A', 'I', 'L'};

std::unique_ptr<format::GoldenArrayT> golden_array(const std::string& name, const ir::Tensor& tensor) {
    auto array = std::make_unique<format::GoldenArrayT>();
    array->name = name;
    array->shape.assign(tensor.shape().begin(), tensor.shape().end());
    array->values = tensor.to_floats();
    return array;
}

/// Throws Error unless the two files have the same interface.
void check_same_interface(const ir::Graph& graph, const Simulation& simulation, const std::string& onnx) {
    const auto compare = [&](const char* side, const std::vector<ir::ValueId>& ids, int32_t count, auto get) {
        if (ids.size() != static_cast<size_t>(count)) {
            throw Error(simulation.path(), fmt::format("has {} {}s, {} has {}", count, side, onnx, ids.size()));
        }
        for (int32_t i = 0; i < count; ++i) {
            const ir::Value& value = graph.value(ids[static_cast<size_t>(i)]);
            const tmx_tensor tensor = get(i);
            if (value.name != tensor.name || value.shape != onnx_shape(tensor)) {
                throw Error(
                    simulation.path(),
                    fmt::format("{} {} is `{}` {}, in {} it is `{}` {}", side, i, tensor.name,
                                ir::shape_text(onnx_shape(tensor)), onnx, value.name, ir::shape_text(value.shape)),
                    "was it converted from this model?");
            }
        }
    };
    compare("input", graph.inputs, simulation.info().input_count, [&](int32_t i) { return simulation.input(i); });
    compare("output", graph.outputs, simulation.info().output_count, [&](int32_t i) { return simulation.output(i); });
}

/// The states that the model file was converted with, of the same network in float32.
void bind_states_of(ir::Graph& graph, const Simulation& simulation) {
    if (simulation.info().state_count == 0) return;
    const auto settings = nlohmann::json::parse(simulation.info().settings, nullptr, false);
    if (settings.is_discarded() || !settings.contains("state")) {
        throw Error(simulation.path(), "keeps states, but does not say which outputs of the network they are");
    }
    ir::bind_states(graph, settings["state"].get<std::map<std::string, std::string>>());
}

/// The tensor by which the network knows what `written` holds: itself, or another name and shape of the same memory.
/// -1 for what the converter added.
int32_t known_to(const ir::Graph& graph, const Simulation& simulation, int32_t written) {
    const auto is_known = [&](int32_t index) {
        const tmx_tensor tensor = simulation.tensor(index);
        const ir::ValueId value = graph.find_value(tensor.name);
        return tensor.derived == 0 && value != ir::kNoValue && graph.value(value).shape == onnx_shape(tensor) &&
               tensor.bytes == simulation.tensor(written).bytes;
    };
    if (is_known(written)) return written;
    const std::vector<int32_t> sharing = simulation.sharing(written);
    const auto found = std::find_if(sharing.begin(), sharing.end(), is_known);
    return found == sharing.end() ? -1 : *found;
}

/// One run of both, with the digest of every tensor and, if `float_layers`, what the float network has in its place.
template <typename Frame>
void record_frame(const ir::Graph& graph, const std::vector<ir::Tensor>& inputs, Simulation& simulation,
                  float_exec::Executor& executor, bool float_layers, Frame& frame) {
    for (size_t i = 0; i < inputs.size(); ++i) {
        frame.inputs.push_back(golden_array(graph.value(graph.inputs[i]).name, inputs[i]));
        simulation.set_input(static_cast<int32_t>(i), inputs[i]);
    }
    std::map<int32_t, format::GoldenDigestT*> digests;
    // Where several ops write a tensor, what the last one leaves counts.
    const auto keep_digest = [&](int32_t index) {
        const tmx_tensor tensor = simulation.tensor(index);
        format::GoldenDigestT*& digest = digests[index];
        if (digest == nullptr) {
            frame.digests.push_back(std::make_unique<format::GoldenDigestT>());
            digest = frame.digests.back().get();
            digest->tensor = static_cast<uint32_t>(index);
            digest->name = tensor.name;
        }
        digest->digest = tmx_digest(tensor.data, tensor.bytes);
    };
    std::map<std::string, int32_t> float_layers_of;
    simulation.run([&](int32_t index) {
        const tmx_op op = simulation.op(index);
        for (int32_t i = 0; i < op.output_count; ++i) {
            keep_digest(op.outputs[i]);
            const int32_t known = float_layers ? known_to(graph, simulation, op.outputs[i]) : -1;
            if (known < 0) continue;
            keep_digest(known);
            float_layers_of[simulation.tensor(known).name] = known;
        }
    });
    float_exec::Executor::Observer record;
    if (float_layers) {
        record = [&](ir::ValueId id, const ir::Tensor& tensor) {
            const auto found = float_layers_of.find(graph.value(id).name);
            if (found != float_layers_of.end()) digests[found->second]->float_values = tensor.to_floats();
        };
    }
    const std::vector<ir::Tensor> outputs = executor.run(inputs, record);
    for (size_t i = 0; i < outputs.size(); ++i) {
        frame.float_outputs.push_back(golden_array(graph.value(graph.outputs[i]).name, outputs[i]));
    }
}

/// Of one frame.
size_t float_layer_count(const format::GoldenT& golden) {
    return static_cast<size_t>(std::count_if(golden.digests.begin(), golden.digests.end(),
                                             [](const auto& digest) { return !digest->float_values.empty(); }));
}

std::string serialized(const format::GoldenT& golden) {
    flatbuffers::FlatBufferBuilder builder(1 << 20);
    format::FinishGoldenBuffer(builder, format::Golden::Pack(builder, &golden));
    std::string bytes(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
    bytes.append(kTrailerMagic, sizeof(kTrailerMagic));
    // The digest covers everything before itself, the magic word included.
    const uint64_t digest = tmx_digest(bytes.data(), bytes.size());
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(digest >> shift & 255));
    return bytes;
}

class GoldenCommand final : public Command {
  public:
    explicit GoldenCommand(CLI::App& program)
        : Command(program, "golden", "Write what a model must compute, for `tmx check` on a board", kExamples) {
        options.path("MODEL", onnx_, "MODEL.onnx", "the network in float32");
        options.path("TMX", tmx_, "MODEL.tmx", "the model file made from it");
        declare_inputs(options, inputs_);
        data_.declare(
            options, 0,
            "frames instead of --input: .npy or .npz with the frames along the first dimension (NAME=PATH for "
            "several inputs), run one after the other; states go from each to the next");
        options.exclude("--input", "--data");
        options.path("-o,--output", output_, "MODEL.golden", "the golden file");
        options.flag("--float-layers", float_layers_,
                     "also what the float network has after every layer: `tinamix check` then compares each of them "
                     "(4 bytes per value and frame)");
        threads_.declare(options);
        shapes_.declare(options);
        options.flag("--json", json_, "summary as JSON on stdout");
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        for (const char* name : {"MODEL", "TMX", "--output"}) options.require(name);
        preprocessing_.check();
        if (is_tmx(onnx_) || !is_tmx(tmx_)) throw UsageError("", "give MODEL.onnx first, then MODEL.tmx");

        ir::Graph graph = import::import_onnx(onnx_, shapes_.import_options());
        Simulation simulation(tmx_, threads_.threads);
        bind_states_of(graph, simulation);
        check_same_interface(graph, simulation, onnx_);
        std::unique_ptr<data::SampleSource> frames;
        if (options.given("--data")) frames = data_.open(graph, preprocessing_.value, options);
        float_exec::Executor executor(graph, {threads_.threads});

        format::GoldenT golden;
        golden.producer = fmt::format("tinamix {}", tmx_version());
        golden.model_checksum = simulation.info().checksum;
        if (frames == nullptr) {
            record_frame(graph, load_inputs(input_specs(graph), inputs_, preprocessing_.value), simulation, executor,
                         float_layers_, golden);
        }
        for (size_t i = 0; frames != nullptr && i < frames->size(); ++i) {
            if (i == 0) {
                record_frame(graph, frames->load(i), simulation, executor, float_layers_, golden);
                continue;
            }
            auto frame = std::make_unique<format::GoldenFrameT>();
            record_frame(graph, frames->load(i), simulation, executor, float_layers_, *frame);
            golden.more_frames.push_back(std::move(frame));
        }

        const std::string bytes = serialized(golden);
        formats::write_file_atomically(output_, bytes);
        if (json_) {
            print_json({{"output", output_},
                        {"inputs", golden.inputs.size()},
                        {"float_outputs", golden.float_outputs.size()},
                        {"digests", golden.digests.size()},
                        {"float_layers", float_layer_count(golden)},
                        {"frames", 1 + golden.more_frames.size()},
                        {"model_checksum", fmt::format("{:016x}", golden.model_checksum)},
                        {"bytes", bytes.size()}});
        } else {
            fmt::print("{}: {}{} digests, {} float output{}{}, {} bytes\n", output_,
                       golden.more_frames.empty() ? "" : fmt::format("{} frames of ", 1 + golden.more_frames.size()),
                       golden.digests.size(), golden.float_outputs.size(), golden.float_outputs.size() == 1 ? "" : "s",
                       float_layers_ ? fmt::format(", {} float layers", float_layer_count(golden)) : "",
                       grouped(bytes.size()));
        }
        return kExitOk;
    }

  private:
    std::string onnx_, tmx_, output_;
    bool json_ = false, float_layers_ = false;
    NamedPaths inputs_;
    DataOptions data_;
    ThreadOptions threads_;
    ShapeOptions shapes_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> golden_command(CLI::App& program) { return std::make_unique<GoldenCommand>(program); }

}  // namespace tinamix::tool
