#include "formats/atomic_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_folder.h"

namespace tinamix::formats {
namespace {

using test::content_of;
using test::TemporaryFolder;

TEST(AtomicFile, WritesAndReplaces) {
    const TemporaryFolder folder;
    const std::string path = folder.file("x.bin");
    const std::string large(3000000, 'a');
    write_file_atomically(path, large);
    EXPECT_EQ(content_of(path), large);
    write_file_atomically(path, std::string_view("new\0text", 8));
    EXPECT_EQ(read_file(path), std::string("new\0text", 8));
    write_file_atomically(path, "");
    EXPECT_EQ(read_file(path), "");
    EXPECT_EQ(folder.entries(), 1U);
}

TEST(AtomicFile, KeepsPermissionsAndFollowsLinks) {
    const TemporaryFolder folder;
    const std::string path = folder.write("x", "old");
    ASSERT_EQ(chmod(path.c_str(), 0640), 0);
    ASSERT_EQ(symlink(path.c_str(), folder.file("link").c_str()), 0);
    write_file_atomically(folder.file("link"), "new");
    EXPECT_EQ(content_of(path), "new");
    EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
    const mode_t mask = umask(022);
    write_file_atomically(folder.file("fresh"), "x");
    umask(mask);
    ASSERT_EQ(stat(folder.file("fresh").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0644U);
}

/// Writes beyond the limit fail, as they do on a full disk.
class LimitedFileSize {
  public:
    explicit LimitedFileSize(rlim_t bytes) {
        old_handler_ = signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &old_);
        const rlimit limited{bytes, old_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~LimitedFileSize() {
        setrlimit(RLIMIT_FSIZE, &old_);
        signal(SIGXFSZ, old_handler_);
    }

  private:
    rlimit old_{};
    sighandler_t old_handler_;
};

TEST(AtomicFile, LeavesTheOldFileAndNothingElseWhenTheDiskIsFull) {
    const TemporaryFolder folder;
    const std::string path = folder.write("x", "old");
    std::string message;
    {
        const LimitedFileSize limit(100000);
        message = test::error_of([&] { write_file_atomically(path, std::string(1000000, 'a')); });
    }
    EXPECT_EQ(message, path + ": cannot write: File too large");
    EXPECT_EQ(content_of(path), "old");
    EXPECT_EQ(folder.entries(), 1U);
}

TEST(AtomicFile, LeavesNothingWhenTheDiskIsFullAndTheFileIsNew) {
    const TemporaryFolder folder;
    {
        const LimitedFileSize limit(100000);
        EXPECT_THROW(write_file_atomically(folder.file("x"), std::string(1000000, 'a')), Error);
    }
    EXPECT_EQ(folder.entries(), 0U);
}

TEST(AtomicFile, NamesTheReason) {
    const TemporaryFolder folder;
    EXPECT_ERROR(write_file_atomically(folder.file("none/x"), "a"), "none/x: cannot create the file: No such file");
    EXPECT_ERROR(write_file_atomically(folder.path(), "a"), "Is a directory");
    EXPECT_ERROR(write_file_atomically("", "a"), "empty");
    EXPECT_ERROR(write_file_atomically("/dev/full", "a"), "/dev/full: cannot write: No space left on device");
    EXPECT_ERROR(read_file(folder.file("none")), "none: cannot open: No such file or directory");
    EXPECT_ERROR(read_file(folder.path()), "Is a directory");
    EXPECT_EQ(folder.entries(), 0U);
}

TEST(AtomicFile, WritesToDevices) {
    write_file_atomically("/dev/null", "gone");
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace tinamix::formats
