// The one error of the host program: what is wrong, where, and the nearest valid choice.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tinamix {

/// Thrown by every stage on bad input. what() reads "<where>: <what> (<hint>)"; where and hint may be empty.
class Error : public std::runtime_error {
  public:
    Error(const std::string& where, const std::string& what, const std::string& hint = "");

    /// what() without the "<where>: " in front, for lists that name the place themselves.
    const std::string& reason() const { return reason_; }

  private:
    std::string reason_;
};

/// Up to `count` of `choices` closest to `word` by edit distance, nearest first; empty when nothing is near.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& choices, size_t count = 3);

/// "did you mean `a`, `b`?" or "" when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& choices);

}  // namespace tinamix
