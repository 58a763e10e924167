// The .npy format: magic, version, a Python dictionary literal with exactly three keys, raw elements.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "formats/npy.h"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "formats/mapped_file.h"

namespace tinamix::formats {
namespace {

using ir::ElementType;

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kAlignment = 64;  // of the first element in files that we write
constexpr size_t kMaxRank = 32;    // NumPy's own limit in the versions that write these files

struct TypeCode {
    std::string_view code;
    ElementType type;
};
/// The first code of a type is the one written.
constexpr std::array<TypeCode, 13> kTypes{{{"<f4", ElementType::kFloat32},
                                           {"<f8", ElementType::kFloat64},
                                           {"|i1", ElementType::kInt8},
                                           {"|u1", ElementType::kUInt8},
                                           {"<i2", ElementType::kInt16},
                                           {"<u2", ElementType::kUInt16},
                                           {"<i4", ElementType::kInt32},
                                           {"<i8", ElementType::kInt64},
                                           {"|b1", ElementType::kBool},
                                           {"<i1", ElementType::kInt8},
                                           {"<u1", ElementType::kUInt8},
                                           {"=i1", ElementType::kInt8},
                                           {"=u1", ElementType::kUInt8}}};

/// A reader for the few Python literals that a header may contain.
class HeaderParser {
  public:
    HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

    NpyHeader parse() {
        NpyHeader header;
        bool has_type = false, has_order = false, has_shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && !has_type) {
                header.type = element_type();
                has_type = true;
            } else if (key == "fortran_order" && !has_order) {
                header.fortran_order = boolean();
                has_order = true;
            } else if (key == "shape" && !has_shape) {
                header.shape = shape();
                has_shape = true;
            } else {
                fail("unexpected or repeated key `" + key + "` in the header");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_spaces();
        if (position_ != text_.size()) fail("unexpected text after the header's dictionary");
        if (!has_type) fail("the header has no `descr`");
        if (!has_order) fail("the header has no `fortran_order`");
        if (!has_shape) fail("the header has no `shape`");
        return header;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw Error(where_, "not a valid .npy file: " + what); }

    void skip_spaces() {
        while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
    }
    bool accept(char c) {
        skip_spaces();
        if (position_ >= text_.size() || text_[position_] != c) return false;
        ++position_;
        return true;
    }
    void expect(char c) {
        if (!accept(c))
            fail(std::string("expected `") + c + "` at byte " + std::to_string(position_) + " of the header");
    }
    std::string quoted() {
        skip_spaces();
        if (position_ >= text_.size() || (text_[position_] != '\'' && text_[position_] != '"'))
            fail("expected a quoted text at byte " + std::to_string(position_) + " of the header");
        const char quote = text_[position_++];
        const size_t end = text_.find(quote, position_);
        if (end == std::string_view::npos) fail("a text in the header has no end");
        std::string result(text_.substr(position_, end - position_));
        if (result.find('\\') != std::string::npos) fail("escape sequences in the header are not supported");
        position_ = end + 1;
        return result;
    }
    bool word(std::string_view expected) {
        skip_spaces();
        if (text_.substr(position_, expected.size()) != expected) return false;
        position_ += expected.size();
        return true;
    }
    bool boolean() {
        if (word("True")) return true;
        if (word("False")) return false;
        fail("`fortran_order` must be True or False");
    }
    ElementType element_type() {
        skip_spaces();
        if (position_ < text_.size() && text_[position_] == '[')
            throw Error(where_, "structured arrays (records with fields) are not supported");
        const std::string code = quoted();
        for (const TypeCode& known : kTypes)
            if (code == known.code) return known.type;
        std::string hint = code.starts_with('>') ? "big-endian files are not supported; " : "";
        hint +=
            "supported: float32 `<f4`, float64 `<f8`, int8 `|i1`, uint8 `|u1`, int16 `<i2`, int32 `<i4`, "
            "int64 `<i8`, bool `|b1`";
        throw Error(where_, "element type `" + code + "` is not supported", hint);
    }
    ir::Shape shape() {
        ir::Shape result;
        expect('(');
        while (!accept(')')) {
            skip_spaces();
            int64_t dimension = 0;
            const char* begin = text_.data() + position_;
            const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), dimension);
            if (error != std::errc() || dimension < 0) fail("a dimension of `shape` is not a natural number");
            position_ += static_cast<size_t>(end - begin);
            if (position_ < text_.size() && text_[position_] == 'L') ++position_;  // written by Python 2
            result.push_back(dimension);
            if (result.size() > kMaxRank) fail("`shape` has more than " + std::to_string(kMaxRank) + " dimensions");
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return result;
    }

    std::string_view text_;
    const std::string& where_;
    size_t position_ = 0;
};

size_t little_endian(std::string_view bytes, size_t offset, size_t width) {
    size_t value = 0;
    for (size_t i = 0; i < width; ++i) value |= size_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
    return value;
}

/// Bytes of the elements, or SIZE_MAX when the product does not fit.
size_t checked_bytes(const NpyHeader& header) {
    size_t bytes = ir::element_bytes(header.type);
    bool empty = false;
    for (const int64_t dimension : header.shape) {
        empty = empty || dimension == 0;
        // Also where another dimension is 0: whoever multiplies the shape later must not overflow.
        if (dimension != 0 && __builtin_mul_overflow(bytes, static_cast<size_t>(dimension), &bytes))
            return std::numeric_limits<size_t>::max();
        if (bytes > static_cast<size_t>(std::numeric_limits<int64_t>::max())) return std::numeric_limits<size_t>::max();
    }
    return empty ? 0 : bytes;
}

/// First index fastest -> last index fastest.
void to_c_order(const char* from, ir::Tensor& tensor) {
    const size_t width = ir::element_bytes(tensor.type());
    const ir::Shape& shape = tensor.shape();
    std::vector<size_t> stride(shape.size());  // in elements of the source
    size_t step = 1;
    for (size_t d = 0; d < shape.size(); ++d) {
        stride[d] = step;
        step *= static_cast<size_t>(shape[d]);
    }
    std::vector<int64_t> index(shape.size(), 0);
    auto* to = reinterpret_cast<char*>(tensor.raw());
    size_t source = 0;
    for (size_t i = 0; i < step; ++i) {
        std::memcpy(to + i * width, from + source * width, width);
        for (size_t d = shape.size(); d-- > 0;) {
            source += stride[d];
            if (++index[d] < shape[d]) break;
            source -= stride[d] * static_cast<size_t>(shape[d]);
            index[d] = 0;
        }
    }
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes, const std::string& where) {
    if (bytes.substr(0, kMagic.size()) != kMagic.substr(0, bytes.size()) || bytes.empty())
        throw Error(where, "not an .npy file: wrong magic bytes");
    if (bytes.size() < kMagic.size() + 4) throw Error(where, "the .npy file is cut off in its header");
    const int major = static_cast<unsigned char>(bytes[6]), minor = static_cast<unsigned char>(bytes[7]);
    if (major < 1 || major > 3 || minor != 0)
        throw Error(where, ".npy version " + std::to_string(major) + "." + std::to_string(minor) + " is not supported",
                    "1.0, 2.0 and 3.0 are");
    const size_t length_bytes = major == 1 ? 2 : 4;
    const size_t begin = kMagic.size() + 2 + length_bytes;
    if (bytes.size() < begin) throw Error(where, "the .npy file is cut off in its header");
    const size_t length = little_endian(bytes, kMagic.size() + 2, length_bytes);
    if (length > bytes.size() - begin) throw Error(where, "the .npy file is cut off in its header");
    NpyHeader header = HeaderParser(bytes.substr(begin, length), where).parse();
    header.data_offset = begin + length;
    const size_t need = checked_bytes(header), have = bytes.size() - header.data_offset;
    if (need != have)
        throw Error(where,
                    (have < need ? "the .npy file is cut off: " : "the .npy file is too long: ") +
                        ir::shape_text(header.shape) + " " + std::string(ir::element_type_name(header.type)) +
                        (need == std::numeric_limits<size_t>::max() ? " is more than memory can hold"
                                                                    : " needs " + std::to_string(need) + " bytes") +
                        ", there are " + std::to_string(have));
    return header;
}

ir::Tensor parse_npy(std::string_view bytes, const std::string& where) {
    const NpyHeader header = parse_npy_header(bytes, where);
    ir::Tensor tensor(header.type, header.shape);
    const char* data = bytes.data() + header.data_offset;
    if (header.fortran_order && header.shape.size() > 1)
        to_c_order(data, tensor);
    else if (tensor.bytes() > 0)
        std::memcpy(tensor.raw(), data, tensor.bytes());
    if (header.type == ElementType::kBool) {
        for (size_t i = 0; i < tensor.bytes(); ++i)
            if (std::to_integer<int>(tensor.raw()[i]) > 1)
                throw Error(where, "not a valid .npy file: element " + std::to_string(i) +
                                       " of a bool array is neither 0 nor 1");
    }
    return tensor;
}

ir::Tensor read_npy(const std::string& path) {
    const MappedFile file(path);
    return parse_npy(file.bytes(), path);
}

std::string format_npy(const ir::Tensor& tensor) {
    std::string_view code;
    for (const TypeCode& known : kTypes)
        if (known.type == tensor.type() && code.empty()) code = known.code;
    std::string header = "{'descr': '" + std::string(code) + "', 'fortran_order': False, 'shape': (";
    for (size_t d = 0; d < tensor.shape().size(); ++d) {
        if (d > 0) header += ", ";
        header += std::to_string(tensor.shape()[d]);
    }
    header += tensor.shape().size() == 1 ? ",), }" : "), }";
    const size_t prefix = kMagic.size() + 4;
    header.append(kAlignment - (prefix + header.size() + 1) % kAlignment, ' ');
    header += '\n';
    // 32 dimensions of 20 digits stay far below the 65535 bytes of version 1.0.
    std::string bytes(kMagic);
    bytes += '\x01';
    bytes += '\x00';
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(tensor.raw()), tensor.bytes());
    return bytes;
}

void write_npy(const std::string& path, const ir::Tensor& tensor) { write_file_atomically(path, format_npy(tensor)); }

}  // namespace tinamix::formats
