// ZIP archives made by hand, so that tests can damage them in every way.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tinamix::test {

struct ZipMember {
    std::string name;
    std::string data;
    bool deflate = false;
    bool zip64 = false;  ///< sizes and offset in the zip64 field
    uint32_t crc_error = 0;
    uint16_t flags = 0;
    int method = -1;             ///< overrides the true one
    int64_t claimed_bytes = -1;  ///< overrides the true length
};

inline std::string number(uint64_t value, int width) {
    std::string bytes;
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

inline std::string deflated(const std::string& data) {
    std::string packed(compressBound(data.size()) + 64, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

/// `zip64_end`: with the 64-bit end record, as writers of huge archives make it.
inline std::string zip_archive(const std::vector<ZipMember>& members, bool zip64_end = false,
                               const std::string& comment = "") {
    constexpr uint64_t kIn64 = 0xffffffff;
    std::string archive, directory;
    for (const ZipMember& member : members) {
        const std::string packed = member.deflate ? deflated(member.data) : member.data;
        const uint64_t bytes =
            member.claimed_bytes >= 0 ? static_cast<uint64_t>(member.claimed_bytes) : member.data.size();
        const auto crc = static_cast<uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(member.data.data()), static_cast<uInt>(member.data.size())) ^
            member.crc_error);
        const int method = member.method >= 0 ? member.method : member.deflate ? 8 : 0;
        const uint64_t offset = archive.size();
        const std::string middle =
            number(member.flags, 2) + number(static_cast<uint64_t>(method), 2) + number(0, 4) + number(crc, 4);
        const std::string sizes =
            member.zip64 ? number(kIn64, 4) + number(kIn64, 4) : number(packed.size(), 4) + number(bytes, 4);
        const std::string local_extra =
            member.zip64 ? number(1, 2) + number(16, 2) + number(bytes, 8) + number(packed.size(), 8) : "";
        archive += number(0x04034b50, 4) + number(20, 2) + middle + sizes + number(member.name.size(), 2) +
                   number(local_extra.size(), 2) + member.name + local_extra + packed;
        const std::string extra = member.zip64 ? number(0x5455, 2) + number(1, 2) + "x" + number(1, 2) + number(24, 2) +
                                                     number(bytes, 8) + number(packed.size(), 8) + number(offset, 8)
                                               : "";
        directory += number(0x02014b50, 4) + number(20, 2) + number(20, 2) + middle + sizes +
                     number(member.name.size(), 2) + number(extra.size(), 2) + number(0, 2) + number(0, 2) +
                     number(0, 2) + number(0, 4) + number(member.zip64 ? kIn64 : offset, 4) + member.name + extra;
    }
    const uint64_t at = archive.size();
    archive += directory;
    if (zip64_end) {
        const uint64_t record = archive.size();
        archive += number(0x06064b50, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) + number(0, 4) +
                   number(members.size(), 8) + number(members.size(), 8) + number(directory.size(), 8) + number(at, 8);
        archive += number(0x07064b50, 4) + number(0, 4) + number(record, 8) + number(1, 4);
    }
    const uint64_t count = zip64_end ? 0xffff : members.size();
    archive += number(0x06054b50, 4) + number(0, 2) + number(0, 2) + number(count, 2) + number(count, 2) +
               number(zip64_end ? kIn64 : directory.size(), 4) + number(zip64_end ? kIn64 : at, 4) +
               number(comment.size(), 2) + comment;
    return archive;
}

}  // namespace tinamix::test
