// Growing text and memory; see text.h.
#include "tool/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace tmx::tool {

void* reallocate(void* memory, size_t count, size_t element_bytes) {
    if (element_bytes == 0 || count <= SIZE_MAX / element_bytes) {
        void* grown = realloc(memory, count * element_bytes == 0 ? 1 : count * element_bytes);
        if (grown != nullptr) return grown;
    }
    fputs("tmx: out of memory\n", stderr);
    exit(1);
}

void free_memory(void* memory) { free(memory); }

void Text::reserve(size_t size) {
    if (size < capacity_) return;
    const size_t capacity = size + 1 > 2 * capacity_ ? size + 1 : 2 * capacity_;
    data_ = static_cast<char*>(reallocate(data_, capacity, 1));
    capacity_ = capacity;
}

void Text::truncate(size_t size) {
    if (size >= size_) return;
    size_ = size;
    data_[size_] = '\0';
}

void Text::append(const char* text) { append(text, strlen(text)); }

void Text::append(const char* text, size_t size) {
    reserve(size_ + size);
    memcpy(data_ + size_, text, size);
    size_ += size;
    data_[size_] = '\0';
}

void Text::repeat(char c, size_t count) {
    reserve(size_ + count);
    memset(data_ + size_, c, count);
    size_ += count;
    data_[size_] = '\0';
}

void Text::format(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    reserve(size_ + static_cast<size_t>(length));
    va_start(arguments, format);
    vsnprintf(data_ + size_, static_cast<size_t>(length) + 1, format, arguments);
    va_end(arguments);
    size_ += static_cast<size_t>(length);
}

void Text::append_printable(const char* text) {
    for (; *text != '\0'; ++text) {
        const unsigned char c = static_cast<unsigned char>(*text);
        append(c < 0x20 || c == 0x7f ? '?' : *text);
    }
}

size_t display_width(const char* text, size_t size) {
    size_t width = 0;
    for (size_t i = 0; i < size; ++i) width += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    return width;
}

}  // namespace tmx::tool
