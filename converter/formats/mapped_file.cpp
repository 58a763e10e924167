#include "formats/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "diagnostics/error.h"

namespace tinamix::formats {

MappedFile::MappedFile(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw Error(path, std::string("cannot open: ") + std::strerror(errno));
    struct stat status {};
    int error = fstat(descriptor, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : EISDIR;
    if (error == EISDIR && !S_ISDIR(status.st_mode)) error = ENODEV;
    if (error == 0 && status.st_size > 0) {
        void* mapped = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (mapped == MAP_FAILED) {
            error = errno;
        } else {
            data_ = static_cast<const char*>(mapped);
            size_ = static_cast<size_t>(status.st_size);
        }
    }
    close(descriptor);
    if (error != 0) throw Error(path, std::string("cannot read: ") + std::strerror(error));
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace tinamix::formats
