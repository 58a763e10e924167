// .npy files: what is written reads back, what other programs write can be read, and hostile headers are errors.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tmx_temporary_folder.h"
#include "tool/npy.h"

namespace tmx::tool {
namespace {

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    if (!values.empty()) memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::string npy(int version, const std::string& header, const std::string& data) {
    std::string file = "\x93NUMPY";
    file += static_cast<char>(version);
    file += '\0';
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xFF);
    return file + header + data;
}

std::string header(const std::string& descr, const std::string& order, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

class NpyTest : public testing::Test {
  protected:
    bool read(const std::string& bytes) {
        error_.clear();
        return read_npy(folder_.write("x.npy", bytes).c_str(), &array_, &error_);
    }
    template <typename T>
    std::vector<T> values() const {
        std::vector<T> result(array_.elements);
        if (!result.empty()) memcpy(result.data(), array_.data, result.size() * sizeof(T));
        return result;
    }
    std::vector<int32_t> shape() const { return {array_.shape, array_.shape + array_.rank}; }
    /// The reason, after checking that the file is named.
    std::string refusal(const std::string& bytes) {
        if (read(bytes)) return "(accepted)";
        const std::string path = folder_.path("x.npy") + ": ";
        const std::string text = error_.c_str();
        return text.rfind(path, 0) == 0 ? text.substr(path.size()) : "(does not name the file) " + text;
    }

    TemporaryFolder folder_;
    NpyArray array_;
    Text error_;
};

TEST_F(NpyTest, WhatIsWrittenReadsBack) {
    const std::vector<float> floats = {0.0F, -1.5F, 3.25e30F, 1e-40F, -0.0F, 7.0F};
    const std::vector<int32_t> shapes[] = {{6}, {2, 3}, {1, 2, 3}, {1, 1, 2, 1, 3, 1}};
    for (const auto& written : shapes) {
        ASSERT_TRUE(write_npy(folder_.path("x.npy").c_str(), TMX_FLOAT32, written.data(),
                              static_cast<int32_t>(written.size()), floats.data(), &error_));
        ASSERT_TRUE(read_npy(folder_.path("x.npy").c_str(), &array_, &error_)) << error_.c_str();
        EXPECT_EQ(array_.type, TMX_FLOAT32);
        EXPECT_EQ(shape(), written);
        EXPECT_EQ(bytes_of(values<float>()), bytes_of(floats));
    }
    const std::vector<int16_t> words = {-32768, 32767, 5};
    const int32_t three = 3;
    ASSERT_TRUE(write_npy(folder_.path("x.npy").c_str(), TMX_INT16, &three, 1, words.data(), &error_));
    ASSERT_TRUE(read_npy(folder_.path("x.npy").c_str(), &array_, &error_));
    EXPECT_EQ(values<int16_t>(), words);
    EXPECT_EQ(folder_.file_count(), 1U) << "a temporary file was left behind";
}

TEST_F(NpyTest, AScalarReadsBack) {
    const float value = 2.5F;
    ASSERT_TRUE(write_npy(folder_.path("x.npy").c_str(), TMX_FLOAT32, nullptr, 0, &value, &error_));
    EXPECT_NE(folder_.read("x.npy").find("'shape': (), }"), std::string::npos);
    ASSERT_TRUE(read_npy(folder_.path("x.npy").c_str(), &array_, &error_)) << error_.c_str();
    EXPECT_EQ(array_.rank, 0);
    EXPECT_EQ(values<float>(), std::vector<float>{2.5F});
}

TEST_F(NpyTest, WrittenHeaderIsWhatNumpyWrites) {
    const std::vector<int8_t> codes = {-128, 127};
    const int32_t two = 2;
    ASSERT_TRUE(write_npy(folder_.path("x.npy").c_str(), TMX_INT8, &two, 1, codes.data(), &error_));
    const std::string file = folder_.read("x.npy");
    ASSERT_EQ(file.size(), 128U + 2U);
    EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    std::string expected = "{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }";
    expected.resize(117, ' ');
    EXPECT_EQ(file.substr(10, 118), expected + "\n");
}

TEST_F(NpyTest, ReadsEveryVersion) {
    for (const int version : {1, 2, 3}) {
        ASSERT_TRUE(read(npy(version, header("<f4", "False", "(2,)"), bytes_of<float>({1.0F, 2.0F})))) << version;
        EXPECT_EQ(values<float>(), (std::vector<float>{1.0F, 2.0F}));
    }
}

TEST_F(NpyTest, ReadsIntegers) {
    ASSERT_TRUE(read(npy(1, header("|i1", "False", "(1, 3)"), bytes_of<int8_t>({-128, 0, 127}))));
    EXPECT_EQ(array_.type, TMX_INT8);
    EXPECT_EQ(values<int8_t>(), (std::vector<int8_t>{-128, 0, 127}));
    ASSERT_TRUE(read(npy(1, header("<i2", "False", "(2,)"), bytes_of<int16_t>({-32768, 300}))));
    EXPECT_EQ(array_.type, TMX_INT16);
    EXPECT_EQ(values<int16_t>(), (std::vector<int16_t>{-32768, 300}));
}

TEST_F(NpyTest, FortranOrderBecomesCOrder) {
    // numpy.asfortranarray([[0, 1, 2], [3, 4, 5]]) lies column by column.
    ASSERT_TRUE(read(npy(1, header("<f4", "True", "(2, 3)"), bytes_of<float>({0, 3, 1, 4, 2, 5}))));
    EXPECT_EQ(values<float>(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    // Element [i][j][k] = 100i + 10j + k over 2x3x4.
    std::vector<int16_t> fortran, c;
    for (int k = 0; k < 4; ++k) {
        for (int j = 0; j < 3; ++j) {
            for (int i = 0; i < 2; ++i) fortran.push_back(static_cast<int16_t>(100 * i + 10 * j + k));
        }
    }
    for (int i = 0; i < 2; ++i) {
        for (int j = 0; j < 3; ++j) {
            for (int k = 0; k < 4; ++k) c.push_back(static_cast<int16_t>(100 * i + 10 * j + k));
        }
    }
    ASSERT_TRUE(read(npy(2, header("<i2", "True", "(2, 3, 4)"), bytes_of(fortran))));
    EXPECT_EQ(shape(), (std::vector<int32_t>{2, 3, 4}));
    EXPECT_EQ(values<int16_t>(), c);
}

TEST_F(NpyTest, AcceptsOtherSpellingsOfTheHeader) {
    const std::string data = bytes_of<float>({1, 2, 3, 4});
    EXPECT_TRUE(read(npy(1, R"({"shape":(2,2),"fortran_order":False,"descr":"<f4"})", data)));
    EXPECT_TRUE(read(npy(1, "{ 'descr' : '<f4' , 'shape' : (2L, 2L,) , 'fortran_order' : False }   \n", data)));
    EXPECT_TRUE(read(npy(1, header("<f4", "False", "(0, 5)"), "")));
    EXPECT_EQ(array_.elements, 0U);
}

TEST_F(NpyTest, WrongContentIsAnErrorThatSaysWhat) {
    const std::string two = bytes_of<float>({1.0F, 2.0F});
    const std::string good = header("<f4", "False", "(2,)");
    EXPECT_EQ(refusal(""), "not a .npy file");
    EXPECT_EQ(refusal("PK\x03\x04 this is a zip file"), "not a .npy file");
    EXPECT_EQ(refusal(npy(4, good, two)), ".npy version 4.0; versions 1.0 to 3.0 can be read");
    EXPECT_EQ(refusal(npy(0, good, two)), ".npy version 0.0; versions 1.0 to 3.0 can be read");
    EXPECT_EQ(refusal(npy(1, header("<f8", "False", "(1,)"), two)).substr(0, 24), "its elements are `<f8`; ");
    for (const char* descr : {">f4", "<i8", "|u1", "|O", "<U3", "", "\x1b[2J"}) {
        EXPECT_NE(refusal(npy(1, header(descr, "False", "(2,)"), two)).find("its elements are `"), std::string::npos);
    }
    EXPECT_NE(refusal(npy(1, good, two + "x")).find("does not match its shape"), std::string::npos);
    EXPECT_NE(refusal(npy(1, good, two.substr(1))).find("does not match its shape"), std::string::npos);
    EXPECT_NE(refusal(npy(1, header("<f4", "False", "(1, 1, 1, 1, 1, 1, 2)"), two)).find("more dimensions"),
              std::string::npos);
}

TEST_F(NpyTest, HostileHeadersAreRefused) {
    const std::string two = bytes_of<float>({1.0F, 2.0F});
    const char* headers[] = {
        "",
        "{",
        "}",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647, 8), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536, 65536, 65536, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1073741826, 4), }",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': 'False', 'shape': (2,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1, }",
        "{'descr': '<f4\\'', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4444444444444444444', 'fortran_order': False, 'shape': (2,), }",
        "{'a key that is far too long for this': '<f4', 'fortran_order': False, 'shape': (2,), }",
        "{descr: '<f4', 'fortran_order': False, 'shape': (2,), }",
    };
    for (const char* text : headers) {
        for (const int version : {1, 2}) {
            const std::string reason = refusal(npy(version, text, two));
            EXPECT_NE(reason, "(accepted)") << text;
            EXPECT_EQ(reason.find("(does not"), std::string::npos) << reason;
        }
    }
    // A header that claims to be longer than the file.
    EXPECT_EQ(refusal(std::string("\x93NUMPY\x01\x00\xff\xff{", 11)), "truncated inside its header");
    EXPECT_EQ(refusal(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13)), "truncated inside its header");
    EXPECT_EQ(refusal(std::string("\x93NUMPY\x02\x00\x00\x00", 10)), "truncated inside its header");
}

TEST_F(NpyTest, EveryTruncationIsRefused) {
    const std::string file = npy(1, header("<f4", "False", "(2, 2)"), bytes_of<float>({1, 2, 3, 4}));
    ASSERT_TRUE(read(file));
    for (size_t size = 0; size < file.size(); ++size) EXPECT_NE(refusal(file.substr(0, size)), "(accepted)") << size;
}

TEST_F(NpyTest, MissingFileAndFolderAreErrors) {
    EXPECT_FALSE(read_npy(folder_.path("none.npy").c_str(), &array_, &error_));
    EXPECT_EQ(std::string(error_.c_str()), folder_.path("none.npy") + ": No such file or directory");
    error_.clear();
    EXPECT_FALSE(read_npy(folder_.path("").c_str(), &array_, &error_));
    EXPECT_NE(std::string(error_.c_str()).find("Is a directory"), std::string::npos);
}

TEST_F(NpyTest, AFailedWriteLeavesNothingBehind) {
    const float value = 1;
    const int32_t one = 1;
    EXPECT_FALSE(write_npy(folder_.path("missing/x.npy").c_str(), TMX_FLOAT32, &one, 1, &value, &error_));
    EXPECT_NE(std::string(error_.c_str()).find("No such file or directory"), std::string::npos);
    EXPECT_EQ(folder_.file_count(), 0U);
}

}  // namespace
}  // namespace tmx::tool
