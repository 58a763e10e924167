// The text of the last failure: a fixed buffer, so that failing never allocates.
#ifndef TINAMIX_RUNTIME_ERROR_TEXT_H_
#define TINAMIX_RUNTIME_ERROR_TEXT_H_

#include <stdarg.h>

#include "tinamix.h"

#if defined(__GNUC__)
#define TMX_PRINTF_METHOD(text, first) __attribute__((format(printf, text, first)))
#else
#define TMX_PRINTF_METHOD(text, first)
#endif

/// Leaves the calling function with the status of `expression` unless it is TMX_OK.
#define TMX_RETURN_IF_ERROR(expression)                                \
    do {                                                               \
        const tmx_status tmx_returned_status = (expression);           \
        if (tmx_returned_status != TMX_OK) return tmx_returned_status; \
    } while (0)

namespace tmx::runtime {

struct ErrorText {
    char text[320];

    /// Replaces the text (printf rules, cut at the buffer's end; control characters, which names from a hostile file
    /// may carry, become '?') and returns `status`.
    tmx_status set(tmx_status status, const char* format, ...) TMX_PRINTF_METHOD(3, 4);
    /// Adds to the text, by the same rules.
    void append(const char* format, ...) TMX_PRINTF_METHOD(2, 3);
    void append_list(const char* format, va_list arguments);
    void clear() { text[0] = '\0'; }
};

/// Where failures without a model go: failed opens, null models. One per thread.
ErrorText& thread_error();

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_ERROR_TEXT_H_
