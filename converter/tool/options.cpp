// Declaring options and reading their values; the YAML side is in config_file.cpp.
#include "tool/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace tinamix::tool {
namespace {

/// "--calibration-method" of "-m,--calibration-method"; a positional name stays as it is.
std::string long_name(const std::string& declaration) {
    const size_t at = declaration.find("--");
    return at == std::string::npos ? declaration : declaration.substr(at);
}

/// Empty for positional arguments other than the model: they differ from call to call.
std::string yaml_key(const std::string& name) {
    if (!name.starts_with("--") && name != "MODEL") return "";
    std::string key = name.starts_with("--") ? name.substr(2) : name;
    for (char& c : key) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return key;
}

}  // namespace

void Options::add(const std::string& name, Kind kind, const std::string& value_name, const std::string& help,
                  Setter setter) {
    Entry& entry = entries_.emplace_back();
    entry.name = long_name(name);
    entry.key = yaml_key(entry.name);
    entry.kind = kind;
    entry.setter = [&entry, set = std::move(setter)](const std::vector<std::string>& values) {
        set(values);
        entry.value = fmt::format("{}", fmt::join(values, " "));
    };
    const auto callback = [&entry](const CLI::results_t& values) {
        try {
            entry.setter(values);
        } catch (const UsageError& error) {
            throw UsageError(entry.name, error.what());
        }
        return true;
    };
    if (kind == Kind::kFlag) {
        entry.option = app_.add_flag_callback(
            name, [&entry] { entry.setter({"true"}); }, help);
    } else {
        entry.option = app_.add_option(name, callback, help);
        entry.option->option_text(name.starts_with("-") ? value_name : "");
        if (kind == Kind::kPairs || kind == Kind::kPathPairs) {
            entry.option->expected(1, CLI::detail::expected_max_vector_size);
            entry.option->allow_extra_args(false);
            entry.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
    }
    if (name.starts_with("-")) entry.option->group(group_);
}

void Options::text(const std::string& name, std::string& target, const std::string& value_name,
                   const std::string& help) {
    add(name, Kind::kValue, value_name, help, [&target](const auto& values) { target = values.front(); });
}

void Options::path(const std::string& name, std::string& target, const std::string& value_name,
                   const std::string& help) {
    add(name, Kind::kPath, value_name, help, [&target](const auto& values) {
        if (values.front().empty()) throw UsageError("", "the path is empty");
        target = values.front();
    });
}

void Options::integer(const std::string& name, int& target, int low, int high, const std::string& help) {
    add(name, Kind::kValue, "N", help, [&target, low, high](const auto& values) {
        const std::string& text = values.front();
        int value = 0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (code != std::errc() || end != text.data() + text.size() || value < low || value > high) {
            throw UsageError("", fmt::format("`{}` is not a whole number in {}..{}", text, low, high));
        }
        target = value;
    });
}

void Options::number(const std::string& name, std::optional<double>& target, double low, double high,
                     const std::string& help) {
    add(name, Kind::kValue, "X", help, [&target, low, high](const auto& values) {
        const std::string& text = values.front();
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !(value >= low && value <= high)) {
            throw UsageError("", fmt::format("`{}` is not a number in {}..{}", text, low, high));
        }
        target = value;
    });
}

void Options::choice(const std::string& name, std::string& target, const std::vector<std::string>& choices,
                     const std::string& help) {
    add(name, Kind::kValue, fmt::format("{}", fmt::join(choices, "|")), help, [&target, choices](const auto& values) {
        for (const std::string& choice : choices) {
            if (choice == values.front()) {
                target = choice;
                return;
            }
        }
        const std::string near = did_you_mean(values.front(), choices);
        throw UsageError("", fmt::format("unknown value `{}`", values.front()),
                         near.empty() ? fmt::format("one of {}", fmt::join(choices, ", ")) : near);
    });
}

void Options::flag(const std::string& name, bool& target, const std::string& help) {
    add(name, Kind::kFlag, "", help, [&target](const auto& values) { target = values.front() == "true"; });
}

void Options::config() {
    CLI::Option* option = app_.add_option("--config", config_path_,
                                          "options from a YAML file: names with underscores, paths relative to the "
                                          "file; the command line wins; one file may serve several commands");
    option->option_text("FILE.yaml");
    option->group(group_);
}

void Options::accept_mapping(const std::string& name, MappingSetter setter) {
    const_cast<Entry&>(find(name)).mapping_setter = std::move(setter);
}

const Options::Entry& Options::find(const std::string& name) const {
    for (const Entry& entry : entries_) {
        if (entry.name == name) return entry;
    }
    throw std::logic_error("no option " + name);
}

bool Options::on_command_line(const Entry& entry) { return entry.option->count() > 0; }

bool Options::given(const std::string& name) const {
    const Entry& entry = find(name);
    return entry.from_config || on_command_line(entry);
}

std::vector<std::pair<std::string, std::string>> Options::given_values() const {
    std::vector<std::pair<std::string, std::string>> values;
    for (const Entry& entry : entries_) {
        if (entry.from_config || on_command_line(entry)) values.emplace_back(entry.name, entry.value);
    }
    return values;
}

void Options::require(const std::string& name) const {
    if (given(name)) return;
    throw UsageError("", fmt::format("{} is missing", name),
                     fmt::format("`tinamix {} --help` shows what is needed", app_.get_name()));
}

std::vector<std::string> Options::names() const {
    std::vector<std::string> names{"--help"};
    for (const Entry& entry : entries_) {
        if (entry.name.starts_with("--")) names.push_back(entry.name);
    }
    if (app_.get_option_no_throw("--config") != nullptr) names.push_back("--config");
    return names;
}

std::vector<std::string> Options::keys() const {
    std::vector<std::string> keys;
    for (const Entry& entry : entries_) {
        if (!entry.key.empty()) keys.push_back(entry.key);
    }
    return keys;
}

}  // namespace tinamix::tool
