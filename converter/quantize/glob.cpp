// Patterns for layer names. ONNX names are full of slashes, so * crosses them, unlike in a shell.
#include <optional>
#include <string_view>

#include "quantize/plan.h"

namespace tinamix::quantize {

namespace {

/// Index behind the ] of the set that begins at `open`, or npos: then the [ stands for itself. A ] right at the
/// beginning is a member.
size_t end_of_set(std::string_view pattern, size_t open) {
    size_t at = open + 1;
    if (at < pattern.size() && pattern[at] == '!') ++at;
    const size_t close = pattern.find(']', at + 1);
    return close == std::string_view::npos ? close : close + 1;
}

bool set_contains(std::string_view members, char c) {
    const auto code = [](char member) { return static_cast<unsigned char>(member); };
    for (size_t i = 0; i < members.size(); ++i) {
        if (i + 2 < members.size() && members[i + 1] == '-') {
            if (code(members[i]) <= code(c) && code(c) <= code(members[i + 2])) return true;
            i += 2;
        } else if (members[i] == c) {
            return true;
        }
    }
    return false;
}

/// Length of the pattern element at `at` if it matches the character `c`; nothing if it does not. Not for *.
std::optional<size_t> match_one(std::string_view pattern, size_t at, char c) {
    const auto when = [](bool matches, size_t length) {
        return matches ? std::optional<size_t>(length) : std::nullopt;
    };
    if (pattern[at] == '?') return 1;
    if (pattern[at] == '\\' && at + 1 < pattern.size()) return when(pattern[at + 1] == c, 2);
    if (pattern[at] == '[') {
        const size_t end = end_of_set(pattern, at);
        if (end != std::string_view::npos) {
            const bool inverted = pattern[at + 1] == '!';
            const size_t first = at + (inverted ? 2 : 1);
            return when(set_contains(pattern.substr(first, end - 1 - first), c) != inverted, end - at);
        }
    }
    return when(pattern[at] == c, 1);
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
    // Only the last * ever has to be retried with one character more.
    size_t at = 0, position = 0;
    size_t star = std::string_view::npos, star_position = 0;
    while (position < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            star_position = position;
            continue;
        }
        if (at < pattern.size()) {
            if (const auto length = match_one(pattern, at, text[position])) {
                at += *length;
                ++position;
                continue;
            }
        }
        if (star == std::string_view::npos) return false;
        at = star + 1;
        position = ++star_position;
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

}  // namespace tinamix::quantize
