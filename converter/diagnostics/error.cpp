// The text of an Error, and the search for the choice a user probably meant.
#include "diagnostics/error.h"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace tinamix {
namespace {

std::string error_text(const std::string& where, const std::string& what, const std::string& hint) {
    std::string text;
    if (!where.empty()) text += where + ": ";
    text += what;
    if (!hint.empty()) text += " (" + hint + ")";
    return text;
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the table are enough: a swap looks two rows back.
    std::vector<size_t> before_previous(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t substitute = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({substitute, previous[j] + 1, current[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before_previous[j - 2] + 1);
        }
        std::swap(before_previous, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

/// Words closer than this are called near: about one typing error in three letters, at least one. Nothing is near
/// nothing.
size_t near_limit(std::string_view word) { return word.empty() ? 0 : std::max<size_t>(1, word.size() / 3); }

/// Shorter words occur inside too many names to mean anything.
constexpr size_t kShortestPart = 3;

}  // namespace

Error::Error(const std::string& where, const std::string& what, const std::string& hint)
    : std::runtime_error(error_text(where, what, hint)), reason_(error_text("", what, hint)) {}

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& choices, size_t count) {
    // Rank: close spellings first, then names that contain the word (users write the end of a long layer name).
    using Rank = std::tuple<bool, size_t, size_t, size_t>;
    std::vector<std::pair<Rank, const std::string*>> ranked;
    const std::string wanted = lower_case(word);
    for (size_t i = 0; i < choices.size(); ++i) {
        const std::string choice = lower_case(choices[i]);
        const size_t longer = std::max(wanted.size(), choice.size());
        const size_t limit = near_limit(wanted);
        const size_t length_difference = longer - std::min(wanted.size(), choice.size());
        const bool contained = wanted.size() >= kShortestPart && choice.find(wanted) != std::string::npos;
        if (length_difference > limit && !contained) continue;
        const size_t distance = edit_distance(wanted, choice);
        const bool close = distance <= limit;
        if (close || contained)
            ranked.push_back({Rank{!close, distance, edit_distance(word, choices[i]), i}, &choices[i]});
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::string> result;
    for (const auto& [rank, choice] : ranked) {
        if (result.size() == count) break;
        if (std::find(result.begin(), result.end(), *choice) == result.end()) result.push_back(*choice);
    }
    return result;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& choices) {
    std::string text;
    for (const std::string& choice : nearest(word, choices)) text += (text.empty() ? "`" : ", `") + choice + "`";
    return text.empty() ? "" : "did you mean " + text + "?";
}

}  // namespace tinamix
