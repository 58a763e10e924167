// Removing what no slot needs; declared in objects.h.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/folder_lock.h"
#include "store/objects.h"

namespace tmx::store {
namespace {

/// The objects that slots name.
class Needed {
  public:
    Needed() = default;
    ~Needed() { free(ids_); }
    Needed(const Needed&) = delete;
    Needed& operator=(const Needed&) = delete;

    tmx_status read(const StoreFolders& folders, ErrorText& error) {
        return for_each_slot(folders, visit, this, error);
    }

    bool has(const char* id) const {
        for (size_t i = 0; i < count_; ++i) {
            if (strncmp(ids_[i].text, id, kIdDigits) == 0) return true;
        }
        return false;
    }

  private:
    bool add(const ObjectId& id) {
        if (count_ == capacity_) {
            const size_t capacity = capacity_ == 0 ? 32 : 2 * capacity_;
            void* grown = realloc(ids_, capacity * sizeof(ObjectId));
            if (grown == nullptr) return false;
            ids_ = static_cast<ObjectId*>(grown);
            capacity_ = capacity;
        }
        ids_[count_++] = id;
        return true;
    }

    static tmx_status visit(void* user, const char*, const Slot& slot, tmx_status status, ErrorText& error) {
        if (status != TMX_OK) return status;
        Needed& needed = *static_cast<Needed*>(user);
        for (int i = 0; i < slot.version_count; ++i) {
            if (!needed.add(slot.versions[i].model) || !needed.add(slot.versions[i].golden)) {
                return error.set(TMX_OUT_OF_MEMORY, "cannot allocate the list of objects");
            }
        }
        return TMX_OK;
    }

    ObjectId* ids_ = nullptr;
    size_t count_ = 0, capacity_ = 0;
};

/// Removes one object unless a process has it mapped: those hold a shared lock (mapped_file.h).
void remove_object(int folder, const char* name, Garbage* garbage) {
    const int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return;
    struct stat status;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        ++garbage->in_use;
    } else if (fstat(descriptor, &status) == 0 && unlinkat(folder, name, 0) == 0) {
        ++garbage->files;
        garbage->bytes += static_cast<uint64_t>(status.st_size);
    }
    close(descriptor);
}

}  // namespace

tmx_status remove_garbage(const StoreFolders& folders, Garbage* garbage, ErrorText& error) {
    *garbage = {};
    remove_incoming(folders.objects.c_str());
    Needed needed;
    {
        FolderLock lock;  // nobody is writing a slot now
        TMX_RETURN_IF_ERROR(lock.acquire(folders.store, kSlotLock, true, error));
        remove_incoming(folders.slots.c_str());
        TMX_RETURN_IF_ERROR(needed.read(folders, error));
    }
    DIR* entries = opendir(folders.objects.c_str());
    if (entries == nullptr) {
        return error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", folders.objects.c_str(), strerror(errno));
    }
    while (const struct dirent* entry = readdir(entries)) {
        const bool is_object = strlen(entry->d_name) > kIdDigits && entry->d_name[kIdDigits] == '.';
        if (is_object && !needed.has(entry->d_name)) remove_object(dirfd(entries), entry->d_name, garbage);
    }
    closedir(entries);
    return garbage->files == 0 ? TMX_OK : sync_folder(folders.objects.c_str(), error);
}

}  // namespace tmx::store
