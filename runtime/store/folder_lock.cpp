// Locks by flock; see folder_lock.h.
#include "store/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

namespace tmx::store {

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

tmx_status FolderLock::acquire(const char* folder, const char* name, bool wait, ErrorText& error) {
    Path path;
    TMX_RETURN_IF_ERROR(join(folder, name, &path, error));
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) return error.set(TMX_IO_ERROR, "cannot open '%.200s': %s", path.c_str(), strerror(errno));
    while (flock(descriptor_, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) {
            return error.set(TMX_STORE_BUSY, "another process is changing the store '%.200s'", folder);
        }
        return error.set(TMX_IO_ERROR, "cannot lock '%.200s': %s", path.c_str(), strerror(errno));
    }
    return TMX_OK;
}

}  // namespace tmx::store
