// Whole files, read and written with plain POSIX calls so that every failure has the system's reason.
#include "formats/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "diagnostics/error.h"

namespace tinamix::formats {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& what, int system_error) {
    throw Error(path, what + ": " + std::strerror(system_error));
}

/// The permissions for the new content: those of the file it replaces, or those any new file gets.
mode_t permissions_of(const std::string& path, mode_t otherwise) {
    struct stat existing {};
    if (stat(path.c_str(), &existing) != 0) return otherwise;
    if (S_ISDIR(existing.st_mode)) fail(path, "cannot write", EISDIR);
    return existing.st_mode & 07777;
}

/// A file beside its final place; removed unless it got there.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& path) : path_(path) {
        constexpr mode_t kNewFile = 0666;  // less the user's umask
        const mode_t mode = permissions_of(path, kNewFile);
        // A name of a process that died may still be there: try the next one.
        constexpr int kAttempts = 1000;
        for (int attempt = 0; descriptor_ < 0 && attempt < kAttempts; ++attempt) {
            temporary_ = path + "." + std::to_string(getpid()) + "-" + std::to_string(attempt) + ".tmp";
            descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
            if (descriptor_ < 0 && errno != EEXIST) break;
        }
        if (descriptor_ < 0) fail(path_, "cannot create the file", errno);
        if (mode != kNewFile && fchmod(descriptor_, mode) != 0) {
            const int error = errno;
            close(descriptor_);
            unlink(temporary_.c_str());
            fail(path_, "cannot set the permissions", error);
        }
    }
    ~TemporaryFile() {
        if (descriptor_ >= 0) close(descriptor_);
        if (!renamed_) unlink(temporary_.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    void write_all(const char* data, size_t size) {
        while (size > 0) {
            const ssize_t written = write(descriptor_, data, size);
            if (written < 0) {
                if (errno == EINTR) continue;
                fail(path_, "cannot write", errno);
            }
            data += written;
            size -= static_cast<size_t>(written);
        }
    }

    void publish() {
        if (fsync(descriptor_) != 0) fail(path_, "cannot write to the disk", errno);
        const int closed = close(descriptor_);
        descriptor_ = -1;
        if (closed != 0) fail(path_, "cannot write to the disk", errno);
        if (rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_, "cannot rename the finished file", errno);
        renamed_ = true;
    }

  private:
    std::string path_;
    std::string temporary_;
    int descriptor_ = -1;
    bool renamed_ = false;
};

/// Follows symbolic links, so that a link to a file stays a link.
std::string final_target(const std::string& path) {
    char* resolved = realpath(path.c_str(), nullptr);
    if (resolved == nullptr) return path;  // does not exist yet
    std::string result(resolved);
    free(resolved);
    return result;
}

/// Makes the rename itself durable. Some file systems cannot sync a folder; then there is nothing to wait for.
void sync_folder_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    (void)fsync(descriptor);
    close(descriptor);
}

bool is_special(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/// Devices and pipes (/dev/stdout, /dev/full) cannot be replaced by a rename.
void write_special(const std::string& path, const char* data, size_t size) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot open for writing", errno);
    int error = 0;
    while (size > 0 && error == 0) {
        const ssize_t written = write(descriptor, data, size);
        if (written < 0) {
            if (errno != EINTR) error = errno;
            continue;
        }
        data += written;
        size -= static_cast<size_t>(written);
    }
    if (close(descriptor) != 0 && error == 0) error = errno;
    if (error != 0) fail(path, "cannot write", error);
}

}  // namespace

void write_file_atomically(const std::string& path, const void* data, size_t size) {
    if (path.empty()) throw Error("", "the name of the file to write is empty");
    const std::string target = final_target(path);
    const auto* bytes = static_cast<const char*>(data);
    if (is_special(target)) return write_special(path, bytes, size);
    TemporaryFile file(target);
    file.write_all(bytes, size);
    file.publish();
    sync_folder_of(target);
}

void write_file_atomically(const std::string& path, std::string_view text) {
    write_file_atomically(path, text.data(), text.size());
}

std::string read_file(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot open", errno);
    struct stat status {};
    int error = fstat(descriptor, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
    std::string content;
    // One byte more than expected, so that the end shows without another growth; pipes have no size and just grow.
    constexpr size_t kStep = size_t{1} << 16;
    size_t filled = 0;
    if (error == 0) content.resize(S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) + 1 : kStep);
    while (error == 0) {
        if (filled == content.size()) content.resize(content.size() * 2);
        const ssize_t got = read(descriptor, content.data() + filled, content.size() - filled);
        if (got == 0) break;
        if (got > 0)
            filled += static_cast<size_t>(got);
        else if (errno != EINTR)
            error = errno;
    }
    close(descriptor);
    if (error != 0) fail(path, "cannot read", error);
    content.resize(filled);
    return content;
}

}  // namespace tinamix::formats
