// The text file behind a slot.
#include "store/slot.h"

#include <gtest/gtest.h>

#include <string>

#include "store/hex.h"
#include "store/incoming_file.h"
#include "store/sha512.h"
#include "tmx_temporary_folder.h"

namespace tmx::store {
namespace {

ObjectId id(char digit) {
    ObjectId id = {};
    memset(id.text, digit, kIdDigits);
    return id;
}

Slot two_versions() {
    Slot slot = {};
    strcpy(slot.name, "net");
    slot.versions[0] = {id('1'), id('a'), 7, true};
    slot.versions[1] = {id('2'), no_object(), 4294967295U, false};
    slot.version_count = 2;
    slot.active = 1;
    slot.previous = 0;
    slot.trial_starts = 3;
    slot.starts = 2;
    slot.serial = 41;
    return slot;
}

class SlotTest : public testing::Test {
  protected:
    tmx_status read(Slot* slot) { return read_slot(folder_.path("").c_str(), "net", slot, error_); }
    tool::TemporaryFolder folder_;
    ErrorText error_ = {};
};

TEST_F(SlotTest, ReadsWhatItWrote) {
    Slot written = two_versions(), read_back = {};
    ASSERT_EQ(write_slot(folder_.path("").c_str(), &written, error_), TMX_OK) << error_.text;
    ASSERT_EQ(read(&read_back), TMX_OK) << error_.text;
    EXPECT_EQ(read_back.serial, 42U);
    EXPECT_EQ(read_back.version_count, 2);
    EXPECT_EQ(read_back.active, 1);
    EXPECT_EQ(read_back.previous, 0);
    EXPECT_EQ(read_back.trial_starts, 3U);
    EXPECT_EQ(read_back.starts, 2U);
    EXPECT_TRUE(read_back.versions[0].failed);
    EXPECT_TRUE(read_back.versions[0].golden == id('a'));
    EXPECT_TRUE(read_back.versions[1].golden.is_none());
    EXPECT_EQ(read_back.versions[1].model_version, 4294967295U);
    EXPECT_EQ(folder_.file_count(), 1U) << "no temporary file stays";
}

TEST_F(SlotTest, AnyOtherByteAnywhereIsRefused) {
    Slot slot = two_versions();
    ASSERT_EQ(write_slot(folder_.path("").c_str(), &slot, error_), TMX_OK);
    const std::string text = folder_.read("net");
    std::filesystem::remove(folder_.path("net"));
    for (size_t i = 0; i <= text.size(); ++i) {
        for (const int change : {0x01, 0x20, 0x80, 0xFF}) {
            std::string changed = text;
            if (i < text.size()) {
                changed[i] = static_cast<char>(changed[i] ^ change);
            } else {
                changed += static_cast<char>(change);
            }
            folder_.write("net", changed);
            ASSERT_EQ(read(&slot), TMX_DAMAGED_STORE) << "byte " << i << " ^ " << change;
        }
    }
    for (size_t size = 0; size < text.size(); ++size) {
        folder_.write("net", text.substr(0, size));
        ASSERT_EQ(read(&slot), TMX_DAMAGED_STORE) << "cut to " << size;
    }
    folder_.write("net", text);
    EXPECT_EQ(read(&slot), TMX_OK);
    folder_.write("net", std::string(100000, ' '));
    EXPECT_EQ(read(&slot), TMX_DAMAGED_STORE);
}

/// With a right check line, as somebody would write who means harm.
TEST_F(SlotTest, SenselessContentIsRefused) {
    const std::string one(kIdDigits, '1'), two(kIdDigits, '2');
    const auto with = [](const std::string& lines) {
        uint8_t digest[kSha512Bytes];
        sha512(lines.data(), lines.size(), digest);
        char hex[kIdDigits + 1];
        to_hex(digest, kIdBytes, hex);
        return lines + "check " + hex + "\n";
    };
    const auto text = [&](const std::string& active, const std::string& previous, const std::string& versions) {
        return with("tinamix slot 1\nname net\nserial 1\nactive " + active + "\nprevious " + previous +
                    "\ntrial 0 0\n" + versions);
    };
    const std::string version1 = "version " + one + " none 1 good\n", version2 = "version " + two + " none 1 good\n";
    Slot slot;
    folder_.write("net", text(one, "none", version1));
    EXPECT_EQ(read(&slot), TMX_OK) << error_.text;
    std::string nine;
    for (char digit = '1'; digit <= '9'; ++digit) nine += "version " + std::string(kIdDigits, digit) + " none 1 good\n";
    for (const std::string& wrong :
         {text("none", "none", version1), text(two, "none", version1), text(one, two, version1),
          text(one, one, version1), text(one, "none", version1 + version1), text(one, "none", ""),
          text(one, "none", nine), text("../../etc/passwd", "none", version1),
          text(one, "none", "version ../x none 1 good\n"),
          text(one, "none", "version " + one + " none 99999999999 good\n"),
          text(one, "none", "version " + one + " none 1 bad\n"), with("tinamix slot 2\nname net\n"),
          with("tinamix slot 1\nname other\nserial 1\nactive " + one + "\nprevious none\ntrial 0 0\n" + version1),
          with("tinamix slot 1\nname net\nserial 01\nactive " + one + "\nprevious none\ntrial 0 0\n" + version1)}) {
        folder_.write("net", wrong);
        EXPECT_EQ(read(&slot), TMX_DAMAGED_STORE) << wrong;
    }
}

TEST_F(SlotTest, NamesStayInsideTheFolder) {
    for (const char* good : {"net", "yolo-v5.int8", "_x", "7"})
        EXPECT_EQ(check_slot_name(good, error_), TMX_OK) << good;
    for (const char* bad : {"", ".", "..", ".hidden", "-x", "a/b", "../x", "a b", "a\nb", "\xC3\xA4"}) {
        EXPECT_EQ(check_slot_name(bad, error_), TMX_INVALID_ARGUMENT) << bad;
    }
    EXPECT_EQ(check_slot_name(std::string(63, 'a').c_str(), error_), TMX_OK);
    EXPECT_EQ(check_slot_name(std::string(64, 'a').c_str(), error_), TMX_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace tmx::store
