// .npy files; see npy.h.
#include "tool/npy.h"

#include <string.h>

#include "tool/file_io.h"

namespace tmx::tool {
namespace {

constexpr char kMagic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
constexpr size_t kHeaderAlignment = 64;
constexpr tmx_type kTypes[] = {TMX_INT8, TMX_INT16, TMX_FLOAT32, TMX_INT32};

const char* descr_of(tmx_type type) {
    return type == TMX_INT8 ? "|i1" : type == TMX_INT16 ? "<i2" : type == TMX_INT32 ? "<i4" : "<f4";
}

/// The header's Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }.
class HeaderParser {
  public:
    HeaderParser(const char* text, size_t size) : next_(text), end_(text + size) {}

    /// Null when all went well, else what is wrong.
    const char* parse();

    char descr[16] = {};
    bool fortran_order = false;
    int32_t rank = 0;
    int32_t shape[TMX_MAX_RANK] = {};

  private:
    void skip_spaces() {
        while (next_ < end_ && (*next_ == ' ' || *next_ == '\n' || *next_ == '\t' || *next_ == '\r')) ++next_;
    }
    bool take(char c) {
        skip_spaces();
        if (next_ == end_ || *next_ != c) return false;
        ++next_;
        return true;
    }
    bool take_word(const char* word) {
        skip_spaces();
        const size_t length = strlen(word);
        if (static_cast<size_t>(end_ - next_) < length || memcmp(next_, word, length) != 0) return false;
        next_ += length;
        return true;
    }
    bool take_string(char* out, size_t capacity);
    bool take_dimension(int32_t* value);
    const char* parse_shape();

    const char* next_;
    const char* end_;
};

bool HeaderParser::take_string(char* out, size_t capacity) {
    skip_spaces();
    if (next_ == end_ || (*next_ != '\'' && *next_ != '"')) return false;
    const char quote = *next_++;
    size_t length = 0;
    while (next_ < end_ && *next_ != quote) {
        if (*next_ == '\\' || length + 1 >= capacity) return false;
        out[length++] = *next_++;
    }
    out[length] = '\0';
    return take(quote);
}

bool HeaderParser::take_dimension(int32_t* value) {
    skip_spaces();
    int64_t number = 0;
    const char* begin = next_;
    while (next_ < end_ && *next_ >= '0' && *next_ <= '9') {
        number = number * 10 + (*next_++ - '0');
        if (number > INT32_MAX) return false;
    }
    if (next_ == begin) return false;
    if (next_ < end_ && *next_ == 'L') ++next_;  // Python 2 wrote its long integers so
    *value = static_cast<int32_t>(number);
    return true;
}

const char* HeaderParser::parse_shape() {
    if (!take('(')) return "its shape is no tuple";
    rank = 0;
    while (!take(')')) {
        if (rank == TMX_MAX_RANK) return "it has more dimensions than a tensor may have (6)";
        if (!take_dimension(&shape[rank])) return "its shape holds something that is no dimension below 2^31";
        ++rank;
        if (!take(',')) {
            // "(3)" is a number in Python, not a tuple.
            if (rank < 2 || !take(')')) return "its shape is no tuple";
            break;
        }
    }
    return nullptr;
}

const char* HeaderParser::parse() {
    bool seen_descr = false, seen_order = false, seen_shape = false;
    if (!take('{')) return "its header is no dictionary";
    while (!take('}')) {
        char key[16];
        if (!take_string(key, sizeof(key)) || !take(':')) return "its header is no dictionary";
        if (strcmp(key, "descr") == 0 && !seen_descr) {
            if (!take_string(descr, sizeof(descr))) return "its element type is not a plain one";
            seen_descr = true;
        } else if (strcmp(key, "fortran_order") == 0 && !seen_order) {
            fortran_order = take_word("True");
            if (!fortran_order && !take_word("False")) return "its fortran_order is neither True nor False";
            seen_order = true;
        } else if (strcmp(key, "shape") == 0 && !seen_shape) {
            if (const char* wrong = parse_shape()) return wrong;
            seen_shape = true;
        } else {
            return "its header has an unknown or repeated key";
        }
        if (!take(',')) {
            if (!take('}')) return "its header is no dictionary";
            break;
        }
    }
    skip_spaces();
    if (next_ != end_) return "its header does not end with the dictionary";
    if (!seen_descr || !seen_order || !seen_shape) return "its header lacks descr, fortran_order or shape";
    return nullptr;
}

/// Fortran order has the first dimension fastest. `out` is dense C order.
void reorder_fortran(const uint8_t* in, uint8_t* out, const NpyArray& array, size_t bytes) {
    int32_t index[TMX_MAX_RANK] = {};
    for (size_t i = 0; i < array.elements; ++i) {
        size_t target = 0;
        for (int32_t d = 0; d < array.rank; ++d) {
            target = target * static_cast<size_t>(array.shape[d]) + static_cast<size_t>(index[d]);
        }
        memcpy(out + target * bytes, in + i * bytes, bytes);
        for (int32_t d = 0; d < array.rank; ++d) {
            if (++index[d] < array.shape[d]) break;
            index[d] = 0;
        }
    }
}

}  // namespace

size_t element_bytes(tmx_type type) { return type == TMX_INT8 ? 1 : type == TMX_INT16 ? 2 : 4; }

const char* type_name(tmx_type type) {
    static const char* const kNames[] = {"int8", "int16", "float32", "int32"};
    return type <= TMX_INT32 ? kNames[type] : "unknown";
}

bool read_npy(const char* path, NpyArray* array, Text* error) {
    return read_file(path, &array->file, error) && parse_npy(path, array, error);
}

bool parse_npy(const char* path, NpyArray* array, Text* error) {
    const Array<uint8_t>& file = array->file;
    if (file.size() < 10 || memcmp(file.data(), kMagic, sizeof(kMagic)) != 0) {
        error->format("%s: not a .npy file", path);
        return false;
    }
    const uint8_t version = file[6];
    if (version < 1 || version > 3 || file[7] != 0) {
        error->format("%s: .npy version %u.%u; versions 1.0 to 3.0 can be read", path, version, file[7]);
        return false;
    }
    const size_t prefix = version == 1 ? 10 : 12;
    size_t header = file[8] | static_cast<size_t>(file[9]) << 8;
    if (version > 1 && file.size() >= prefix) {
        header |= static_cast<size_t>(file[10]) << 16 | static_cast<size_t>(file[11]) << 24;
    }
    if (file.size() < prefix || file.size() - prefix < header) {
        error->format("%s: truncated inside its header", path);
        return false;
    }
    HeaderParser parser(reinterpret_cast<const char*>(file.data()) + prefix, header);
    if (const char* wrong = parser.parse()) {
        error->format("%s: not a .npy file that can be read: %s", path, wrong);
        return false;
    }
    bool known = false;
    for (const tmx_type type : kTypes) {
        if (strcmp(parser.descr, descr_of(type)) == 0 || (type == TMX_INT8 && strcmp(parser.descr, "<i1") == 0)) {
            array->type = type;
            known = true;
        }
    }
    if (!known) {
        error->format("%s: its elements are `", path);
        error->append_printable(parser.descr);
        error->append("`; expected float32 `<f4` (or with --raw also int8 `|i1`, int16 `<i2`, int32 `<i4`)");
        return false;
    }
    array->rank = parser.rank;
    const size_t bytes = element_bytes(array->type);
    const size_t available = file.size() - prefix - header;
    uint64_t elements = 1;
    bool empty = false;
    for (int32_t d = 0; d < parser.rank; ++d) {
        array->shape[d] = parser.shape[d];
        empty = empty || parser.shape[d] == 0;
    }
    for (int32_t d = 0; d < parser.rank && !empty; ++d) {
        elements *= static_cast<uint64_t>(parser.shape[d]);
        if (elements > available / bytes) break;  // keeps the product from overflowing, too
    }
    if (empty) elements = 0;
    if (elements * bytes != available) {
        error->format("%s: holds %llu bytes of elements, which does not match its shape", path,
                      static_cast<unsigned long long>(available));
        return false;
    }
    array->elements = static_cast<size_t>(elements);
    // To the front of the buffer: aligned for every element type, and the header is not needed any more.
    if (parser.fortran_order && parser.rank > 1) {
        Array<uint8_t> ordered;
        ordered.resize(available);
        reorder_fortran(file.data() + prefix + header, ordered.data(), *array, bytes);
        if (available > 0) memcpy(array->file.data(), ordered.data(), available);
    } else {
        memmove(array->file.data(), file.data() + prefix + header, available);
    }
    array->data = array->file.data();
    return true;
}

bool write_npy(const char* path, tmx_type type, const int32_t* shape, int32_t rank, const void* data, Text* error) {
    size_t bytes = element_bytes(type);
    Text header;
    header.append(kMagic, sizeof(kMagic));
    header.append("\x01\x00\x00\x00", 4);  // version 1.0; the length of what follows is patched in below
    header.format("{'descr': '%s', 'fortran_order': False, 'shape': (", descr_of(type));
    for (int32_t d = 0; d < rank; ++d) {
        header.format(d + 1 < rank ? "%ld, " : rank == 1 ? "%ld," : "%ld", static_cast<long>(shape[d]));
        bytes *= static_cast<size_t>(shape[d]);
    }
    header.append("), }");
    header.repeat(' ', kHeaderAlignment - 1 - header.size() % kHeaderAlignment);
    header.append('\n');
    Array<uint8_t> prefix;
    prefix.resize(header.size());
    memcpy(prefix.data(), header.c_str(), header.size());
    prefix[8] = static_cast<uint8_t>((header.size() - 10) & 0xFF);
    prefix[9] = static_cast<uint8_t>((header.size() - 10) >> 8);
    const Piece pieces[] = {{prefix.data(), prefix.size()}, {data, bytes}};
    return write_file(path, pieces, 2, error);
}

}  // namespace tmx::tool
