// --config: options from a strict YAML file.
#include <algorithm>
#include <filesystem>

#include "formats/strict_yaml.h"
#include "tool/options.h"
#include "tool/sample_options.h"

namespace tinamix::tool {
namespace {

namespace fs = std::filesystem;
using formats::YamlNode;

/// Paths in a YAML file are meant from where the file lies.
std::string beside(const std::string& file, const std::string& path) {
    return fs::path(path).is_absolute() ? path : (fs::path(file).parent_path() / path).lexically_normal().string();
}

/// "1,2,3" from a scalar or a sequence.
std::string joined(const YamlNode& node, char separator) {
    if (!node.is_sequence()) return node.text();
    std::string text;
    for (const YamlNode& item : node.items()) {
        if (!text.empty()) text += separator;
        text += item.text();
    }
    return text;
}

/// "name=value" for each entry of a mapping; scalars and sequences of scalars as they are.
std::vector<std::string> pairs(const YamlNode& node, const std::string& file, bool paths) {
    const auto single = [&](const std::string& text) {
        if (!paths) return text;
        const auto [name, path] = split_pair(text);
        return name.empty() ? beside(file, path) : name + "=" + beside(file, path);
    };
    std::vector<std::string> values;
    if (node.is_mapping()) {
        for (const auto& [key, value] : node.entries()) {
            values.push_back(key + "=" + (paths ? beside(file, value.text()) : joined(value, 'x')));
        }
    } else if (node.is_sequence()) {
        for (const YamlNode& item : node.items()) values.push_back(single(item.text()));
    } else {
        values.push_back(single(node.text()));
    }
    if (values.empty()) node.fail(node.path() + " is empty");
    return values;
}

std::vector<std::string> values_of(const YamlNode& node, Options::Kind kind, const std::string& file) {
    switch (kind) {
        case Options::Kind::kValue:
            return {node.text()};
        case Options::Kind::kPath:
            return {beside(file, node.text())};
        case Options::Kind::kList:
            return {joined(node, ',')};
        case Options::Kind::kFlag:
            return {node.boolean() ? "true" : "false"};
        case Options::Kind::kPairs:
            return pairs(node, file, false);
        case Options::Kind::kPathPairs:
            return pairs(node, file, true);
    }
    return {};
}

}  // namespace

bool Options::hidden_by_command_line(const Entry& entry) const {
    if (on_command_line(entry)) return true;
    for (const auto& [one, other] : exclusions_) {
        if (entry.name == one && on_command_line(find(other))) return true;
        if (entry.name == other && on_command_line(find(one))) return true;
    }
    return false;
}

void Options::finish(const std::vector<std::string>& other_keys) {
    if (!config_path_.empty()) {
        const YamlNode root = formats::read_yaml(config_path_);
        std::vector<std::string> known = keys();
        for (const std::string& key : other_keys) {
            if (std::find(known.begin(), known.end(), key) == known.end()) known.push_back(key);
        }
        if (!root.is_null()) root.expect_keys(known);
        for (Entry& entry : entries_) {
            if (root.is_null() || entry.key.empty() || !root.has(entry.key) || hidden_by_command_line(entry)) continue;
            const YamlNode node = root.at(entry.key);
            entry.from_config = true;
            if (entry.mapping_setter && (node.is_mapping() || node.is_sequence())) {
                entry.mapping_setter(node);
                entry.value = "as written in " + config_path_;
                continue;
            }
            const std::vector<std::string> values = values_of(node, entry.kind, config_path_);
            try {
                entry.setter(values);
            } catch (const UsageError& error) {
                node.fail("`" + entry.key + "`: " + error.what());
            }
        }
    }
    for (const auto& [one, other] : exclusions_) {
        if (given(one) && given(other)) throw UsageError("", one + " and " + other + " exclude each other");
    }
}

}  // namespace tinamix::tool
