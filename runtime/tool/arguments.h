// The command line of tmx: every subcommand is a table (Command) that parsing, --help and error messages are driven by.
#ifndef TINAMIX_RUNTIME_TOOL_ARGUMENTS_H_
#define TINAMIX_RUNTIME_TOOL_ARGUMENTS_H_

#include <stddef.h>
#include <stdint.h>

#include "tool/text.h"

namespace tmx::tool {

/// Exit status of the program.
enum ExitStatus { kExitOk = 0, kExitFailed = 1, kExitUsage = 2 };

class Arguments;

struct Option {
    const char* name;   ///< "--threads"
    const char* value;  ///< what its value is called in the help, "N"; null for a switch
    const char* help;   ///< lines after a '\n' are indented alike
    bool required;
    bool repeatable;
};

struct Command {
    const char* name;
    const char* summary;             ///< one line for the list of commands
    const char* description;         ///< paragraphs, wrapped by hand at 100 columns
    const char* const* positionals;  ///< names of the operands, all required: "MODEL.tmx"
    size_t positional_count;
    const Option* options;
    size_t option_count;
    const char* examples;  ///< lines of shell
    int (*run)(const Arguments& arguments);
};

/// One parsed command line. Keeps pointers into argv.
class Arguments {
  public:
    /// Parses what follows the command's name. Prints the error (with the nearest valid choice) and returns false when
    /// it is wrong: unknown or repeated option, missing value, missing required option, wrong number of operands.
    bool parse(const Command& command, int argc, char* const* argv);

    const Command& command() const { return *command_; }
    /// True where the command line asked for help: the rest has not been checked.
    bool wants_help() const { return wants_help_; }
    const char* positional(size_t index) const { return positionals_[index]; }
    /// How often option `name` stands on the command line, and its values in order.
    size_t count(const char* name) const;
    bool has(const char* name) const { return count(name) != 0; }
    const char* value(const char* name, size_t index = 0) const;
    /// Whole number, decimal or 0x..., in [low, high] of option `name`; leaves *number alone when the option is absent.
    /// Prints the error and returns false where the value is no such number.
    bool integer(const char* name, int64_t low, int64_t high, int64_t* number) const;
    /// The same for a decimal number in (0, high].
    bool positive_real(const char* name, double high, double* number) const;

  private:
    struct Given {
        const Option* option;
        const char* value;
    };
    bool parse_option(const char* word, int argc, char* const* argv, int* index);

    const Command* command_ = nullptr;
    Array<Given> given_;
    Array<const char*> positionals_;
    bool wants_help_ = false;
};

/// Prints "tmx <command>: <message>" to stderr.
void report_error(const Arguments& arguments, const char* format, ...) __attribute__((format(printf, 2, 3)));

void append_help(const Command& command, Text* out);

/// Index of the choice nearest to `word` (Levenshtein distance), or -1 when none is near enough to be meant.
int nearest_choice(const char* word, const char* const* choices, size_t count);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_ARGUMENTS_H_
