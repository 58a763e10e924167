// A tree of plain data built from yaml-cpp's parser events, and getters that say what is wrong and where.
#include "formats/strict_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <map>
#include <sstream>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"

namespace tinamix::formats {
namespace {

std::string_view kind_name(YamlNode::Kind kind) {
    switch (kind) {
        case YamlNode::Kind::kNull:
            return "empty";
        case YamlNode::Kind::kScalar:
            return "a single value";
        case YamlNode::Kind::kSequence:
            return "a list";
        case YamlNode::Kind::kMapping:
            return "a mapping (key: value)";
    }
    return "";
}

std::string place(const std::string& file, int line) { return file + ":" + std::to_string(line + 1); }

}  // namespace

struct YamlNode::Data {
    Kind kind = Kind::kNull;
    std::string scalar;
    std::string path;
    int line = 0;
    std::vector<std::pair<std::string, const Data*>> entries;  // mapping
    std::vector<const Data*> items;                            // sequence
};

struct YamlNode::Document {
    std::string name;
    std::deque<Data> nodes;  // addresses stay valid while the tree grows
};

/// Builds the tree from parser events.
class YamlBuilder : public YAML::EventHandler {
  public:
    explicit YamlBuilder(std::string name) : document_(std::make_shared<YamlNode::Document>()) {
        document_->name = std::move(name);
    }

    YamlNode root() {
        if (root_ == nullptr) root_ = &document_->nodes.emplace_back();
        return YamlNode(document_, root_);
    }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        reject_anchor(mark, anchor);
        if (expects_key()) fail(mark, "a key is empty", "quote it if the name is really `null` or `~`");
        add(mark, YamlNode::Kind::kNull);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        fail(mark, "aliases (*name) are not allowed here", "quote a name that begins with `*`");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        reject_anchor(mark, anchor);
        reject_tag(mark, tag);
        if (expects_key()) {
            for (const auto& [key, node] : open_.back().node->entries)
                if (key == value)
                    fail(mark, "key `" + value + "` stands twice",
                         "first in line " + std::to_string(open_.back().key_lines.at(key) + 1));
            open_.back().key_lines[value] = mark.line;
            open_.back().key = value;
            open_.back().has_key = true;
            return;
        }
        add(mark, YamlNode::Kind::kScalar)->scalar = value;
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::kSequence);
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::kMapping);
    }
    void OnMapEnd() override { open_.pop_back(); }

    [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what, const std::string& hint = "") const {
        throw Error(place(document_->name, mark.line), what, hint);
    }

  private:
    struct Open {
        YamlNode::Data* node;
        bool has_key = false;
        std::string key;
        std::map<std::string, int> key_lines;
    };

    bool expects_key() const {
        return !open_.empty() && open_.back().node->kind == YamlNode::Kind::kMapping && !open_.back().has_key;
    }
    void reject_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
        if (anchor != 0) fail(mark, "anchors (&name) are not allowed here", "quote a text that begins with `&`");
    }
    // yaml-cpp marks plain scalars and collections with "?" (or nothing) and quoted scalars with "!".
    void reject_tag(const YAML::Mark& mark, const std::string& tag) const {
        if (!tag.empty() && tag != "?" && tag != "!")
            fail(mark, "tags (" + tag + ") are not allowed here", "quote a text that begins with `!`");
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
        reject_anchor(mark, anchor);
        reject_tag(mark, tag);
        if (expects_key()) fail(mark, "a key must be a single value, not " + std::string(kind_name(kind)));
        open_.push_back({add(mark, kind), false, {}, {}});
    }
    YamlNode::Data* add(const YAML::Mark& mark, YamlNode::Kind kind) {
        YamlNode::Data* node = &document_->nodes.emplace_back();
        node->kind = kind;
        node->line = mark.line;
        if (open_.empty()) {
            root_ = node;
            return node;
        }
        Open& parent = open_.back();
        if (parent.node->kind == YamlNode::Kind::kMapping) {
            // Nothing has no place of its own; the parser reports it where the next key begins.
            if (kind == YamlNode::Kind::kNull) node->line = parent.key_lines.at(parent.key);
            node->path = parent.node->path.empty() ? parent.key : parent.node->path + "." + parent.key;
            parent.node->entries.emplace_back(parent.key, node);
            parent.has_key = false;
        } else {
            node->path = parent.node->path + "[" + std::to_string(parent.node->items.size()) + "]";
            parent.node->items.push_back(node);
        }
        return node;
    }

    std::shared_ptr<YamlNode::Document> document_;
    YamlNode::Data* root_ = nullptr;
    std::vector<Open> open_;
};

YamlNode parse_yaml(std::string_view text, const std::string& name) {
    YamlBuilder builder(name);
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        YamlBuilder rest(name);
        if (parser.HandleNextDocument(rest)) throw Error(name, "a second document (---) is not allowed");
    } catch (const YAML::Exception& error) {
        const bool alias =
            error.msg.find("alias") != std::string::npos || error.msg.find("anchor") != std::string::npos;
        throw Error(error.mark.is_null() ? name : place(name, error.mark.line), "not valid YAML: " + error.msg,
                    alias ? "quote a name that begins with `*` or `&`" : "");
    }
    return builder.root();
}

YamlNode read_yaml(const std::string& path) { return parse_yaml(read_file(path), path); }

YamlNode::Kind YamlNode::kind() const { return data_->kind; }
std::string YamlNode::where() const { return place(document_->name, data_->line); }
std::string YamlNode::path() const { return data_->path.empty() ? "the document" : "`" + data_->path + "`"; }
void YamlNode::fail(const std::string& what, const std::string& hint) const { throw Error(where(), what, hint); }

std::string YamlNode::shown() const {
    constexpr size_t kLongest = 60;
    if (data_->kind != Kind::kScalar) return std::string(kind_name(data_->kind));
    return "`" + (data_->scalar.size() <= kLongest ? data_->scalar : data_->scalar.substr(0, kLongest) + "...") + "`";
}

const YamlNode::Data& YamlNode::expect(Kind kind, std::string_view what) const {
    if (data_->kind != kind) {
        const std::string found = data_->kind == Kind::kNull ? path() + " is empty" : "";
        fail(found.empty() ? path() + " must be " + std::string(what) + ", not " + shown()
                           : found + ": it must be " + std::string(what));
    }
    return *data_;
}

void YamlNode::expect_keys(const std::vector<std::string>& keys) const {
    for (const auto& [key, node] : expect(Kind::kMapping, kind_name(Kind::kMapping)).entries) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        std::string hint = did_you_mean(key, keys);
        if (hint.empty()) {
            for (const std::string& known : keys) hint += (hint.empty() ? "known keys: `" : ", `") + known + "`";
        }
        YamlNode(document_, node).fail("unknown key `" + key + "`", hint);
    }
}

bool YamlNode::has(std::string_view key) const {
    const auto& entries = expect(Kind::kMapping, kind_name(Kind::kMapping)).entries;
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == key; });
}

YamlNode YamlNode::at(std::string_view key) const {
    std::vector<std::string> present;
    for (const auto& [name, node] : expect(Kind::kMapping, kind_name(Kind::kMapping)).entries) {
        if (name == key) return YamlNode(document_, node);
        present.push_back(name);
    }
    const std::string in = data_->path.empty() ? "" : " in " + path();
    fail("key `" + std::string(key) + "` is missing" + in);
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::entries() const {
    std::vector<std::pair<std::string, YamlNode>> result;
    for (const auto& [key, node] : expect(Kind::kMapping, kind_name(Kind::kMapping)).entries)
        result.emplace_back(key, YamlNode(document_, node));
    return result;
}

std::vector<YamlNode> YamlNode::items() const {
    std::vector<YamlNode> result;
    for (const Data* item : expect(Kind::kSequence, kind_name(Kind::kSequence)).items)
        result.push_back(YamlNode(document_, item));
    return result;
}

std::string YamlNode::text() const { return expect(Kind::kScalar, "a text").scalar; }

int64_t YamlNode::integer(int64_t lowest, int64_t highest) const {
    const std::string& text = expect(Kind::kScalar, "a whole number").scalar;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
        fail(path() + " must be a whole number, not " + shown());
    if (error == std::errc::result_out_of_range || value < lowest || value > highest)
        fail(path() + " is " + shown() + ", outside " + std::to_string(lowest) + " to " + std::to_string(highest));
    return value;
}

namespace {

/// The whole of `text` as a finite number of type T.
template <typename T>
bool parse_finite(const std::string& text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

}  // namespace

double YamlNode::number() const {
    double value = 0;
    if (!parse_finite(expect(Kind::kScalar, "a number").scalar, value))
        fail(path() + " must be a finite number, not " + shown());
    return value;
}

float YamlNode::real() const {
    float value = 0;
    if (!parse_finite(expect(Kind::kScalar, "a number").scalar, value))
        fail(path() + " must be a finite number, not " + shown());
    return value;
}

bool YamlNode::boolean() const {
    const std::string& text = expect(Kind::kScalar, "true or false").scalar;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    fail(path() + " must be true or false, not " + shown());
}

std::vector<float> YamlNode::reals() const {
    if (data_->kind == Kind::kScalar) return {real()};
    std::vector<float> values;
    for (const YamlNode& item : items()) values.push_back(item.real());
    return values;
}

std::string yaml_quoted(std::string_view text) {
    constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    const bool safe = text.find_first_not_of(kSafe) == std::string_view::npos && !text.empty() && text.front() != '-' &&
                      text != "null" && text != "Null" && text != "NULL" && text != "...";
    if (safe) return std::string(text);
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string quoted = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (code < 0x20 || code == 0x7f) {
            quoted += "\\x";
            quoted += kHex[code >> 4];
            quoted += kHex[code & 15];
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

}  // namespace tinamix::formats
