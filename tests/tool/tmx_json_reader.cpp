// Strict JSON for tests; see tmx_json_reader.h.
#include "tmx_json_reader.h"

#include <cstdlib>

namespace tmx::tool {
namespace {

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::optional<Json> read() {
        Json value;
        if (!read_value(&value, 0)) return std::nullopt;
        skip_spaces();
        if (position_ != text_.size()) return std::nullopt;
        return value;
    }

  private:
    char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
    void skip_spaces() {
        while (position_ < text_.size() && std::string_view(" \t\r\n").find(text_[position_]) != text_.npos) {
            ++position_;
        }
    }
    bool take(char c) {
        skip_spaces();
        if (peek() != c || position_ == text_.size()) return false;
        ++position_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (text_.substr(position_, word.size()) != word) return false;
        position_ += word.size();
        return true;
    }
    bool digits() {
        const size_t begin = position_;
        while (peek() >= '0' && peek() <= '9') ++position_;
        return position_ > begin;
    }
    bool read_number(Json* value) {
        const size_t begin = position_;
        if (peek() == '-') ++position_;
        if (peek() == '0') {
            ++position_;
        } else if (!digits()) {
            return false;
        }
        if (peek() == '.') {
            ++position_;
            if (!digits()) return false;
        }
        if (peek() == 'e' || peek() == 'E') {
            ++position_;
            if (peek() == '+' || peek() == '-') ++position_;
            if (!digits()) return false;
        }
        value->kind = Json::Kind::kNumber;
        value->number = std::strtod(std::string(text_.substr(begin, position_ - begin)).c_str(), nullptr);
        return true;
    }
    bool read_escape(std::string* out) {
        const char c = peek();
        ++position_;
        const size_t found = std::string_view("\"\\/bfnrt").find(c);
        if (c != '\0' && found != std::string_view::npos) {
            *out += "\"\\/\b\f\n\r\t"[found];
            return true;
        }
        if (c != 'u' || position_ + 4 > text_.size()) return false;
        unsigned code = 0;
        for (int i = 0; i < 4; ++i) {
            const size_t digit = std::string_view("0123456789abcdef").find(text_[position_++]);
            if (digit == std::string_view::npos) return false;
            code = code * 16 + static_cast<unsigned>(digit);
        }
        if (code >= 0xD800 && code < 0xE000) return false;  // tmx writes no surrogates
        if (code < 0x80) {
            *out += static_cast<char>(code);
        } else if (code < 0x800) {
            *out += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
        } else {
            *out += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
                     static_cast<char>(0x80 | (code & 63))};
        }
        return true;
    }
    /// One well-formed character of more than one byte.
    bool read_multibyte(std::string* out) {
        const auto byte = [this](size_t i) {
            return position_ + i < text_.size() ? static_cast<unsigned char>(text_[position_ + i]) : 0U;
        };
        const unsigned lead = byte(0);
        const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        unsigned code = lead & (0xFFU >> (length + 1));
        if (lead < 0xC2 || lead > 0xF4) return false;
        for (size_t i = 1; i < length; ++i) {
            if ((byte(i) & 0xC0) != 0x80) return false;
            code = code << 6 | (byte(i) & 63);
        }
        const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
        out->append(text_.substr(position_, length));
        position_ += length;
        return true;
    }
    bool read_string(std::string* out) {
        if (!take('"')) return false;
        while (position_ < text_.size() && text_[position_] != '"') {
            const unsigned char c = static_cast<unsigned char>(text_[position_]);
            if (c < 0x20) return false;
            if (c == '\\') {
                ++position_;
                if (!read_escape(out)) return false;
            } else if (c < 0x80) {
                *out += text_[position_++];
            } else if (!read_multibyte(out)) {
                return false;
            }
        }
        return take('"');
    }
    bool read_array(Json* value, int depth) {
        value->kind = Json::Kind::kArray;
        if (take(']')) return true;
        do {
            if (!read_value(&value->items.emplace_back(), depth + 1)) return false;
        } while (take(','));
        return take(']');
    }
    bool read_object(Json* value, int depth) {
        value->kind = Json::Kind::kObject;
        if (take('}')) return true;
        do {
            std::string key;
            if (!read_string(&key) || !take(':') || value->members.count(key) != 0) return false;
            if (!read_value(&value->members[key], depth + 1)) return false;
        } while (take(','));
        return take('}');
    }
    bool read_value(Json* value, int depth) {
        skip_spaces();
        if (depth > 100) return false;
        if (take('[')) return read_array(value, depth);
        if (take('{')) return read_object(value, depth);
        if (peek() == '"') {
            value->kind = Json::Kind::kString;
            return read_string(&value->string);
        }
        if (take_word("null")) return true;
        if (peek() == 't' || peek() == 'f') {
            value->kind = Json::Kind::kBoolean;
            value->boolean = peek() == 't';
            return take_word(value->boolean ? "true" : "false");
        }
        return read_number(value);
    }

    std::string_view text_;
    size_t position_ = 0;
};

}  // namespace

const Json& Json::operator[](const std::string& key) const {
    static const Json kNothing;
    const auto found = members.find(key);
    return found == members.end() ? kNothing : found->second;
}

std::optional<Json> read_json(std::string_view text) { return Reader(text).read(); }

}  // namespace tmx::tool
