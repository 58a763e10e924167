// Writes JSON (RFC 8259) piece by piece: commas, indentation and escaping are its business.
#ifndef TINAMIX_RUNTIME_TOOL_JSON_WRITER_H_
#define TINAMIX_RUNTIME_TOOL_JSON_WRITER_H_

#include <stddef.h>
#include <stdint.h>

#include "tool/text.h"

namespace tmx::tool {

/// Appends to a text. In an object every value is preceded by key(); `member` functions do both.
class JsonWriter {
  public:
    explicit JsonWriter(Text* out) : out_(out) {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }
    void key(const char* name);

    /// Any bytes: what JSON forbids is escaped, and bytes that are not UTF-8 become U+FFFD.
    void string(const char* value);
    void integer(int64_t value);
    void unsigned_integer(uint64_t value);
    /// Nine significant digits, enough to restore any float32. JSON has no NaN or infinity: they become null.
    void real(double value);
    void boolean(bool value);
    /// A list of numbers on one line.
    void integers(const int32_t* values, size_t count);

    void member(const char* name, const char* value) { key(name), string(value); }
    void member_integer(const char* name, int64_t value) { key(name), integer(value); }
    void member_unsigned(const char* name, uint64_t value) { key(name), unsigned_integer(value); }
    void member_real(const char* name, double value) { key(name), real(value); }
    void member_boolean(const char* name, bool value) { key(name), boolean(value); }

  private:
    void begin(char bracket);
    void end(char bracket);
    void separate();
    void escape(const char* text);

    Text* out_;
    int depth_ = 0;
    bool first_ = true;
    bool after_key_ = false;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_JSON_WRITER_H_
