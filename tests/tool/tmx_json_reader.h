// A strict JSON reader (RFC 8259) for the tests: board builds have no JSON library, and a lenient one would prove less.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmx::tool {

struct Json {
    enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
    Kind kind = Kind::kNull;
    bool boolean = false;
    double number = 0;
    std::string string;
    std::vector<Json> items;
    std::map<std::string, Json> members;  ///< keys are unique

    bool has(const std::string& key) const { return members.count(key) != 0; }
    /// Null where there is no such member.
    const Json& operator[](const std::string& key) const;
    const Json& operator[](size_t index) const { return items.at(index); }
    size_t size() const { return items.size(); }
};

/// Nothing when `text` is not exactly one JSON value in well-formed UTF-8, or an object repeats a key.
std::optional<Json> read_json(std::string_view text);

}  // namespace tmx::tool
