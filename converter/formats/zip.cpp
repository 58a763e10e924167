// PKWARE APPNOTE 6.3: end record (4.3.16), zip64 end record (4.3.14), directory (4.3.12), local headers (4.3.7).
#include "formats/zip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <set>

#include "diagnostics/error.h"

namespace tinamix::formats {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kZip64LocatorSignature = 0x07064b50;
constexpr uint32_t kZip64EndSignature = 0x06064b50;
constexpr uint32_t kDirectorySignature = 0x02014b50;
constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr size_t kEndBytes = 22, kZip64LocatorBytes = 20, kZip64EndBytes = 56, kDirectoryBytes = 46, kLocalBytes = 30;
constexpr size_t kLongestComment = 65535;
constexpr uint16_t kZip64Field = 1;
constexpr uint16_t kEncryptedFlag = 1;
constexpr uint16_t kStored = 0, kDeflated = 8;
constexpr uint32_t kIn64 = 0xffffffff;  // "look into the zip64 field"
/// Deflate cannot do better than this, so a larger claim is a lie.
constexpr uint64_t kLargestRatio = 1032;

uint64_t number(std::string_view bytes, size_t offset, size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
    return value;
}

/// Position of the end record, whose comment must reach exactly to the end of the file.
size_t find_end_record(std::string_view archive) {
    if (archive.size() < kEndBytes) return std::string_view::npos;
    const size_t last = archive.size() - kEndBytes;
    const size_t first = last > kLongestComment ? last - kLongestComment : 0;
    for (size_t position = last + 1; position-- > first;)
        if (number(archive, position, 4) == kEndSignature &&
            position + kEndBytes + number(archive, position + 20, 2) == archive.size())
            return position;
    return std::string_view::npos;
}

/// Replaces the fields that are all ones by their 64-bit values from the extra field.
bool apply_zip64(std::string_view extra, ZipArchive::Entry& entry) {
    if (entry.bytes != kIn64 && entry.packed_bytes != kIn64 && entry.header_offset != kIn64) return true;
    while (extra.size() >= 4) {
        const uint64_t id = number(extra, 0, 2), size = number(extra, 2, 2);
        if (size > extra.size() - 4) return false;
        std::string_view field = extra.substr(4, size);
        extra.remove_prefix(4 + size);
        if (id != kZip64Field) continue;
        for (uint64_t* value : {&entry.bytes, &entry.packed_bytes, &entry.header_offset}) {
            if (*value != kIn64) continue;
            if (field.size() < 8) return false;
            *value = number(field, 0, 8);
            field.remove_prefix(8);
        }
        return true;
    }
    return false;
}

}  // namespace

ZipArchive::ZipArchive(std::string_view archive, std::string where) : archive_(archive), where_(std::move(where)) {
    const size_t end = find_end_record(archive_);
    if (end == std::string_view::npos) throw Error(where_, "not a complete ZIP archive: its end record is missing");
    if (number(archive_, end + 4, 2) != 0 && number(archive_, end + 4, 2) != 0xffff)
        throw Error(where_, "ZIP archives in several parts are not supported");
    uint64_t count = number(archive_, end + 10, 2);
    uint64_t size = number(archive_, end + 12, 4);
    uint64_t offset = number(archive_, end + 16, 4);
    const bool zip64 =
        end >= kZip64LocatorBytes && number(archive_, end - kZip64LocatorBytes, 4) == kZip64LocatorSignature;
    if (zip64) {
        const uint64_t record_offset = number(archive_, end - kZip64LocatorBytes + 8, 8);
        const std::string_view record = at(record_offset, kZip64EndBytes, "the zip64 end record");
        if (number(record, 0, 4) != kZip64EndSignature) throw Error(where_, "the zip64 end record is damaged");
        count = number(record, 32, 8);
        size = number(record, 40, 8);
        offset = number(record, 48, 8);
    }
    read_directory(offset, size, count);
}

std::string_view ZipArchive::at(uint64_t offset, uint64_t size, const char* what) const {
    if (offset > archive_.size() || size > archive_.size() - offset)
        throw Error(where_, std::string("the ZIP archive is damaged: ") + what + " lies outside the file");
    return archive_.substr(offset, size);
}

void ZipArchive::read_directory(uint64_t offset, uint64_t size, uint64_t count) {
    std::string_view directory = at(offset, size, "the directory");
    std::set<std::string> names;
    for (uint64_t i = 0; i < count; ++i) {
        if (directory.size() < kDirectoryBytes || number(directory, 0, 4) != kDirectorySignature)
            throw Error(where_, "the ZIP archive is damaged: entry " + std::to_string(i) + " of the directory");
        Entry entry;
        const uint64_t flags = number(directory, 8, 2);
        entry.method = static_cast<uint16_t>(number(directory, 10, 2));
        entry.crc = static_cast<uint32_t>(number(directory, 16, 4));
        entry.packed_bytes = number(directory, 20, 4);
        entry.bytes = number(directory, 24, 4);
        const uint64_t name_bytes = number(directory, 28, 2), extra_bytes = number(directory, 30, 2);
        const uint64_t comment_bytes = number(directory, 32, 2);
        entry.header_offset = number(directory, 42, 4);
        if (name_bytes + extra_bytes + comment_bytes > directory.size() - kDirectoryBytes)
            throw Error(where_, "the ZIP archive is damaged: entry " + std::to_string(i) + " of the directory");
        entry.name = directory.substr(kDirectoryBytes, name_bytes);
        const std::string place = where_ + "[" + entry.name + "]";
        if (!apply_zip64(directory.substr(kDirectoryBytes + name_bytes, extra_bytes), entry))
            throw Error(place, "the ZIP entry has a damaged zip64 field");
        if ((flags & kEncryptedFlag) != 0) throw Error(place, "encrypted ZIP entries are not supported");
        if (entry.method != kStored && entry.method != kDeflated)
            throw Error(place, "ZIP compression method " + std::to_string(entry.method) + " is not supported",
                        "stored and deflated are");
        if (!names.insert(entry.name).second) throw Error(place, "the name stands twice in the ZIP archive");
        entries_.push_back(std::move(entry));
        directory.remove_prefix(kDirectoryBytes + name_bytes + extra_bytes + comment_bytes);
    }
}

std::string ZipArchive::read(const Entry& entry) const {
    const std::string place = where_ + "[" + entry.name + "]";
    const std::string_view header = at(entry.header_offset, kLocalBytes, "a local header");
    if (number(header, 0, 4) != kLocalSignature) throw Error(place, "the ZIP entry's local header is damaged");
    const uint64_t skip = kLocalBytes + number(header, 26, 2) + number(header, 28, 2);
    // header_offset + kLocalBytes lies inside the file, so the sum cannot overflow.
    const std::string_view packed = at(entry.header_offset + skip, entry.packed_bytes, "the data of an entry");
    std::string data;
    if (entry.method == kStored) {
        if (entry.bytes != entry.packed_bytes) throw Error(place, "the stored ZIP entry has two different lengths");
        data = packed;
    } else {
        if (entry.bytes / kLargestRatio > entry.packed_bytes)
            throw Error(place, "the ZIP entry claims a length that its data cannot have");
        data.resize(entry.bytes);
        z_stream stream{};
        // Negative: raw deflate data without a zlib header.
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error(place, "zlib cannot start");
        constexpr uint64_t kMost = std::numeric_limits<uInt>::max();
        uint64_t used = 0, made = 0;
        char nothing = 0;  // zlib wants a pointer even when no room is left
        int status = Z_OK;
        while (status == Z_OK) {
            const auto give = static_cast<uInt>(std::min<uint64_t>(packed.size() - used, kMost));
            const auto room = static_cast<uInt>(std::min<uint64_t>(data.size() - made, kMost));
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + used));
            stream.avail_in = give;
            stream.next_out = reinterpret_cast<Bytef*>(room > 0 ? data.data() + made : &nothing);
            stream.avail_out = room;
            status = inflate(&stream, Z_NO_FLUSH);
            used += give - stream.avail_in;
            made += room - stream.avail_out;
        }
        inflateEnd(&stream);
        if (status != Z_STREAM_END || made != data.size() || used != packed.size())
            throw Error(place, "the compressed data of the ZIP entry is damaged");
    }
    uint64_t checked = 0;
    uLong crc = crc32(0, nullptr, 0);
    while (checked < data.size()) {
        const auto step = static_cast<uInt>(std::min<uint64_t>(data.size() - checked, 1U << 30));
        crc = crc32(crc, reinterpret_cast<const Bytef*>(data.data() + checked), step);
        checked += step;
    }
    if (crc != entry.crc) throw Error(place, "the checksum of the ZIP entry is wrong");
    return data;
}

}  // namespace tinamix::formats
