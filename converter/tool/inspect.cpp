// tinamix inspect: what a model file holds and costs.
#include "tool/inspect.h"

#include <fmt/format.h>

#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/sample_options.h"
#include "tool/simulation.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExamples =
    "  tinamix inspect net.onnx\n"
    "  tinamix inspect net.tmx\n"
    "  tinamix inspect net.tmx --json | jq '.arena_ratio'";

std::string shape_text(const Json& tensor) {
    return tensor["shape"].is_null() ? "?" : ir::shape_text(tensor["shape"].get<ir::Shape>());
}

void print_interface(const Json& json) {
    for (const char* side : {"inputs", "outputs"}) {
        for (const Json& tensor : json[side]) {
            std::string line =
                fmt::format("  {:<7} {}  {}  {}", std::string(side).substr(0, std::string(side).size() - 1),
                            tensor["name"].get<std::string>(),
                            tensor["type"].is_null() ? "?" : tensor["type"].get<std::string>(), shape_text(tensor));
            if (tensor.contains("scale") && tensor["type"] != "float32") {
                line += fmt::format("  scale {:.6g}  zero point {}", tensor["scale"].get<double>(),
                                    tensor["zero_point"].get<int>());
            }
            fmt::print("{}\n", line);
        }
    }
}

void print_onnx(const Json& json) {
    fmt::print("{}: ONNX, opset {}, {} bytes\n", json["file"].get<std::string>(), json["opset"].get<int64_t>(),
               grouped(json["file_bytes"]));
    print_interface(json);
    fmt::print("  {} layers, {}MAC, {} parameters ({} bytes), largest sum of live tensors {} bytes\n\n",
               json["layer_count"].get<size_t>(), si(json["macs"]), grouped(json["parameters"]),
               grouped(json["parameter_bytes"]), grouped(json["peak_live_bytes"]));
    Table table({"layer", "op", "output", "precision", "MAC", "parameters", "output bytes"},
                {false, false, false, false, true, true, true});
    for (const Json& layer : json["layers"]) {
        table.add({layer["name"], layer["op"], layer["outputs"].empty() ? "" : shape_text(layer["outputs"][0]),
                   layer["precision"], grouped(layer["macs"]), grouped(layer["parameters"]),
                   grouped(layer["output_bytes"])});
    }
    fmt::print("{}", table.text());
    if (!json.contains("unsupported")) return;
    fmt::print("\nThis model cannot be converted; {} of its nodes {} supported:\n", json["unsupported"].size(),
               json["unsupported"].size() == 1 ? "is not" : "are not");
    for (const Json& node : json["unsupported"]) {
        fmt::print("  {} `{}`: {}\n", node["op"].get<std::string>(), node["name"].get<std::string>(),
                   node["reason"].get<std::string>());
    }
}

std::string packings_text(const Json& layer) {
    if (!layer.contains("packings")) return "";
    return fmt::format("{}", fmt::join(layer["packings"].get<std::vector<std::string>>(), ", "));
}

void print_tmx(const Json& json) {
    fmt::print("{}: {}, target {}, checksum {}\n", json["file"].get<std::string>(), json["producer"].get<std::string>(),
               json["target"].get<std::string>(), json["checksum"].get<std::string>());
    print_interface(json);
    fmt::print("  {} layers, {}MAC", json["layer_count"].get<size_t>(), si(json["macs"]));
    for (const auto& [name, share] : json["precisions"].items()) {
        fmt::print(", {} {} ({}MAC)", share["layers"].get<uint64_t>(), name, si(share["macs"]));
    }
    fmt::print("\n  file {} bytes, weights {} bytes\n", grouped(json["file_bytes"]), grouped(json["weights_bytes"]));
    fmt::print("  arena {} bytes; largest sum of live tensors {} bytes; ratio {:.3f}\n\n", grouped(json["arena_bytes"]),
               grouped(json["arena_lower_bound_bytes"]), json["arena_ratio"].get<double>());
    Table table({"layer", "op", "output", "precision", "sum", "packing", "MAC", "weight bytes", "scratch"},
                {false, false, false, false, false, false, true, true, true});
    for (const Json& layer : json["layers"]) {
        const std::string onnx = layer["op"];
        const std::string type = layer["type"];
        table.add({layer["name"], onnx.empty() ? type : onnx,
                   layer["outputs"].empty() ? "" : shape_text(layer["outputs"][0]), layer["precision"],
                   layer.value("accumulator", ""), packings_text(layer), grouped(layer["macs"]),
                   grouped(layer["weight_bytes"]), grouped(layer["scratch_bytes"])});
    }
    fmt::print("{}", table.text());
}

class InspectCommand final : public Command {
  public:
    explicit InspectCommand(CLI::App& program)
        : Command(program, "inspect", "Show inputs, outputs, layers, precision, MACs, bytes and arena of a model",
                  kExamples) {
        options.path("FILE", file_, "FILE", "an .onnx or a .tmx file");
        options.flag("--json", json_, "JSON on stdout");
        shapes_.declare(options);
    }

    int run() override {
        options.require("FILE");
        const bool tmx = is_tmx(file_);
        if (tmx) shapes_.refuse_for_packed_model();
        const Json json = tmx ? inspect_tmx(file_) : inspect_onnx(file_, shapes_.import_options());
        if (json_) {
            print_json(json);
        } else {
            tmx ? print_tmx(json) : print_onnx(json);
        }
        return kExitOk;
    }

  private:
    std::string file_;
    bool json_ = false;
    ShapeOptions shapes_;
};

}  // namespace

std::unique_ptr<Command> inspect_command(CLI::App& program) { return std::make_unique<InspectCommand>(program); }

}  // namespace tinamix::tool
