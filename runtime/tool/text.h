// Memory of the tmx program without the C++ library: a growing text and a growing array of plain values.
// Where memory runs out the program says so and exits with status 1; nothing is written half.
#ifndef TINAMIX_RUNTIME_TOOL_TEXT_H_
#define TINAMIX_RUNTIME_TOOL_TEXT_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::tool {

/// realloc that never returns null: prints "out of memory" and exits with status 1 instead.
void* reallocate(void* memory, size_t count, size_t element_bytes);

/// `size` elements of a trivially copyable T, zero where never written. Owns its memory.
template <typename T>
class Array {
  public:
    Array() = default;
    ~Array() { release(data_); }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    void resize(size_t size) {
        if (size > capacity_) {
            const size_t capacity = size > 2 * capacity_ ? size : 2 * capacity_;
            data_ = static_cast<T*>(reallocate(data_, capacity, sizeof(T)));
            capacity_ = capacity;
        }
        for (size_t i = size_; i < size; ++i) data_[i] = T{};
        size_ = size;
    }
    void push(const T& value) {
        const T copy = value;
        resize(size_ + 1);
        data_[size_ - 1] = copy;
    }
    T* data() { return data_; }
    const T* data() const { return data_; }
    size_t size() const { return size_; }
    T& operator[](size_t i) { return data_[i]; }
    const T& operator[](size_t i) const { return data_[i]; }

  private:
    static void release(void* memory);

    T* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

/// free(), out of line so that this header needs no <stdlib.h>.
void free_memory(void* memory);

template <typename T>
void Array<T>::release(void* memory) {
    free_memory(memory);
}

/// A growing, always terminated text.
class Text {
  public:
    Text() = default;
    ~Text() { free_memory(data_); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    const char* c_str() const { return data_ == nullptr ? "" : data_; }
    size_t size() const { return size_; }
    void clear() { truncate(0); }
    void truncate(size_t size);

    void append(char c) { append(&c, 1); }
    void append(const char* text);
    void append(const char* text, size_t size);
    void repeat(char c, size_t count);
    /// printf into the text.
    void format(const char* format, ...) __attribute__((format(printf, 2, 3)));
    /// `text` for a terminal: control characters, which could move its cursor or forge lines, become '?'.
    void append_printable(const char* text);

  private:
    void reserve(size_t size);

    char* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

/// Number of characters (code points) of UTF-8 text: its width in a terminal, near enough.
size_t display_width(const char* text, size_t size);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_TEXT_H_
