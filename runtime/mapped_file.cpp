#include "mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tmx::runtime {
namespace {

tmx_status map_descriptor(int descriptor, const char* path, MappedFile* file, ErrorText& error) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return error.set(TMX_IO_ERROR, "cannot read the size of '%.200s': %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) return error.set(TMX_IO_ERROR, "'%.200s' is not a regular file", path);
    if (status.st_size <= 0) return error.set(TMX_NOT_A_MODEL, "'%.200s' is empty", path);
    if (static_cast<uint64_t>(status.st_size) > static_cast<uint64_t>(PTRDIFF_MAX)) {
        return error.set(TMX_IO_ERROR, "'%.200s' is larger than the address space", path);
    }
    const size_t bytes = static_cast<size_t>(status.st_size);
    void* data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) return error.set(TMX_IO_ERROR, "cannot map '%.200s': %s", path, strerror(errno));
    file->data = static_cast<const uint8_t*>(data);
    file->bytes = bytes;
    return TMX_OK;
}

}  // namespace

tmx_status map_file(const char* path, MappedFile* file, ErrorText& error) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return error.set(TMX_IO_ERROR, "cannot open '%.200s': %s", path, strerror(errno));
    // Tells others, a store's clean-up above all, that the file is in use. Nothing depends on it here: file systems
    // without locks do well without.
    static_cast<void>(flock(descriptor, LOCK_SH | LOCK_NB));
    const tmx_status status = map_descriptor(descriptor, path, file, error);
    if (status != TMX_OK) close(descriptor);
    file->descriptor = descriptor;
    return status;
}

void unmap_file(MappedFile* file) {
    if (file->data == nullptr) return;
    munmap(const_cast<uint8_t*>(file->data), file->bytes);
    close(file->descriptor);
    file->data = nullptr;
    file->bytes = 0;
}

}  // namespace tmx::runtime
