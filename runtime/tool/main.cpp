// tmx, the program for the board: looks at, runs, times and checks model files.
#include <stdio.h>
#include <string.h>

#include "tinamix.h"
#include "tool/arguments.h"
#include "tool/commands.h"
#include "tool/file_io.h"

namespace tmx::tool {
namespace {

constexpr const Command* kCommands[] = {&kInfoCommand,    &kRunCommand,  &kBenchCommand,    &kCheckCommand,
                                        &kInstallCommand, &kListCommand, &kActivateCommand, &kRollbackCommand,
                                        &kRemoveCommand,  &kGcCommand,   &kReportCommand};

void append_program_help(Text* out) {
    out->append(
        "tmx: runs tinamix model files (.tmx) on this machine.\n\n"
        "Usage: tmx COMMAND ... | tmx --help | tmx --version\n\n"
        "Commands:\n");
    for (const Command* command : kCommands) out->format("  %-8s %s\n", command->name, command->summary);
    out->append(
        "\n`tmx COMMAND --help` explains a command and its options.\n\n"
        "Exit status: 0 ok, 1 failed or differs, 2 wrong usage.\n\n"
        "Environment:\n"
        "  TMX_KERNELS=reference  use the plain kernels; the results are the same bits, only slower\n"
        "  TMX_MARK=1             bracket each run with a marker system call, for instruction counting\n"
        "  TMX_STORE=DIR          the store that install, list, ... work on\n"
        "  TMX_NPU=off|only       sections for an NPU: by their CPU copies, or not by them when the NPU fails\n\n"
        "Examples:\n"
        "  tmx info net.tmx\n"
        "  tmx run net.tmx --input picture.npy --output out\n"
        "  tmx bench net.tmx --threads 2 --profile\n"
        "  tmx check net.tmx net.golden\n"
        "  tmx install net.tmx --golden net.golden --name net --store /mnt/UDISK/models\n");
}

void append_command_names(Text* out) {
    for (const Command* command : kCommands) {
        if (command != kCommands[0]) out->append(", ");
        out->append(command->name);
    }
}

int unknown_word(const char* word) {
    const char* names[sizeof(kCommands) / sizeof(kCommands[0]) + 2];
    size_t count = 0;
    for (const Command* command : kCommands) names[count++] = command->name;
    names[count++] = "--help";
    names[count++] = "--version";
    const int nearest = nearest_choice(word, names, count);
    fprintf(stderr, "tmx: unknown %s `%s`", word[0] == '-' ? "option" : "command", word);
    if (nearest >= 0) {
        fprintf(stderr, " (did you mean `%s`?)\n", names[nearest]);
    } else {
        Text list;
        append_command_names(&list);
        fprintf(stderr, " (commands are %s; see `tmx --help`)\n", list.c_str());
    }
    return kExitUsage;
}

int run_program(int argc, char** argv) {
    if (argc < 2) {
        Text list;
        append_command_names(&list);
        fprintf(stderr, "tmx: a command is missing: %s (see `tmx --help`)\n", list.c_str());
        return kExitUsage;
    }
    const char* word = argv[1];
    Text text;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        append_program_help(&text);
        fputs(text.c_str(), stdout);
        return kExitOk;
    }
    if (strcmp(word, "--version") == 0) {
        printf("tmx %s\n", tmx_version());
        return kExitOk;
    }
    for (const Command* command : kCommands) {
        if (strcmp(word, command->name) != 0) continue;
        Arguments arguments;
        if (!arguments.parse(*command, argc - 2, argv + 2)) return kExitUsage;
        if (!arguments.wants_help()) return command->run(arguments);
        append_help(*command, &text);
        fputs(text.c_str(), stdout);
        return kExitOk;
    }
    return unknown_word(word);
}

}  // namespace
}  // namespace tmx::tool

int main(int argc, char** argv) {
    const int status = tmx::tool::run_program(argc, argv);
    return tmx::tool::finish_stdout() ? status : static_cast<int>(tmx::tool::kExitFailed);
}
