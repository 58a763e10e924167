// Parsing and help of the command line; see arguments.h.
#include "tool/arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace tmx::tool {
namespace {

constexpr Option kHelpOption = {"--help", nullptr, "print this text and exit", false, false};

void append_options(const Option* options, size_t count, Text* out) {
    size_t widest = 0;
    Text left;
    const auto write_left = [&left](const Option& option) {
        left.clear();
        left.append(option.name);
        if (option.value != nullptr) left.format(" %s", option.value);
    };
    for (size_t i = 0; i <= count; ++i) {
        write_left(i < count ? options[i] : kHelpOption);
        if (left.size() > widest) widest = left.size();
    }
    for (size_t i = 0; i <= count; ++i) {
        const Option& option = i < count ? options[i] : kHelpOption;
        write_left(option);
        out->format("  %-*s  ", static_cast<int>(widest), left.c_str());
        for (const char* c = option.help; *c != '\0'; ++c) {
            out->append(*c);
            if (*c == '\n') out->repeat(' ', widest + 4);
        }
        if (option.required) out->append(option.repeatable ? " (required, repeatable)" : " (required)");
        out->append('\n');
    }
}

}  // namespace

void report_error(const Arguments& arguments, const char* format, ...) {
    fprintf(stderr, "tmx %s: ", arguments.command().name);
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
}

int nearest_choice(const char* word, const char* const* choices, size_t count) {
    const size_t length = strlen(word);
    size_t best = SIZE_MAX;
    int found = -1;
    Array<size_t> row;
    row.resize(length + 1);
    for (size_t k = 0; k < count; ++k) {
        for (size_t j = 0; j <= length; ++j) row[j] = j;
        const size_t choice_length = strlen(choices[k]);
        for (size_t i = 1; i <= choice_length; ++i) {
            size_t diagonal = row[0];
            row[0] = i;
            for (size_t j = 1; j <= length; ++j) {
                const size_t substituted = diagonal + (choices[k][i - 1] != word[j - 1] ? 1 : 0);
                diagonal = row[j];
                const size_t inserted = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
                row[j] = substituted < inserted ? substituted : inserted;
            }
        }
        const size_t distance = row[length];
        const size_t longest = length > choice_length ? length : choice_length;
        if (distance < best && 2 * distance <= longest) {
            best = distance;
            found = static_cast<int>(k);
        }
    }
    return found;
}

bool Arguments::parse_option(const char* word, int argc, char* const* argv, int* index) {
    const char* equals = strchr(word, '=');
    const size_t length = equals != nullptr ? static_cast<size_t>(equals - word) : strlen(word);
    const Option* option = nullptr;
    for (size_t i = 0; i < command_->option_count; ++i) {
        const Option& candidate = command_->options[i];
        if (strlen(candidate.name) == length && memcmp(candidate.name, word, length) == 0) option = &candidate;
    }
    if (option == nullptr) {
        Text name;
        name.append(word, length);
        Array<const char*> names;
        for (size_t i = 0; i < command_->option_count; ++i) names.push(command_->options[i].name);
        names.push(kHelpOption.name);
        const int nearest = nearest_choice(name.c_str(), names.data(), names.size());
        if (nearest >= 0) {
            report_error(*this, "unknown option `%s` (did you mean `%s`?)", name.c_str(),
                         names[static_cast<size_t>(nearest)]);
        } else {
            report_error(*this, "unknown option `%s` (see `tmx %s --help`)", name.c_str(), command_->name);
        }
        return false;
    }
    Given given = {option, ""};
    if (option->value != nullptr) {
        if (equals != nullptr) {
            given.value = equals + 1;
        } else if (*index + 1 < argc) {
            given.value = argv[++*index];
        } else {
            report_error(*this, "option `%s` needs a value: %s %s", option->name, option->name, option->value);
            return false;
        }
    } else if (equals != nullptr) {
        report_error(*this, "option `%s` takes no value", option->name);
        return false;
    }
    if (!option->repeatable && has(option->name)) {
        report_error(*this, "option `%s` is given twice", option->name);
        return false;
    }
    given_.push(given);
    return true;
}

bool Arguments::parse(const Command& command, int argc, char* const* argv) {
    command_ = &command;
    for (int i = 0; i < argc; ++i) {
        if (strcmp(argv[i], "--") == 0) break;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            wants_help_ = true;
            return true;
        }
    }
    bool only_operands = false;
    for (int i = 0; i < argc; ++i) {
        const char* word = argv[i];
        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && word[0] == '-' && word[1] != '\0') {
            if (!parse_option(word, argc, argv, &i)) return false;
        } else {
            positionals_.push(word);
        }
    }
    if (positionals_.size() < command.positional_count) {
        report_error(*this, "%s is missing (see `tmx %s --help`)", command.positionals[positionals_.size()],
                     command.name);
        return false;
    }
    if (positionals_.size() > command.positional_count) {
        report_error(*this, "unexpected `%s` (see `tmx %s --help`)", positionals_[command.positional_count],
                     command.name);
        return false;
    }
    for (size_t i = 0; i < command.option_count; ++i) {
        const Option& option = command.options[i];
        if (option.required && !has(option.name)) {
            report_error(*this, "option `%s %s` is missing (see `tmx %s --help`)", option.name, option.value,
                         command.name);
            return false;
        }
    }
    return true;
}

size_t Arguments::count(const char* name) const {
    size_t count = 0;
    for (size_t i = 0; i < given_.size(); ++i) count += strcmp(given_[i].option->name, name) == 0 ? 1 : 0;
    return count;
}

const char* Arguments::value(const char* name, size_t index) const {
    for (size_t i = 0; i < given_.size(); ++i) {
        if (strcmp(given_[i].option->name, name) == 0 && index-- == 0) return given_[i].value;
    }
    return nullptr;
}

bool Arguments::integer(const char* name, int64_t low, int64_t high, int64_t* number) const {
    const char* text = value(name);
    if (text == nullptr) return true;
    char* end = nullptr;
    errno = 0;
    const bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');  // as ids are written
    const long long parsed = strtoll(text, &end, hexadecimal ? 16 : 10);
    if (end == text || *end != '\0' || errno != 0 || parsed < low || parsed > high) {
        report_error(*this, "%s `%s`: expected a whole number from %lld to %lld", name, text,
                     static_cast<long long>(low), static_cast<long long>(high));
        return false;
    }
    *number = parsed;
    return true;
}

bool Arguments::positive_real(const char* name, double high, double* number) const {
    const char* text = value(name);
    if (text == nullptr) return true;
    char* end = nullptr;
    const double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !(parsed > 0 && parsed <= high)) {
        report_error(*this, "%s `%s`: expected a number above 0, at most %g", name, text, high);
        return false;
    }
    *number = parsed;
    return true;
}

void append_help(const Command& command, Text* out) {
    out->format("tmx %s: %s\n\nUsage: tmx %s", command.name, command.summary, command.name);
    for (size_t i = 0; i < command.positional_count; ++i) out->format(" %s", command.positionals[i]);
    for (size_t i = 0; i < command.option_count; ++i) {
        if (command.options[i].required) out->format(" %s %s", command.options[i].name, command.options[i].value);
    }
    out->format(" [options]\n\n%s\n\nOptions:\n", command.description);
    append_options(command.options, command.option_count, out);
    out->format("\nExit status: 0 ok, 1 failed or differs, 2 wrong usage.\n\nExamples:\n%s\n", command.examples);
}

}  // namespace tmx::tool
