// Files; see file_io.h. Plain POSIX.
#include "tool/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tmx::tool {
namespace {

constexpr size_t kReadBytes = 1 << 16;

bool write_all(int file, const Piece& piece) {
    const uint8_t* data = static_cast<const uint8_t*>(piece.data);
    size_t left = piece.bytes;
    while (left > 0) {
        const ssize_t written = write(file, data, left);
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        data += written;
        left -= static_cast<size_t>(written);
    }
    return true;
}

}  // namespace

bool read_file(const char* path, Array<uint8_t>* bytes, Text* error) {
    bytes->resize(0);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        error->format("%s: %s", path, strerror(errno));
        return false;
    }
    struct stat status;
    size_t step = kReadBytes;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        if (static_cast<uint64_t>(status.st_size) >= SIZE_MAX / 2) {
            error->format("%s: too large for this machine", path);
            close(file);
            return false;
        }
        step = static_cast<size_t>(status.st_size) + 1;  // one more, so that the last read sees the end
    }
    size_t size = 0;
    for (;;) {
        bytes->resize(size + step);
        const ssize_t got = read(file, bytes->data() + size, step);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            error->format("%s: %s", path, strerror(errno));
            close(file);
            bytes->resize(0);
            return false;
        }
        size += static_cast<size_t>(got);
        if (got == 0) break;
        step = kReadBytes;
    }
    close(file);
    bytes->resize(size);
    return true;
}

bool write_file(const char* path, const Piece* pieces, size_t count, Text* error) {
    Text temporary;
    temporary.format("%s.part%ld", path, static_cast<long>(getpid()));
    const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        error->format("%s: %s", path, strerror(errno));
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < count && good; ++i) good = write_all(file, pieces[i]);
    int reason = good ? 0 : errno;
    if (close(file) != 0 && good) {
        good = false;
        reason = errno;
    }
    if (good && rename(temporary.c_str(), path) != 0) {
        good = false;
        reason = errno;
    }
    if (!good) {
        unlink(temporary.c_str());
        error->format("%s: %s", path, strerror(reason));
    }
    return good;
}

bool make_directories(const char* path, Text* error) {
    Text part;
    for (const char* c = path;; ++c) {
        if ((*c == '/' || *c == '\0') && part.size() > 0 && mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) {
            error->format("%s: %s", part.c_str(), strerror(errno));
            return false;
        }
        if (*c == '\0') break;
        part.append(*c);
    }
    struct stat status;
    if (stat(path, &status) != 0) {
        error->format("%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        error->format("%s: not a folder", path);
        return false;
    }
    return true;
}

bool finish_stdout() {
    if (fflush(stdout) == 0 && ferror(stdout) == 0) return true;
    fprintf(stderr, "tmx: standard output: %s\n", strerror(errno));
    return false;
}

}  // namespace tmx::tool
