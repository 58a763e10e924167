// Files that say what cannot be: a true model, one change, and the message that must name the place and the reason.
#ifndef TINAMIX_TESTS_RUNTIME_LIES_H_
#define TINAMIX_TESTS_RUNTIME_LIES_H_

#include <gtest/gtest.h>

#include <functional>

#include "layers.h"

namespace tmx::testing {

void expect_refused(const AlignedBytes& file, tmx_status expected, const std::string& message);

/// Builds with `build`, changes with `lie`, and expects the status and the message. The same file without the lie must
/// open.
using Change = std::function<void(ModelBuilder&)>;
void expect_lie(const Change& build, const Change& lie, const std::string& message,
                tmx_status status = TMX_CORRUPT_MODEL);

/// Fields of a Window2D, in the order of the schema.
enum class WindowField {
    kernel_h,
    kernel_w,
    stride_h,
    stride_w,
    dilation_h,
    dilation_w,
    pad_top,
    pad_left,
    pad_bottom,
    pad_right
};

inline void set_field(format::Window2D& window, WindowField field, uint16_t value) {
    std::memcpy(reinterpret_cast<uint8_t*>(&window) + 2 * static_cast<size_t>(field), &value, sizeof(value));
}

inline void set_offset(format::Span& span, uint64_t offset) { span = {offset, span.bytes()}; }
inline void set_bytes(format::Span& span, uint64_t bytes) { span = {span.offset(), bytes}; }

}  // namespace tmx::testing

#endif  // TINAMIX_TESTS_RUNTIME_LIES_H_
