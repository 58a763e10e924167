// Wrong calls and unusable files: each has its status and a message that says what is wrong.
#include <gtest/gtest.h>
#include <unistd.h>

#include "layers.h"
#include "runtime/model_file.h"

namespace tmx::testing {
namespace {

using ::testing::TempDir;

/// Status and message of opening a file in memory.
struct Opened {
    tmx_status status;
    std::string message;
};

Opened open_memory(const AlignedBytes& file, const tmx_options* options = nullptr) {
    tmx_model* model = nullptr;
    const tmx_status status = tmx_model_open_memory(file.data(), file.size(), options, &model);
    EXPECT_EQ(model != nullptr, status == TMX_OK);
    tmx_model_close(model);
    return {status, tmx_last_error(nullptr)};
}

std::string temporary_file(const std::string& name) { return TempDir() + "tinamix_" + std::to_string(getpid()) + name; }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Open, MapsAFile) {
    const AlignedBytes file = model_of_every_op();
    const std::string path = temporary_file("good.tmx");
    write_file(path, file.data(), file.size());
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open(path.c_str(), nullptr, &model), TMX_OK) << tmx_last_error(nullptr);
    EXPECT_EQ(tmx_run(model), TMX_OK);
    tmx_info info;
    tmx_model_info(model, &info);
    EXPECT_STREQ(info.producer, "model_builder");
    EXPECT_STREQ(info.target, "generic");
    EXPECT_STREQ(info.settings, "{}");
    EXPECT_EQ(info.file_bytes, file.size());
    EXPECT_EQ(info.checksum, xxh64(file.data(), file.size() - kUncheckedTailBytes));
    EXPECT_EQ(info.input_count, 1);
    EXPECT_EQ(info.output_count, 4);
    EXPECT_EQ(info.threads, 1);
    tmx_model_close(model);
    unlink(path.c_str());
}

TEST(Open, RefusesNullArguments) {
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open(nullptr, nullptr, &model), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_model_open("x", nullptr, nullptr), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_model_open_memory(nullptr, 0, nullptr, &model), TMX_INVALID_ARGUMENT);
    tmx_model_close(nullptr);
    EXPECT_EQ(tmx_run(nullptr), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_input_set_f32(nullptr, 0, nullptr, 0), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_output_get_f32(nullptr, 0, nullptr, 0), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_tensor_get_f32(nullptr, 0, nullptr, 0), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_input_tensor_index(nullptr, 0), -1);
}

TEST(Open, SaysWhyAFileCannotBeRead) {
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open("/nonexistent/net.tmx", nullptr, &model), TMX_IO_ERROR);
    EXPECT_TRUE(contains(tmx_last_error(nullptr), "/nonexistent/net.tmx")) << tmx_last_error(nullptr);
    EXPECT_EQ(tmx_model_open("/", nullptr, &model), TMX_IO_ERROR);
    const std::string path = temporary_file("empty.tmx");
    write_file(path, nullptr, 0);
    EXPECT_EQ(tmx_model_open(path.c_str(), nullptr, &model), TMX_NOT_A_MODEL);
    const std::string text(1000, 'x');
    write_file(path, reinterpret_cast<const uint8_t*>(text.data()), text.size());
    EXPECT_EQ(tmx_model_open(path.c_str(), nullptr, &model), TMX_NOT_A_MODEL);
    EXPECT_EQ(model, nullptr);
    unlink(path.c_str());
}

TEST(Open, RefusesUnalignedBytes) {
    const AlignedBytes file = model_of_every_op();
    AlignedBytes moved(file.size() + 8);
    std::memcpy(moved.data() + 8, file.data(), file.size());
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_memory(moved.data() + 8, file.size(), nullptr, &model), TMX_INVALID_ARGUMENT);
}

TEST(Open, RefusesAChangedByteByItsChecksum) {
    AlignedBytes file = model_of_every_op();
    file.data()[file.size() / 2] ^= 1;
    EXPECT_EQ(open_memory(file).status, TMX_BAD_CHECKSUM);
}

TEST(Open, SkippingTheChecksumStillVerifies) {
    AlignedBytes file = model_of_every_op();
    file.data()[file.size() - kUncheckedTailBytes] ^= 1;
    tmx_options options;
    tmx_options_init(&options);
    EXPECT_EQ(open_memory(file, &options).status, TMX_BAD_CHECKSUM);
    options.skip_checksum = 1;
    EXPECT_EQ(open_memory(file, &options).status, TMX_OK);
    std::memset(file.data(), 0xFF, 64);
    EXPECT_EQ(open_memory(file, &options).status, TMX_CORRUPT_MODEL);
}

TEST(Open, ThreadsAreOneToEight) {
    const AlignedBytes file = model_of_every_op();
    tmx_options options;
    tmx_options_init(&options);
    EXPECT_EQ(options.threads, 1);
    for (const int32_t threads : {-1, 0, 9}) {
        options.threads = threads;
        EXPECT_EQ(open_memory(file, &options).status, TMX_INVALID_ARGUMENT);
    }
    options.threads = 8;
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_OK);
    tmx_info info;
    tmx_model_info(model, &info);
    EXPECT_EQ(info.threads, 8);
    tmx_model_close(model);
}

TEST(Open, UsesTheCallersArena) {
    const AlignedBytes file = model_of_every_op();
    OpenModel reference(file);
    tmx_info info;
    tmx_model_info(reference.get(), &info);
    AlignedBytes arena(info.arena_bytes + 64);
    tmx_options options;
    tmx_options_init(&options);
    options.arena = arena.data();
    options.arena_bytes = info.arena_bytes - 1;
    Opened opened = open_memory(file, &options);
    EXPECT_EQ(opened.status, TMX_ARENA_TOO_SMALL);
    EXPECT_TRUE(contains(opened.message, std::to_string(info.arena_bytes))) << opened.message;
    options.arena = arena.data() + 32;
    options.arena_bytes = info.arena_bytes;
    opened = open_memory(file, &options);
    EXPECT_EQ(opened.status, TMX_ARENA_TOO_SMALL);
    EXPECT_TRUE(contains(opened.message, "aligned")) << opened.message;

    options.arena = arena.data();
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_OK);
    tmx_tensor tensor;
    for (int32_t i = 0; i < info.tensor_count; ++i) {
        ASSERT_EQ(tmx_model_tensor(model, i, &tensor), TMX_OK);
        if (tensor.constant != 0) continue;
        EXPECT_GE(static_cast<uint8_t*>(tensor.data), arena.data());
        EXPECT_LE(static_cast<uint8_t*>(tensor.data) + tensor.bytes + 64, arena.data() + info.arena_bytes);
    }
    EXPECT_EQ(tmx_run(model), TMX_OK);
    tmx_model_close(model);
}

TEST(Open, UnknownKernelLimitIsAnError) {
    const AlignedBytes file = model_of_every_op();
    ASSERT_EQ(setenv("TMX_KERNELS", "fastest", 1), 0);
    const Opened opened = open_memory(file);
    EXPECT_EQ(opened.status, TMX_UNSUPPORTED_ISA);
    EXPECT_TRUE(contains(opened.message, "fastest")) << opened.message;
    ASSERT_EQ(setenv("TMX_KERNELS", "reference", 1), 0);
    {
        OpenModel model(file);
        tmx_info info;
        tmx_model_info(model.get(), &info);
        EXPECT_STREQ(info.isa, "reference");
        tmx_op op;
        ASSERT_EQ(tmx_model_op(model.get(), 0, &op), TMX_OK);
        EXPECT_STREQ(op.kernel, "w8a8_conv__reference");
    }
    unsetenv("TMX_KERNELS");
}

TEST(Values, WrongCountsAndIndicesAreErrors) {
    const AlignedBytes file = model_of_every_op();
    OpenModel model(file);
    std::vector<float> values(100);
    EXPECT_EQ(tmx_input_set_f32(model.get(), 0, values.data(), 74), TMX_WRONG_SIZE);
    EXPECT_TRUE(contains(tmx_last_error(model.get()), "'image' has 75 elements, not 74"))
        << tmx_last_error(model.get());
    EXPECT_EQ(tmx_input_set_f32(model.get(), 0, nullptr, 75), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_input_set_f32(model.get(), 1, values.data(), 75), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_input_set_f32(model.get(), -1, values.data(), 75), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_output_get_f32(model.get(), 0, values.data(), 23), TMX_WRONG_SIZE);
    EXPECT_EQ(tmx_output_get_f32(model.get(), 4, values.data(), 24), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_tensor_get_f32(model.get(), 1000, values.data(), 24), TMX_INVALID_ARGUMENT);
    tmx_tensor tensor;
    EXPECT_EQ(tmx_input(model.get(), 1, &tensor), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_output(model.get(), -1, &tensor), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_model_tensor(model.get(), -1, &tensor), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_output_tensor_index(model.get(), 7), -1);
    tmx_info info;
    tmx_model_info(model.get(), &info);
    tmx_op op;
    EXPECT_EQ(tmx_model_op(model.get(), info.op_count, &op), TMX_INVALID_ARGUMENT);
}

TEST(Status, EveryStatusHasItsName) {
    EXPECT_STREQ(tmx_status_name(TMX_OK), "TMX_OK");
    EXPECT_STREQ(tmx_status_name(TMX_CORRUPT_MODEL), "TMX_CORRUPT_MODEL");
    EXPECT_STREQ(tmx_version(), "0.1.0");
}

}  // namespace
}  // namespace tmx::testing
