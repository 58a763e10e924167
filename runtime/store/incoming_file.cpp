// Files that appear complete or not at all; see incoming_file.h.
#include "store/incoming_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tmx::store {
namespace {

constexpr size_t kCopyBytes = 1 << 16;
constexpr mode_t kFolderMode = 0755;
constexpr mode_t kSealedMode = 0444;

/// Cuts `path` down to its parent. `must`: not being able to flush that is an error.
tmx_status sync_parent(Path* path, bool must, ErrorText& error) {
    char* slash = strrchr(path->text, '/');
    if (slash != nullptr && slash != path->text) *slash = '\0';
    const char* parent = slash == nullptr ? "." : slash == path->text ? "/" : path->c_str();
    ErrorText ignored;
    return sync_folder(parent, must ? error : ignored) == TMX_OK || !must ? TMX_OK : TMX_IO_ERROR;
}

ssize_t read_some(int descriptor, void* buffer, size_t bytes) {
    for (;;) {
        const ssize_t got = read(descriptor, buffer, bytes);
        if (got >= 0 || errno != EINTR) return got;
    }
}

}  // namespace

IncomingFile::~IncomingFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (exists_) unlink(incoming_.c_str());
}

tmx_status IncomingFile::fail(const char* what, ErrorText& error) const {
    const int reason = errno;
    return error.set(TMX_IO_ERROR, "cannot %s '%.200s': %s", what, incoming_.c_str(), strerror(reason));
}

tmx_status IncomingFile::create(const char* folder, const char* name, ErrorText& error) {
    folder_ = folder;
    char incoming[256];
    const int size = snprintf(incoming, sizeof(incoming), "%s%s", kIncomingPrefix, name);
    if (size < 0 || static_cast<size_t>(size) >= sizeof(incoming)) {
        return error.set(TMX_INVALID_ARGUMENT, "the name '%.200s' is too long", name);
    }
    TMX_RETURN_IF_ERROR(join(folder, incoming, &incoming_, error));
    // A leftover may be sealed, and then it cannot be opened for writing.
    if (unlink(incoming_.c_str()) != 0 && errno != ENOENT) return fail("replace", error);
    descriptor_ = open(incoming_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return fail("create", error);
    exists_ = true;
    return TMX_OK;
}

tmx_status IncomingFile::write(const void* data, size_t bytes, ErrorText& error) {
    const uint8_t* next = static_cast<const uint8_t*>(data);
    while (bytes > 0) {
        const ssize_t written = ::write(descriptor_, next, bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail("write", error);
        next += written;
        bytes -= static_cast<size_t>(written);
    }
    return TMX_OK;
}

tmx_status IncomingFile::copy(int source, const char* source_path, ErrorText& error) {
    void* buffer = malloc(kCopyBytes);
    if (buffer == nullptr)
        return error.set(TMX_OUT_OF_MEMORY, "cannot allocate a buffer to copy '%.200s'", source_path);
    tmx_status status = TMX_OK;
    for (ssize_t got = 1; got > 0 && status == TMX_OK;) {
        got = read_some(source, buffer, kCopyBytes);
        if (got < 0) {
            status = error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", source_path, strerror(errno));
        } else {
            status = write(buffer, static_cast<size_t>(got), error);
        }
    }
    free(buffer);
    return status;
}

tmx_status IncomingFile::seal(ErrorText& error) {
    if (fchmod(descriptor_, kSealedMode) != 0) return fail("seal", error);
    if (fsync(descriptor_) != 0) return fail("flush", error);
    const int closed = close(descriptor_);
    descriptor_ = -1;
    return closed == 0 ? TMX_OK : fail("close", error);
}

tmx_status IncomingFile::publish(const char* name, ErrorText& error) {
    Path path;
    TMX_RETURN_IF_ERROR(join(folder_, name, &path, error));
    if (rename(incoming_.c_str(), path.c_str()) != 0) return fail("rename", error);
    exists_ = false;
    return sync_folder(folder_, error);
}

tmx_status sync_folder(const char* folder, ErrorText& error) {
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return error.set(TMX_IO_ERROR, "cannot open '%.200s': %s", folder, strerror(errno));
    // Some file systems cannot flush folders and say EINVAL: there it is all they can do.
    const bool failed = fsync(descriptor) != 0 && errno != EINVAL;
    const int reason = errno;
    close(descriptor);
    return failed ? error.set(TMX_IO_ERROR, "cannot flush '%.200s': %s", folder, strerror(reason)) : TMX_OK;
}

tmx_status make_folder(const char* folder, ErrorText& error) {
    Path part;
    const size_t size = strlen(folder);
    if (size == 0 || size >= sizeof(part.text)) {
        return error.set(TMX_INVALID_ARGUMENT, "'%.200s' cannot be the name of a folder", folder);
    }
    for (size_t end = 1; end <= size; ++end) {
        if (folder[end] != '/' && folder[end] != '\0') continue;
        memcpy(part.text, folder, end);
        part.text[end] = '\0';
        const bool made = mkdir(part.c_str(), kFolderMode) == 0;
        if (!made && errno != EEXIST) {
            return error.set(TMX_IO_ERROR, "cannot make the folder '%.200s': %s", part.c_str(), strerror(errno));
        }
        // Its entry is in its parent. An earlier process may have made it and been interrupted before it came this far.
        if (made || end == size) TMX_RETURN_IF_ERROR(sync_parent(&part, made, error));
    }
    struct stat status;
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return error.set(TMX_IO_ERROR, "'%.200s' is not a folder", folder);
    }
    return TMX_OK;
}

void remove_incoming(const char* folder) {
    DIR* entries = opendir(folder);
    if (entries == nullptr) return;
    while (const struct dirent* entry = readdir(entries)) {
        if (strncmp(entry->d_name, kIncomingPrefix, sizeof(kIncomingPrefix) - 1) != 0) continue;
        unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
}

tmx_status read_small_file(const char* path, char* buffer, size_t capacity, size_t* bytes, ErrorText& error) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        const int reason = errno;
        return error.set(reason == ENOENT || reason == ENOTDIR ? TMX_NOT_INSTALLED : TMX_IO_ERROR,
                         "cannot open '%.200s': %s", path, strerror(reason));
    }
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < capacity) {
        got = read_some(descriptor, buffer + size, capacity - size);
        if (got > 0) size += static_cast<size_t>(got);
    }
    const int reason = errno;
    close(descriptor);
    if (got < 0) return error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", path, strerror(reason));
    if (size == capacity) return error.set(TMX_DAMAGED_STORE, "'%.200s' is larger than it can be", path);
    *bytes = size;
    return TMX_OK;
}

}  // namespace tmx::store
