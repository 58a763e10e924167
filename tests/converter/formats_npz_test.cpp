#include <gtest/gtest.h>

#include "formats/npy.h"
#include "formats/zip.h"
#include "temporary_folder.h"
#include "zip_builder.h"

namespace tinamix::formats {
namespace {

using test::TemporaryFolder;
using test::zip_archive;
using test::ZipMember;

std::string array(int64_t elements, float first) {
    ir::Tensor tensor(ir::ElementType::kFloat32, {elements});
    for (int64_t i = 0; i < elements; ++i) tensor.data<float>()[i] = first + static_cast<float>(i);
    return format_npy(tensor);
}

ZipMember member(const std::string& name, const std::string& data) {
    ZipMember result;
    result.name = name;
    result.data = data;
    return result;
}

std::map<std::string, ir::Tensor> read(const std::string& archive) {
    const TemporaryFolder folder;
    return read_npz(folder.write("x.npz", archive));
}

TEST(Npz, ReadsStoredAndDeflatedArraysByName) {
    for (const bool deflate : {false, true}) {
        for (const bool zip64 : {false, true}) {
            for (const bool zip64_end : {false, true}) {
                ZipMember a = member("input.npy", array(300, 1)), b = member("a/b:0.npy", array(2, 9));
                a.deflate = b.deflate = deflate;
                a.zip64 = b.zip64 = zip64;
                const auto arrays = read(zip_archive({a, b}, zip64_end, zip64 ? "a comment" : ""));
                ASSERT_EQ(arrays.size(), 2U);
                EXPECT_EQ(arrays.at("input").shape(), ir::Shape{300});
                EXPECT_EQ(arrays.at("input").data<float>()[299], 300);
                EXPECT_EQ(arrays.at("a/b:0").data<float>()[1], 10);
            }
        }
    }
}

TEST(Npz, ReadsAnEmptyArchive) { EXPECT_EQ(read(zip_archive({})).size(), 0U); }

TEST(Npz, RefusesEveryTruncation) {
    ZipMember packed = member("a.npy", array(5, 0));
    packed.deflate = true;
    const std::string archive = zip_archive({packed, member("b.npy", array(2, 0))});
    for (size_t size = 0; size < archive.size(); ++size) EXPECT_THROW(read(archive.substr(0, size)), Error) << size;
}

TEST(Npz, ChecksTheChecksum) {
    for (const bool deflate : {false, true}) {
        ZipMember damaged = member("a.npy", array(5, 0));
        damaged.crc_error = 1;
        damaged.deflate = deflate;
        EXPECT_ERROR(read(zip_archive({damaged})), "x.npz[a.npy]: the checksum of the ZIP entry is wrong");
    }
}

TEST(Npz, RefusesLengthsThatLie) {
    ZipMember lie = member("a.npy", array(5, 0));
    lie.claimed_bytes = 1000;
    EXPECT_ERROR(read(zip_archive({lie})), "two different lengths");
    lie.deflate = true;
    EXPECT_ERROR(read(zip_archive({lie})), "is damaged");
    lie.claimed_bytes = 10;
    EXPECT_ERROR(read(zip_archive({lie})), "is damaged");
    lie.claimed_bytes = int64_t{1} << 40;  // would be a terabyte
    lie.zip64 = true;
    EXPECT_ERROR(read(zip_archive({lie})), "cannot have");
}

TEST(Npz, RefusesWhatItDoesNotUnderstand) {
    ZipMember strange = member("a.npy", array(5, 0));
    strange.method = 12;
    EXPECT_ERROR(read(zip_archive({strange})), "compression method 12 is not supported");
    strange.method = -1;
    strange.flags = 1;
    EXPECT_ERROR(read(zip_archive({strange})), "encrypted");
    EXPECT_ERROR(read(zip_archive({member("readme.txt", "hello")})), "x.npz[readme.txt]: not an .npy file");
    EXPECT_ERROR(read(zip_archive({member("a.npy", array(1, 0)), member("a.npy", array(1, 0))})), "stands twice");
    EXPECT_ERROR(read(zip_archive({member("a.npy", "hello")})), "x.npz[a.npy]: not an .npy file");
    EXPECT_ERROR(read("not a zip archive at all, whatever it says"), "not a complete ZIP archive");
}

TEST(Npz, SurvivesFlippedBits) {
    ZipMember packed = member("a.npy", array(5, 0));
    packed.deflate = true;
    packed.zip64 = true;
    const std::string archive = zip_archive({packed, member("b.npy", array(2, 0))}, true);
    size_t refused = 0;
    for (size_t i = 0; i < archive.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = archive;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            try {
                const ZipArchive zip(damaged, "x");
                for (const ZipArchive::Entry& entry : zip.entries()) zip.read(entry);
            } catch (const Error&) {
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, archive.size() * 4);  // names, dates and versions may change; most bits matter
}

}  // namespace
}  // namespace tinamix::formats
