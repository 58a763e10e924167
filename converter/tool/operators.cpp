// tinamix operators: what can be converted, and to which precisions.
#include <fmt/format.h>

#include "quantize/operator_table.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExamples =
    "  tinamix operators\n"
    "  tinamix operators --markdown > docs/operators.md\n"
    "  tinamix operators --json | jq '.operators[] | select(.precisions.w8a8 != \"yes\")'";

std::string text(const Json& value) { return value.get<std::string>(); }

void print_table(const Json& json) {
    Table table({"operator", "w8a8", "w8a16", "w16a16", "f32", "remark"}, {false, false, false, false, false, false});
    for (const Json& row : json["operators"]) {
        const Json& precisions = row["precisions"];
        const std::string domain = text(row["domain"]);
        table.add({domain.empty() ? text(row["op"]) : domain + ":" + text(row["op"]), text(precisions["w8a8"]),
                   text(precisions["w8a16"]), text(precisions["w16a16"]), text(precisions["f32"]), text(row["note"])});
    }
    fmt::print("{}\n", table.text());
    for (const Json& row : json["rewritten"]) fmt::print("{}: {}\n", text(row["op"]), text(row["becomes"]));
}

class OperatorsCommand final : public Command {
  public:
    explicit OperatorsCommand(CLI::App& program)
        : Command(program, "operators", "List the operators that can be converted, with their precisions", kExamples) {
        options.flag("--markdown", markdown_, "as docs/operators.md");
        options.flag("--json", json_, "as JSON on stdout");
        options.exclude("--markdown", "--json");
    }

    int run() override {
        if (markdown_) {
            fmt::print("{}", quantize::operators_markdown());
        } else if (json_) {
            print_json(quantize::operators_json());
        } else {
            print_table(quantize::operators_json());
        }
        return kExitOk;
    }

  private:
    bool markdown_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Command> operators_command(CLI::App& program) { return std::make_unique<OperatorsCommand>(program); }

}  // namespace tinamix::tool
