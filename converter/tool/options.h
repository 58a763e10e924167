// The options of one subcommand: each is declared once and can then stand on the command line (--calibration-method)
// or in a YAML file (calibration_method:), checked by the same code, with the command line winning.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diagnostics/error.h"
#include "formats/strict_yaml.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11, whose headers are large
class App;
class Option;
}  // namespace CLI

namespace tinamix::tool {

/// Wrong use of the program (unknown option, value out of range, missing argument): exit status 2.
class UsageError : public Error {
  public:
    using Error::Error;
};

class Options {
  public:
    /// How the value of an option is written in YAML.
    enum class Kind {
        kValue,      ///< scalar
        kPath,       ///< scalar; relative to the YAML file
        kList,       ///< scalar "1,2,3" or a sequence
        kFlag,       ///< true or false
        kPairs,      ///< repeatable "name=value"; in YAML a mapping, a scalar or a sequence of scalars
        kPathPairs,  ///< the same with paths as values
    };
    /// Receives every value given. Throws UsageError; the message is completed with option or file and line.
    using Setter = std::function<void(const std::vector<std::string>&)>;

    explicit Options(CLI::App& app) : app_(app) {}
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;

    /// Heading under which the following options are listed by --help.
    void group(std::string heading) { group_ = std::move(heading); }

    /// `name` is "--samples", "-o,--output" or, for a positional argument, "MODEL" (YAML key: model).
    void add(const std::string& name, Kind kind, const std::string& value_name, const std::string& help, Setter setter);
    void text(const std::string& name, std::string& target, const std::string& value_name, const std::string& help);
    void path(const std::string& name, std::string& target, const std::string& value_name, const std::string& help);
    /// Integer in [low, high].
    void integer(const std::string& name, int& target, int low, int high, const std::string& help);
    void number(const std::string& name, std::optional<double>& target, double low, double high,
                const std::string& help);
    /// One of `choices`, otherwise an error with the nearest.
    void choice(const std::string& name, std::string& target, const std::vector<std::string>& choices,
                const std::string& help);
    void flag(const std::string& name, bool& target, const std::string& help);
    /// --config FILE.yaml, read by finish().
    void config();

    /// An option that may also stand in YAML as a mapping or a sequence of its own (layers:).
    using MappingSetter = std::function<void(const formats::YamlNode&)>;
    void accept_mapping(const std::string& name, MappingSetter setter);

    /// After parsing: reads the file of --config, if one is given, sets every option that the command line has not
    /// set, and checks exclusions. One file may serve several commands: `other_keys` are the keys of the others, left
    /// alone here. Throws Error with file, line and the nearest key for anything else; UsageError for exclusions.
    void finish(const std::vector<std::string>& other_keys);

    /// Given on the command line or in the YAML file.
    bool given(const std::string& name) const;
    /// What was given, on the command line or in the YAML file: names and values as they were written there.
    std::vector<std::pair<std::string, std::string>> given_values() const;
    /// Throws UsageError unless given.
    void require(const std::string& name) const;
    /// The two contradict each other: one on the command line hides the other of the YAML file; otherwise finish()
    /// throws.
    void exclude(const std::string& one, const std::string& other) { exclusions_.emplace_back(one, other); }
    /// Long names with dashes, for suggestions.
    std::vector<std::string> names() const;
    /// Names in YAML.
    std::vector<std::string> keys() const;

  private:
    struct Entry {
        std::string name;  ///< "--samples" or "MODEL"
        std::string key;   ///< "samples", "model"
        Kind kind;
        Setter setter;
        MappingSetter mapping_setter;
        CLI::Option* option = nullptr;
        bool from_config = false;
        std::string value;  ///< as given
    };
    const Entry& find(const std::string& name) const;
    static bool on_command_line(const Entry& entry);
    bool hidden_by_command_line(const Entry& entry) const;

    CLI::App& app_;
    std::string group_ = "Options";
    std::string config_path_;
    std::deque<Entry> entries_;
    std::vector<std::pair<std::string, std::string>> exclusions_;
};

}  // namespace tinamix::tool
