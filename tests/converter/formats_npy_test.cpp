#include <gtest/gtest.h>

#include <cstring>

#include "formats/npy.h"
#include "temporary_folder.h"

namespace tinamix::formats {
namespace {

using ir::ElementType;
using test::TemporaryFolder;

/// The bytes of an .npy file with this header text and these elements.
std::string npy(const std::string& header, const std::string& elements, char major = 1) {
    std::string bytes("\x93NUMPY", 6);
    bytes += major;
    bytes += '\0';
    const int length_bytes = major == 1 ? 2 : 4;
    for (int i = 0; i < length_bytes; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
    return bytes + header + elements;
}

std::string header(const std::string& type, const std::string& shape, bool fortran = false) {
    return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape +
           ", }\n";
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

TEST(Npy, WritesAndReadsEveryTypeAndRank) {
    const TemporaryFolder folder;
    for (const ElementType type :
         {ElementType::kFloat32, ElementType::kFloat64, ElementType::kInt8, ElementType::kUInt8, ElementType::kInt16,
          ElementType::kUInt16, ElementType::kInt32, ElementType::kInt64, ElementType::kBool}) {
        for (const ir::Shape& shape : {ir::Shape{}, {3}, {0, 2}, {2, 3}, {1, 2, 3, 2}}) {
            ir::Tensor tensor(type, shape);
            for (size_t i = 0; i < tensor.bytes(); ++i)
                tensor.raw()[i] = static_cast<std::byte>(type == ElementType::kBool ? i % 2 : i * 37);
            const std::string path = folder.file("x.npy");
            write_npy(path, tensor);
            const ir::Tensor read = read_npy(path);
            EXPECT_EQ(read.type(), type);
            EXPECT_EQ(read.shape(), shape);
            EXPECT_EQ(std::string(reinterpret_cast<const char*>(read.raw()), read.bytes()),
                      std::string(reinterpret_cast<const char*>(tensor.raw()), tensor.bytes()));
        }
    }
}

TEST(Npy, WritesWhatNumPyWrites) {
    ir::Tensor tensor(ElementType::kFloat32, {5});
    const std::string bytes = format_npy(tensor);
    EXPECT_EQ(bytes.size(), 128U + 20U);
    EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    EXPECT_EQ(bytes.substr(10, 59), "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }  ");
    EXPECT_EQ(bytes[127], '\n');
}

TEST(Npy, ReadsVersions2And3AndSpacing) {
    const std::string text = "{ \"shape\":(2L,) ,'fortran_order' : False,\"descr\":\"<i2\"}";
    for (const char major : {2, 3}) {
        const ir::Tensor tensor = parse_npy(npy(text, bytes_of<int16_t>({-3, 7}), major), "x");
        EXPECT_EQ(tensor.to_ints(), (std::vector<int64_t>{-3, 7}));
    }
}

TEST(Npy, TurnsFortranOrderIntoC) {
    // Columns first: element (i, j) stands at i + 2 j.
    const std::string bytes = npy(header("<i4", "(2, 3)", true), bytes_of<int32_t>({0, 10, 1, 11, 2, 12}));
    EXPECT_EQ(parse_npy(bytes, "x").to_ints(), (std::vector<int64_t>{0, 1, 2, 10, 11, 12}));
    const std::string cube =
        npy(header("|u1", "(2, 2, 2)", true), bytes_of<uint8_t>({0, 100, 10, 110, 1, 101, 11, 111}));
    EXPECT_EQ(parse_npy(cube, "x").to_ints(), (std::vector<int64_t>{0, 1, 10, 11, 100, 101, 110, 111}));
}

TEST(Npy, RefusesEveryTruncation) {
    const std::string bytes = format_npy(ir::Tensor(ElementType::kFloat32, {2, 3}));
    for (size_t size = 0; size < bytes.size(); ++size)
        EXPECT_THROW(parse_npy(std::string_view(bytes).substr(0, size), "x"), Error) << size;
    EXPECT_ERROR(parse_npy(bytes + "!", "x.npy"),
                 "x.npy: the .npy file is too long: 2x3 float32 needs 24 bytes, there are 25");
}

TEST(Npy, RefusesWrongMagicAndVersion) {
    EXPECT_ERROR(parse_npy("PK\x03\x04 something else", "x"), "not an .npy file");
    EXPECT_ERROR(parse_npy(npy(header("<f4", "()"), "1234", 4), "x"), ".npy version 4.0 is not supported");
}

TEST(Npy, NamesUnknownTypes) {
    EXPECT_ERROR(parse_npy(npy(header("<f2", "(1,)"), "12"), "x"), "element type `<f2` is not supported");
    EXPECT_ERROR(parse_npy(npy(header(">f4", "(1,)"), "1234"), "x"), "big-endian");
    EXPECT_ERROR(parse_npy(npy(header("<c8", "(1,)"), "12345678"), "x"), "`<c8`");
    EXPECT_ERROR(parse_npy(npy(header("|O", "(1,)"), "12345678"), "x"), "`|O`");
    EXPECT_ERROR(parse_npy(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234"), "x"),
                 "structured arrays");
}

TEST(Npy, ReadsTheHeaderStrictly) {
    const std::string four = "1234";
    for (const char* text :
         {"", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
          "{'descr': '<f4', 'fortran_order': False, 'shape': 1}", "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': '1'}",
          "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
          "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
          "{descr: '<f4', 'fortran_order': False, 'shape': (1,)}"})
        EXPECT_THROW(parse_npy(npy(text, four), "x"), Error) << text;
}

TEST(Npy, RefusesShapesThatOverflow) {
    EXPECT_ERROR(parse_npy(npy(header("<f4", "(4611686018427387904, 4)"), "1234"), "x"), "more than memory can hold");
    EXPECT_ERROR(parse_npy(npy(header("<f4", "(4294967296, 4294967296, 0)"), ""), "x"), "more than memory can hold");
    EXPECT_ERROR(parse_npy(npy(header("<f4", "(99999999999999999999,)"), "1234"), "x"), "natural number");
    EXPECT_ERROR(parse_npy(npy(header("<f8", "(1000000,)"), "12345678"), "x"), "needs 8000000 bytes, there are 8");
    std::string shape = "(";
    for (int i = 0; i < 33; ++i) shape += "1,";
    EXPECT_ERROR(parse_npy(npy(header("|u1", shape + ")"), "1"), "x"), "more than 32 dimensions");
}

TEST(Npy, RefusesBoolsThatAreNeither0Nor1) {
    EXPECT_ERROR(parse_npy(npy(header("|b1", "(2,)"), std::string("\x01\x02", 2)), "x"), "element 1 of a bool array");
}

TEST(Npy, NamesTheFileThatIsMissing) {
    EXPECT_ERROR(read_npy("/nowhere/x.npy"), "/nowhere/x.npy: cannot open: No such file or directory");
    EXPECT_ERROR(read_npy("/tmp"), "/tmp: cannot read: Is a directory");
}

TEST(Npy, SurvivesFlippedHeaderBytes) {
    // Any single damaged byte of the header is an Error or another valid header; never a crash or a wild allocation.
    const std::string bytes = format_npy(ir::Tensor(ElementType::kInt16, {4, 4}));
    for (size_t i = 0; i < bytes.size() - 32; ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            try {
                EXPECT_EQ(parse_npy(damaged, "x").bytes(), 32U);
            } catch (const Error&) {
            }
        }
    }
}

}  // namespace
}  // namespace tinamix::formats
