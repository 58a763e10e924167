// The small pieces of the tmx program: JSON, tables, arguments, file names, statistics, similarity.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tmx_json_reader.h"
#include "tool/arguments.h"
#include "tool/json_writer.h"
#include "tool/run_statistics.h"
#include "tool/similarity.h"
#include "tool/tensor_dump.h"
#include "tool/text_table.h"

namespace tmx::tool {
namespace {

std::string json_string(const std::string& value) {
    Text text;
    JsonWriter json(&text);
    json.begin_array();
    json.string(value.c_str());
    json.end_array();
    const auto read = read_json(text.c_str());
    return read ? (*read)[0].string : "(no JSON) " + std::string(text.c_str());
}

TEST(JsonTest, EveryByteStringBecomesAValidString) {
    for (int c = 1; c < 0x80; ++c) {
        const std::string value(1, static_cast<char>(c));
        EXPECT_EQ(json_string(value), value) << c;
    }
    EXPECT_EQ(json_string("quote \" backslash \\ newline \n tab \t bell \a"),
              "quote \" backslash \\ newline \n tab \t bell \a");
    EXPECT_EQ(json_string("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"), "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
    const std::string replaced = "\xEF\xBF\xBD";
    EXPECT_EQ(json_string("a\xFFz"), "a" + replaced + "z");
    EXPECT_EQ(json_string("\xC3"), replaced) << "cut off";
    EXPECT_EQ(json_string("\xC0\xAF"), replaced + replaced) << "overlong";
    EXPECT_EQ(json_string("\xED\xA0\x80"), replaced + replaced + replaced) << "surrogate";
    EXPECT_EQ(json_string("\xF4\x90\x80\x80"), replaced + replaced + replaced + replaced) << "above U+10FFFF";
    // Every pair of bytes, as valid JSON.
    for (int a = 1; a < 256; ++a) {
        for (int b = 1; b < 256; ++b) {
            const std::string value = {static_cast<char>(a), static_cast<char>(b)};
            ASSERT_NE(json_string(value).substr(0, 9), "(no JSON)") << a << " " << b;
        }
    }
}

TEST(JsonTest, NumbersKeepTheirValue) {
    Text text;
    JsonWriter json(&text);
    json.begin_object();
    json.member_real("float", static_cast<double>(0.1F));
    json.member_real("nan", std::nan(""));
    json.member_real("infinite", -std::numeric_limits<double>::infinity());
    json.member_integer("low", std::numeric_limits<int64_t>::min());
    json.member_unsigned("high", std::numeric_limits<uint64_t>::max());
    json.key("shape");
    const int32_t shape[] = {1, -1, 2147483647};
    json.integers(shape, 3);
    json.key("empty");
    json.begin_object();
    json.end_object();
    json.member_boolean("yes", true);
    json.end_object();
    const auto read = read_json(text.c_str());
    ASSERT_TRUE(read) << text.c_str();
    EXPECT_EQ(static_cast<float>((*read)["float"].number), 0.1F);
    EXPECT_EQ((*read)["nan"].kind, Json::Kind::kNull);
    EXPECT_EQ((*read)["infinite"].kind, Json::Kind::kNull);
    EXPECT_NE(std::string(text.c_str()).find("-9223372036854775808"), std::string::npos);
    EXPECT_NE(std::string(text.c_str()).find("18446744073709551615"), std::string::npos);
    EXPECT_EQ((*read)["shape"].size(), 3U);
    EXPECT_EQ((*read)["empty"].kind, Json::Kind::kObject);
    EXPECT_TRUE((*read)["yes"].boolean);
}

TEST(TextTest, GrowsAndKeepsItsEnd) {
    Text text;
    EXPECT_STREQ(text.c_str(), "");
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        text.format("%d,", i);
        expected += std::to_string(i) + ",";
    }
    EXPECT_EQ(text.c_str(), expected);
    text.truncate(3);
    EXPECT_STREQ(text.c_str(), "0,1");
    text.append_printable("\x1b[31m\r\n\x7f\xC3\xA9");
    EXPECT_STREQ(text.c_str(), "0,1?[31m???\xC3\xA9");
}

TEST(TextTableTest, AlignsByCharactersNotBytes) {
    const char* const headings[] = {"name", ">n"};
    TextTable table(headings, 2);
    table.cell("\xC3\xA9t\xC3\xA9");
    table.cell("7");
    table.cell("a longer one");
    table.cell("1234");
    Text text;
    table.append_to(&text);
    EXPECT_STREQ(text.c_str(),
                 "  name             n\n"
                 "  \xC3\xA9t\xC3\xA9              7\n"
                 "  a longer one  1234\n");
}

TEST(FileNameTest, EncodesWhatIsNoPlainCharacter) {
    const auto name = [](const char* tensor) {
        Text text;
        append_tensor_file_name(tensor, &text);
        return std::string(text.c_str());
    };
    EXPECT_EQ(name("conv1.weight_Q-7"), "conv1.weight_Q-7.npy");
    EXPECT_EQ(name("block1/add:0"), "block1%2Fadd%3A0.npy");
    EXPECT_EQ(name("a%2Fb"), "a%252Fb.npy");
    EXPECT_EQ(name("..\\../x"), "..%5C..%2Fx.npy");
    EXPECT_EQ(name("x#requantize 1\n\xC3\xA9"), "x%23requantize%201%0A%C3%A9.npy");
}

TEST(NearestTest, FindsTheMeantWordOnly) {
    const char* const words[] = {"info", "run", "bench", "check", "--threads"};
    EXPECT_EQ(nearest_choice("inof", words, 5), 0);
    EXPECT_EQ(nearest_choice("benchmark", words, 5), 2);
    EXPECT_EQ(nearest_choice("chekc", words, 5), 3);
    EXPECT_EQ(nearest_choice("--thread", words, 5), 4);
    EXPECT_EQ(nearest_choice("convert", words, 5), -1);
    EXPECT_EQ(nearest_choice("", words, 5), -1);
}

TEST(StatisticsTest, PercentilesAreMeasuredTimes) {
    std::vector<uint64_t> times(100);
    for (size_t i = 0; i < times.size(); ++i) times[i] = 100 - i;  // 1..100, backwards
    const RunStatistics statistics = run_statistics(times.data(), times.size());
    EXPECT_EQ(statistics.min, 1U);
    EXPECT_EQ(statistics.p50, 50U);
    EXPECT_EQ(statistics.p90, 90U);
    EXPECT_EQ(statistics.p99, 99U);
    EXPECT_EQ(statistics.max, 100U);
    EXPECT_EQ(statistics.mean, 50.5);
    uint64_t one = 7;
    const RunStatistics single = run_statistics(&one, 1);
    EXPECT_EQ(single.p50, 7U);
    EXPECT_EQ(single.p99, 7U);
}

TEST(SimilarityTest, CosineAndLargestDifference) {
    const float a[] = {1, 2, 3}, doubled[] = {2, 4, 6}, opposite[] = {-1, -2, -3}, zero[] = {0, 0, 0};
    EXPECT_DOUBLE_EQ(similarity(a, doubled, 3).cosine, 1);
    EXPECT_EQ(similarity(a, doubled, 3).max_abs, 3);
    EXPECT_DOUBLE_EQ(similarity(a, opposite, 3).cosine, -1);
    EXPECT_EQ(similarity(zero, zero, 3).cosine, 1);
    EXPECT_EQ(similarity(a, zero, 3).cosine, 0);
    const float broken[] = {1, std::nanf(""), 3};
    EXPECT_DOUBLE_EQ(similarity(doubled, a, 3).snr_db, 0) << "as much noise as signal";
    EXPECT_NEAR(similarity(a, doubled, 3).snr_db, 6.0206, 1e-4) << "the reference has four times the power";
    EXPECT_EQ(similarity(a, a, 3).snr_db, HUGE_VAL);
    EXPECT_EQ(similarity(a, zero, 3).snr_db, -HUGE_VAL);
    EXPECT_TRUE(std::isnan(similarity(a, broken, 3).cosine));
    EXPECT_TRUE(std::isnan(similarity(a, broken, 3).snr_db));
    EXPECT_TRUE(std::isnan(similarity(a, broken, 3).max_abs));
}

}  // namespace
}  // namespace tmx::tool
