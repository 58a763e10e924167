// tmx run on frames: files with one dimension more than the inputs, and states that go from each to the next.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "runtime/layers.h"
#include "tmx_program.h"
#include "tmx_test_model.h"
#include "tool/npy.h"

namespace tmx::tool {
namespace {

using format::DataType;

class FramesTest : public ::testing::Test {
  protected:
    void write(const std::string& name, const std::vector<int32_t>& shape, const std::vector<float>& values) const {
        Text error;
        ASSERT_TRUE(write_npy(folder_.path(name).c_str(), TMX_FLOAT32, shape.data(), static_cast<int32_t>(shape.size()),
                              values.data(), &error));
    }
    /// Shape and contents.
    std::pair<std::vector<int32_t>, std::string> read(const std::string& name) const {
        NpyArray array;
        Text error;
        if (!read_npy(folder_.path(name).c_str(), &array, &error)) {
            ADD_FAILURE() << error.c_str();
            return {};
        }
        return {{array.shape, array.shape + array.rank},
                {reinterpret_cast<const char*>(array.data), array.elements * element_bytes(array.type)}};
    }
    void expect_success(const std::string& arguments) const {
        const ProgramResult result = run_tmx(folder_, arguments);
        EXPECT_EQ(result.status, 0) << arguments << "\n" << result.err;
    }
    void expect_failure(const std::string& arguments, int status, const std::string& message) const {
        const ProgramResult result = run_tmx(folder_, arguments);
        EXPECT_EQ(result.status, status) << arguments;
        EXPECT_NE(result.err.find(message), std::string::npos) << arguments << "\n" << result.err;
    }

    TemporaryFolder folder_;
};

TEST_F(FramesTest, OutputsHaveTheDimensionThatCountsThem) {
    folder_.write("net.tmx", test_model());
    const std::vector<float> image(test_image(), test_image() + 16);
    std::vector<float> frames;
    for (int i = 0; i < 3; ++i) {
        for (const float value : image) frames.push_back(value * static_cast<float>(i - 1));
    }
    write("frames.npy", {3, 1, 1, 4, 4}, frames);
    expect_success("run net.tmx --input frames.npy --output all");
    for (int output = 0; output < 2; ++output) {
        const std::string file = "/out_" + std::to_string(output) + ".npy";
        const auto [shape, all] = read("all" + file);
        std::string apart;
        for (int i = 0; i < 3; ++i) {
            write("one.npy", {1, 1, 4, 4}, {frames.begin() + 16 * i, frames.begin() + 16 * (i + 1)});
            expect_success("run net.tmx --input one.npy --output one");
            const auto [one_shape, one] = read("one" + file);
            std::vector<int32_t> stacked = one_shape;
            stacked.insert(stacked.begin(), 3);
            EXPECT_EQ(shape, stacked);
            apart += one;
        }
        EXPECT_EQ(all, apart) << file;
    }
}

TEST_F(FramesTest, StatesGoFromEachToTheNext) {
    testing::ModelBuilder b;
    const int32_t x = b.input("x", DataType::Float32, {2}), y = b.input("y", DataType::Float32, {2});
    const int32_t kept = b.tensor("kept", DataType::Float32, {2});
    const auto add = [&](int32_t left, int32_t right) {
        const int32_t sum = add_binary(b, format::BinaryFunction::Add, format::Precision::F32, left, right, {2});
        b.model.ops.back()->options.AsBinary()->clamp_max_f32 = 1000;
        return sum;
    };
    const int32_t sum = add(add(x, y), kept);
    b.output(sum);
    b.model.states.emplace_back(kept, sum);
    const testing::AlignedBytes file = b.finish();
    folder_.write("sum.tmx", {reinterpret_cast<const char*>(file.data()), file.size()});
    write("x.npy", {3, 2}, {1, 2, 1, 2, 1, 2});
    write("y.npy", {3, 2}, {0, 0, 10, 10, 100, 100});
    expect_success("run sum.tmx --input x.npy --input y.npy --output out");
    const auto [shape, bytes] = read("out/out_0.npy");
    EXPECT_EQ(shape, (std::vector<int32_t>{3, 2}));
    std::vector<float> values(6);
    ASSERT_EQ(bytes.size(), values.size() * sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    EXPECT_EQ(values, (std::vector<float>{1, 2, 12, 14, 113, 116}));

    write("two.npy", {2, 2}, {1, 2, 1, 2});
    write("one.npy", {2}, {1, 2});
    const std::string fewer = "does not hold as many frames as x.npy";
    expect_failure("run sum.tmx --input x.npy --input two.npy --output out", 1, "two.npy: " + fewer);
    expect_failure("run sum.tmx --input x.npy --input one.npy --output out", 1, "one.npy: " + fewer);
    expect_failure("run sum.tmx --input x.npy --input y.npy --output out --dump-all", 2, "--dump-all dumps one run");
    expect_failure("bench sum.tmx --input x.npy --input y.npy --runs 1", 1, "x.npy: holds float32 3x2");
}

}  // namespace
}  // namespace tmx::tool
