// JSON output; see json_writer.h.
#include "tool/json_writer.h"

#include <string.h>

namespace tmx::tool {
namespace {

/// Length in bytes of the well-formed UTF-8 character at `text` (Unicode 15, table 3-7), or 0.
size_t utf8_length(const unsigned char* text) {
    const unsigned char lead = text[0];
    if (lead < 0x80) return 1;
    size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;  // range of the second byte
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    if (text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < length; ++i) {
        if (text[i] < 0x80 || text[i] > 0xBF) return 0;
    }
    return length;
}

}  // namespace

void JsonWriter::separate() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (!first_) out_->append(',');
    if (depth_ > 0) {
        out_->append('\n');
        out_->repeat(' ', static_cast<size_t>(depth_) * 2);
    }
    first_ = false;
}

void JsonWriter::begin(char bracket) {
    separate();
    out_->append(bracket);
    ++depth_;
    first_ = true;
}

void JsonWriter::end(char bracket) {
    --depth_;
    if (!first_) {
        out_->append('\n');
        out_->repeat(' ', static_cast<size_t>(depth_) * 2);
    }
    out_->append(bracket);
    first_ = false;
    if (depth_ == 0) out_->append('\n');
}

void JsonWriter::escape(const char* text) {
    out_->append('"');
    const unsigned char* c = reinterpret_cast<const unsigned char*>(text);
    while (*c != '\0') {
        if (*c == '"' || *c == '\\') {
            out_->append('\\');
            out_->append(static_cast<char>(*c++));
        } else if (*c == '\n') {
            out_->append("\\n"), ++c;
        } else if (*c == '\t') {
            out_->append("\\t"), ++c;
        } else if (*c < 0x20 || *c == 0x7f) {
            out_->format("\\u%04x", *c++);
        } else if (const size_t length = utf8_length(c)) {
            out_->append(reinterpret_cast<const char*>(c), length);
            c += length;
        } else {
            out_->append("\\ufffd"), ++c;
        }
    }
    out_->append('"');
}

void JsonWriter::key(const char* name) {
    separate();
    escape(name);
    out_->append(": ");
    after_key_ = true;
}

void JsonWriter::string(const char* value) {
    separate();
    escape(value);
}

void JsonWriter::integer(int64_t value) {
    separate();
    out_->format("%lld", static_cast<long long>(value));
}

void JsonWriter::unsigned_integer(uint64_t value) {
    separate();
    out_->format("%llu", static_cast<unsigned long long>(value));
}

void JsonWriter::real(double value) {
    separate();
    if (value - value != 0) {  // NaN or infinite
        out_->append("null");
    } else {
        out_->format("%.9g", value);
    }
}

void JsonWriter::boolean(bool value) {
    separate();
    out_->append(value ? "true" : "false");
}

void JsonWriter::integers(const int32_t* values, size_t count) {
    separate();
    out_->append('[');
    for (size_t i = 0; i < count; ++i) out_->format(i == 0 ? "%ld" : ", %ld", static_cast<long>(values[i]));
    out_->append(']');
}

}  // namespace tmx::tool
