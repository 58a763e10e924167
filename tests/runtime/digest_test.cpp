// XXH64 against published values, which cover stripes, words, half words and single bytes.
#include <gtest/gtest.h>

#include <string>

#include "tinamix.h"

namespace {

uint64_t digest(const std::string& text) { return tmx_digest(text.data(), text.size()); }

TEST(Digest, EqualsPublishedValues) {
    EXPECT_EQ(digest(""), 0xEF46DB3751D8E999U);
    EXPECT_EQ(digest("a"), 0xD24EC4F1A98C6E5BU);
    EXPECT_EQ(digest("abc"), 0x44BC2CF5AD770999U);
    EXPECT_EQ(digest("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1U);
}

TEST(Digest, EveryByteCounts) {
    std::string text(97, 'x');
    const uint64_t before = digest(text);
    for (char& byte : text) {
        byte = 'y';
        EXPECT_NE(digest(text), before);
        byte = 'x';
    }
    EXPECT_NE(digest(text + '\0'), before);
}

}  // namespace
