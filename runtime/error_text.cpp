#include "error_text.h"

#include <stdio.h>
#include <string.h>

namespace tmx::runtime {
namespace {

// __thread instead of thread_local: no initialisation function, nothing for the C++ runtime to register.
__thread ErrorText this_threads_error;

}  // namespace

ErrorText& thread_error() { return this_threads_error; }

void ErrorText::append_list(const char* format, va_list arguments) {
    const size_t used = strlen(text);
    vsnprintf(text + used, sizeof(text) - used, format, arguments);
    for (char* c = text + used; *c != '\0'; ++c) {
        if (static_cast<unsigned char>(*c) < 0x20 || *c == 0x7F) *c = '?';
    }
}

void ErrorText::append(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append_list(format, arguments);
    va_end(arguments);
}

tmx_status ErrorText::set(tmx_status status, const char* format, ...) {
    clear();
    va_list arguments;
    va_start(arguments, format);
    append_list(format, arguments);
    va_end(arguments);
    return status;
}

}  // namespace tmx::runtime
