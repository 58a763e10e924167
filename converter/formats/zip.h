// Reading ZIP archives: stored and deflated entries, zip64, checksums verified.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tinamix::formats {

/// An archive over bytes that the caller keeps alive. Nothing in the archive is trusted.
class ZipArchive {
  public:
    struct Entry {
        std::string name;
        uint16_t method = 0;  ///< 0 stored, 8 deflated
        uint32_t crc = 0;
        uint64_t packed_bytes = 0;
        uint64_t bytes = 0;
        uint64_t header_offset = 0;
    };

    /// Reads the directory. `where` names the file in errors. Throws Error.
    ZipArchive(std::string_view archive, std::string where);

    const std::vector<Entry>& entries() const { return entries_; }
    /// Unpacks one entry and checks its length and checksum. Throws Error naming file and entry.
    std::string read(const Entry& entry) const;

  private:
    std::string_view at(uint64_t offset, uint64_t size, const char* what) const;
    void read_directory(uint64_t offset, uint64_t size, uint64_t count);

    std::string_view archive_;
    std::string where_;
    std::vector<Entry> entries_;
};

}  // namespace tinamix::formats
