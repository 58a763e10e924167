// Files that say what cannot be: a true model, one change, and the message that must name the place and the reason.
#ifndef TINAMIX_TESTS_RUNTIME_LIES_H_
#define TINAMIX_TESTS_RUNTIME_LIES_H_

#include <gtest/gtest.h>

#include "layers.h"

namespace tmx::testing {

inline void expect_refused(const AlignedBytes& file, tmx_status expected, const std::string& message) {
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_memory(file.data(), file.size(), nullptr, &model), expected) << message;
    EXPECT_NE(std::string(tmx_last_error(nullptr)).find(message), std::string::npos)
        << "message: " << tmx_last_error(nullptr) << "\nexpected: " << message;
    tmx_model_close(model);
}

/// Builds with `build(builder)`, changes with `lie(builder)`, and expects TMX_CORRUPT_MODEL with `message`. The same
/// file without the lie must open.
template <typename Build, typename Lie>
void expect_lie(Build build, Lie lie, const std::string& message, tmx_status status = TMX_CORRUPT_MODEL) {
    {
        ModelBuilder builder;
        build(builder);
        const AlignedBytes file = builder.finish();
        tmx_model* model = nullptr;
        ASSERT_EQ(tmx_model_open_memory(file.data(), file.size(), nullptr, &model), TMX_OK) << tmx_last_error(nullptr);
        tmx_model_close(model);
    }
    ModelBuilder builder;
    build(builder);
    lie(builder);
    expect_refused(builder.finish(), status, message);
}

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
