// tinamix pack-npu: a network that the vendor compiled for an NPU in place of a range of layers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "formats/atomic_file.h"
#include "pack/model_image.h"
#include "pack/npu_section.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/section_option.h"
#include "tool/simulation.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExamples =
    "  tinamix cut net.onnx --section conv2..relu9 -o trunk.onnx     (then the vendor's compiler: trunk.nb)\n"
    "  tinamix pack-npu net.tmx --section conv2..relu9 --nbg trunk.nb --meta nbg_meta.json -o net-npu.tmx";

Json to_json(const std::vector<pack::NpuBorder>& borders) {
    Json json = Json::array();
    for (const pack::NpuBorder& border : borders) {
        json.push_back({{"tensor", border.tensor},
                        {"type", border.type},
                        {"shape", border.shape},
                        {"scale", border.scale},
                        {"zero_point", border.zero_point},
                        {"conversions", border.conversions}});
    }
    return json;
}

/// Throws Error for what the runtime would refuse.
void verify(const void* data, size_t bytes, const std::string& name) { const Simulation opened(data, bytes, name, 1); }

class PackNpuCommand final : public Command {
  public:
    explicit PackNpuCommand(CLI::App& program)
        : Command(program, "pack-npu", "Put a network compiled for an NPU (NBG) in place of layers of a model",
                  kExamples) {
        options.path("MODEL", model_, "MODEL.tmx", "the model file");
        section_.declare(options, "`tinamix inspect MODEL.tmx`");
        options.path("--nbg", nbg_, "FILE.nb", "what the vendor's compiler made of these layers");
        options.path("--meta", meta_, "nbg_meta.json",
                     "shapes and quantization of the NBG, as its export wrote them beside it; where they differ from "
                     "the model's, ops in between convert. Without it both must be the model's own");
        options.flag("--uint8", uint8_, "without --meta: the NBG's 8-bit inputs and outputs are uint8");
        options.flag("--no-cpu-copy", no_copy_,
                     "drop the layers for the CPU: smaller, but the model then runs nowhere else, and not when the NPU "
                     "fails");
        options.path("-o,--output", output_, "OUT.tmx", "the model file with the section; unsigned");
        options.flag("--json", json_, "what crosses the borders, as JSON on stdout");
        options.exclude("--uint8", "--meta");
    }

    int run() override {
        for (const char* name : {"MODEL", "--section", "--nbg", "--output"}) options.require(name);
        if (!is_tmx(model_)) throw UsageError(model_, "must be a .tmx file");
        if (std::filesystem::path(output_).extension() != ".tmx") throw UsageError(output_, "must end in .tmx");
        const pack::Nbg nbg = pack::read_nbg(nbg_, meta_);
        const std::string file = formats::read_file(model_);
        verify(file.data(), file.size(), model_);
        pack::ModelParts parts = pack::read_model_parts(file);
        const pack::NpuSection section{section_.first, section_.last, !no_copy_, uint8_};
        const pack::NpuSectionReport report = pack::add_npu_section(parts, section, nbg);
        note_in_settings(parts, nbg);
        const std::vector<uint8_t> bytes = pack::model_image(parts.model, parts.weights, parts.model_version);
        verify(bytes.data(), bytes.size(), output_);
        formats::write_file_atomically(output_, bytes.data(), bytes.size());
        print(report, nbg, bytes.size());
        return kExitOk;
    }

  private:
    void note_in_settings(pack::ModelParts& parts, const pack::Nbg& nbg) const {
        Json settings = Json::parse(parts.model.settings, nullptr, false);
        if (!settings.is_object()) settings = Json::object();
        settings["npu_sections"].push_back({{"first", section_.first},
                                            {"last", section_.last},
                                            {"nbg", std::filesystem::path(nbg.path).filename().string()},
                                            {"network", nbg.header.name},
                                            {"target", fmt::format("0x{:X}", nbg.header.target)}});
        // The name in an NBG may be any bytes.
        parts.model.settings = settings.dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    void print(const pack::NpuSectionReport& report, const pack::Nbg& nbg, size_t bytes) const {
        if (json_) {
            print_json({{"output", output_},
                        {"bytes", bytes},
                        {"npu_target", fmt::format("0x{:X}", nbg.header.target)},
                        {"nbg_bytes", nbg.bytes.size()},
                        {"ops", report.ops},
                        {"macs", report.macs},
                        {"cpu_copy", !no_copy_},
                        {"inputs", to_json(report.inputs)},
                        {"outputs", to_json(report.outputs)}});
            return;
        }
        Table table({"", "tensor", "in the NBG", "scale", "zero point", "converted by"},
                    {false, false, false, true, true, false});
        for (const auto& [side, borders] : {std::pair{"input", &report.inputs}, std::pair{"output", &report.outputs}}) {
            for (const pack::NpuBorder& border : *borders) {
                table.add({side, border.tensor, fmt::format("{} {}", border.type, ir::shape_text(border.shape)),
                           fmt::format("{:.9g}", border.scale), fmt::format("{}", border.zero_point),
                           border.conversions.empty() ? "-" : fmt::format("{}", fmt::join(border.conversions, ", "))});
            }
        }
        fmt::print("{}{}: {} ops ({} MACs) on NPU 0x{:X}, {}, {} bytes\n", table.text(), output_, report.ops,
                   si(static_cast<double>(report.macs)), nbg.header.target,
                   no_copy_ ? "without a CPU copy" : "with a CPU copy", grouped(bytes));
        if (!nbg.meta) {
            fmt::print("without --meta the board's driver is the first to see whether the NBG has these borders\n");
        }
    }

    std::string model_, nbg_, meta_, output_;
    SectionOption section_;
    bool uint8_ = false, no_copy_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Command> pack_npu_command(CLI::App& program) { return std::make_unique<PackNpuCommand>(program); }

}  // namespace tinamix::tool
