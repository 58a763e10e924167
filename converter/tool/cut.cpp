// tinamix cut: a range of layers as an ONNX file of its own, to feed to the vendor's compiler.
#include <fmt/format.h>

#include "formats/atomic_file.h"
#include "import/cut.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/sample_options.h"
#include "tool/section_option.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

constexpr const char* kExamples =
    "  tinamix cut net.onnx --section conv2..conv9 -o trunk.onnx\n"
    "  tinamix pack-npu net.tmx --section conv2..relu9 --nbg trunk.nb -o net-npu.tmx    (after the vendor's compiler)";

nlohmann::ordered_json to_json(const std::vector<import::CutBorder>& borders) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const import::CutBorder& border : borders) {
        json.push_back({{"name", border.name}, {"type", border.type}, {"shape", border.shape}});
    }
    return json;
}

class CutCommand final : public Command {
  public:
    explicit CutCommand(CLI::App& program)
        : Command(program, "cut", "Cut a range of layers out of an ONNX model, for the compiler of an NPU", kExamples) {
        options.path("MODEL", model_, "MODEL.onnx", "the network");
        section_.declare(options, "`tinamix inspect MODEL.onnx`");
        options.path("-o,--output", output_, "PART.onnx", "the layers as a network of their own");
        shapes_.declare(options);
        options.flag("--json", json_, "what crosses the borders, as JSON on stdout");
    }

    int run() override {
        for (const char* name : {"MODEL", "--section", "--output"}) options.require(name);
        const import::Cut cut = import::cut_onnx(model_, section_.first, section_.last, shapes_.import_options());
        formats::write_file_atomically(output_, cut.bytes);
        if (json_) {
            print_json({{"output", output_},
                        {"nodes", cut.nodes},
                        {"inputs", to_json(cut.inputs)},
                        {"outputs", to_json(cut.outputs)}});
            return kExitOk;
        }
        Table table({"", "tensor", "type", "shape"}, {false, false, false, false});
        for (const auto& [side, borders] : {std::pair{"input", &cut.inputs}, std::pair{"output", &cut.outputs}}) {
            for (const import::CutBorder& border : *borders) {
                table.add({side, border.name, border.type, ir::shape_text(border.shape)});
            }
        }
        fmt::print("{}{}: {} node{}\n", table.text(), output_, cut.nodes, cut.nodes == 1 ? "" : "s");
        return kExitOk;
    }

  private:
    std::string model_, output_;
    SectionOption section_;
    ShapeOptions shapes_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> cut_command(CLI::App& program) { return std::make_unique<CutCommand>(program); }

}  // namespace tinamix::tool
