#include "lies.h"

namespace tmx::testing {

void expect_refused(const AlignedBytes& file, tmx_status expected, const std::string& message) {
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_memory(file.data(), file.size(), nullptr, &model), expected) << message;
    EXPECT_NE(std::string(tmx_last_error(nullptr)).find(message), std::string::npos)
        << "message: " << tmx_last_error(nullptr) << "\nexpected: " << message;
    tmx_model_close(model);
}

void expect_lie(const Change& build, const Change& lie, const std::string& message, tmx_status status) {
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

}  // namespace tmx::testing
