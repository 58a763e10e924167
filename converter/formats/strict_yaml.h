// Reading YAML that people write: every mistake is an Error with file and line. Plain data only: no anchors, aliases,
// tags or second documents; duplicate keys are errors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinamix::formats {

/// One value of a YAML document with its place. Cheap to copy; keeps the document alive.
///
///     YamlNode root = read_yaml("convert.yaml");
///     root.expect_keys({"precision", "mean", "samples"});
///     if (root.has("samples")) samples = root.at("samples").integer(1, 1000000);
///
/// Every getter throws Error("<file>:<line>", "`key` must be a number, not `abc`") when the value has another form.
class YamlNode {
  public:
    enum class Kind { kNull, kScalar, kSequence, kMapping };

    Kind kind() const;
    bool is_mapping() const { return kind() == Kind::kMapping; }
    bool is_sequence() const { return kind() == Kind::kSequence; }
    bool is_scalar() const { return kind() == Kind::kScalar; }
    bool is_null() const { return kind() == Kind::kNull; }

    /// "convert.yaml:12".
    std::string where() const;
    /// "`samples`" or "`layers[3].name`": the way from the root, for messages; "the document" for the root.
    std::string path() const;
    /// Throws Error at this place. For values that have the right form and a wrong meaning.
    [[noreturn]] void fail(const std::string& what, const std::string& hint = "") const;

    /// Mapping: throws unless every key is one of `keys`, naming the nearest.
    void expect_keys(const std::vector<std::string>& keys) const;
    /// Mapping: whether the key is there (with whatever value, also none).
    bool has(std::string_view key) const;
    /// Mapping: the value of `key`; throws when it is missing.
    YamlNode at(std::string_view key) const;
    /// Mapping: keys and values in the order of the file. where() of a value is the line of the value.
    std::vector<std::pair<std::string, YamlNode>> entries() const;

    /// Sequence: its values in order.
    std::vector<YamlNode> items() const;

    /// Scalar: as written, quoted or not. Throws for an empty value (`key:`).
    std::string text() const;
    /// Scalar: whole number in [lowest, highest].
    int64_t integer(int64_t lowest = INT64_MIN, int64_t highest = INT64_MAX) const;
    /// Scalar: finite number.
    double number() const;
    /// Scalar: finite number as float, nearest to the decimal text.
    float real() const;
    /// Scalar: true or false.
    bool boolean() const;
    /// Sequence of numbers, or a single number (a list of one).
    std::vector<float> reals() const;

  private:
    struct Document;
    struct Data;
    friend YamlNode parse_yaml(std::string_view text, const std::string& name);
    friend class YamlBuilder;
    YamlNode(std::shared_ptr<const Document> document, const Data* data)
        : document_(std::move(document)), data_(data) {}
    const Data& expect(Kind kind, std::string_view what) const;
    std::string shown() const;

    std::shared_ptr<const Document> document_;
    const Data* data_;
};

/// Throws Error with file and line for syntax errors. An empty document is a node of Kind::kNull.
YamlNode read_yaml(const std::string& path);
/// `name` stands for the file in messages.
YamlNode parse_yaml(std::string_view text, const std::string& name);

/// `text` as a YAML scalar or key: plain where that is safe, else in double quotes.
std::string yaml_quoted(std::string_view text);

}  // namespace tinamix::formats
