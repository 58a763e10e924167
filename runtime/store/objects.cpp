// Files named by their content; see objects.h.
#include "store/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/hex.h"
#include "store/sha512.h"

namespace tmx::store {
namespace {

/// Left over on the medium besides the copy: slots, folders, the file system's own book-keeping.
constexpr uint64_t kSpareBytes = 64 * 1024;

const char* suffix_of(ObjectKind kind) { return kind == ObjectKind::kModel ? ".tmx" : ".golden"; }

/// "<id><suffix>"
struct ObjectName {
    char text[kIdDigits + 16];
};
ObjectName object_name(ObjectKind kind, const ObjectId& id) {
    ObjectName name = {};
    strcpy(name.text, id.text);
    strcat(name.text, suffix_of(kind));
    return name;
}

tmx_status check_space(const char* folder, uint64_t bytes, ErrorText& error) {
    struct statvfs medium;
    if (statvfs(folder, &medium) != 0) return TMX_OK;  // then the copy will tell
    const uint64_t free_bytes = uint64_t{medium.f_bavail} * medium.f_frsize;
    if (free_bytes >= bytes + kSpareBytes) return TMX_OK;
    return error.set(TMX_IO_ERROR,
                     "'%.200s' has %" PRIu64 " bytes free, the copy needs %" PRIu64 " (`tmx gc` removes old versions)",
                     folder, free_bytes, bytes + kSpareBytes);
}

}  // namespace

tmx_status store_folders(const char* store, StoreFolders* folders, ErrorText& error) {
    folders->store = store;
    TMX_RETURN_IF_ERROR(join(store, "objects", &folders->objects, error));
    return join(store, "slots", &folders->slots, error);
}

ObjectId object_id(const void* data, size_t bytes) {
    uint8_t digest[kSha512Bytes];
    sha512(data, bytes, digest);
    ObjectId id;
    to_hex(digest, kIdBytes, id.text);
    return id;
}

tmx_status object_path(const StoreFolders& folders, ObjectKind kind, const ObjectId& id, Path* path, ErrorText& error) {
    return join(folders.objects.c_str(), object_name(kind, id).text, path, error);
}

tmx_status open_object(const StoreFolders& folders, ObjectKind kind, const ObjectId& id, bool trusting,
                       runtime::MappedFile* file, ErrorText& error) {
    Path path;
    TMX_RETURN_IF_ERROR(object_path(folders, kind, id, &path, error));
    const tmx_status status = runtime::map_file(path.c_str(), file, error);
    if (status == TMX_NOT_A_MODEL) return TMX_DAMAGED_STORE;  // empty
    if (status != TMX_OK && access(path.c_str(), F_OK) != 0) {
        return error.set(TMX_DAMAGED_STORE, "'%.200s' is missing", path.c_str());
    }
    TMX_RETURN_IF_ERROR(status);
    if (trusting || object_id(file->data, file->bytes) == id) return TMX_OK;
    runtime::unmap_file(file);
    return error.set(TMX_DAMAGED_STORE, "'%.200s' has been changed since it was installed", path.c_str());
}

tmx_status StagedObject::copy(const char* source, ErrorText& error) {
    const int descriptor = open(source, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return error.set(TMX_IO_ERROR, "cannot open '%.200s': %s", source, strerror(errno));
    tmx_status status = file_.create(folders_.objects.c_str(), suffix_of(kind_) + 1, error);
    if (status == TMX_OK) status = file_.copy(descriptor, source, error);
    close(descriptor);
    TMX_RETURN_IF_ERROR(status);
    return file_.seal(error);
}

tmx_status StagedObject::stage(const char* source, ErrorText& error) {
    runtime::MappedFile file = {};
    TMX_RETURN_IF_ERROR(runtime::map_file(source, &file, error));
    id_ = object_id(file.data, file.bytes);
    const uint64_t bytes = file.bytes;
    runtime::unmap_file(&file);

    ErrorText ignored;
    if (open_object(folders_, kind_, id_, false, &file, ignored) == TMX_OK) {
        runtime::unmap_file(&file);
        return object_path(folders_, kind_, id_, &path_, error);
    }
    TMX_RETURN_IF_ERROR(check_space(folders_.objects.c_str(), bytes, error));
    TMX_RETURN_IF_ERROR(copy(source, error));
    is_new_ = true;
    strcpy(path_.text, file_.path());
    // What counts is what has been written, not what had been read.
    TMX_RETURN_IF_ERROR(runtime::map_file(path(), &file, error));
    const ObjectId written = object_id(file.data, file.bytes);
    runtime::unmap_file(&file);
    return written == id_ ? TMX_OK : error.set(TMX_IO_ERROR, "'%.200s' changed while it was copied", source);
}

tmx_status StagedObject::publish(ErrorText& error) {
    // One that was there already may have been published by a process that did not live to flush the folder.
    if (!is_new_) return sync_folder(folders_.objects.c_str(), error);
    TMX_RETURN_IF_ERROR(file_.publish(object_name(kind_, id_).text, error));
    return object_path(folders_, kind_, id_, &path_, error);
}

tmx_status for_each_slot(const StoreFolders& folders, SlotVisitor visit, void* user, ErrorText& error) {
    DIR* entries = opendir(folders.slots.c_str());
    if (entries == nullptr) {
        const int reason = errno;
        if (reason == ENOENT) return error.set(TMX_NOT_INSTALLED, "'%.200s' is not a store of models", folders.store);
        return error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", folders.slots.c_str(), strerror(reason));
    }
    tmx_status status = TMX_OK;
    while (status == TMX_OK) {
        errno = 0;
        const struct dirent* entry = readdir(entries);
        if (entry == nullptr) {
            if (errno != 0) {
                status = error.set(TMX_IO_ERROR, "cannot read '%.200s': %s", folders.slots.c_str(), strerror(errno));
            }
            break;
        }
        if (entry->d_name[0] == '.') continue;  // folders, and files of interrupted processes
        Slot slot = {};
        const tmx_status found =
            check_slot_name(entry->d_name, error) == TMX_OK
                ? read_slot(folders.slots.c_str(), entry->d_name, &slot, error)
                : error.set(TMX_DAMAGED_STORE, "'%.100s' is not the name of a slot", entry->d_name);
        // Removed since the folder was read.
        if (found != TMX_NOT_INSTALLED) status = visit(user, entry->d_name, slot, found, error);
    }
    closedir(entries);
    return status;
}

}  // namespace tmx::store
