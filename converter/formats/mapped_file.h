// A file's bytes in memory without a copy, for data larger than one wants to hold.
#pragma once

#include <string>
#include <string_view>

namespace tinamix::formats {

/// Maps the whole file for reading. The file must not shrink meanwhile.
class MappedFile {
  public:
    /// Throws Error naming `path` and the system's reason.
    explicit MappedFile(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::string_view bytes() const { return {data_, size_}; }

  private:
    const char* data_ = nullptr;
    size_t size_ = 0;
};

}  // namespace tinamix::formats
