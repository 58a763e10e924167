// The files of a store: models and golden files, named by what is in them, never changed, kept once. A slot (slot.h)
// says what they are used for.
#ifndef TINAMIX_RUNTIME_STORE_OBJECTS_H_
#define TINAMIX_RUNTIME_STORE_OBJECTS_H_

#include <stdint.h>

#include "mapped_file.h"
#include "store/incoming_file.h"
#include "store/slot.h"

namespace tmx::store {

enum class ObjectKind { kModel, kGolden };

/// The folders of a store and its locks.
struct StoreFolders {
    const char* store;  ///< the caller's text
    Path objects;
    Path slots;
};
/// Held for the whole of a change: staging, checks and commit.
inline constexpr char kFlashLock[] = "flash.lock";
/// Held for a moment, while a slot is read and written again.
inline constexpr char kSlotLock[] = "slot.lock";

tmx_status store_folders(const char* store, StoreFolders* folders, ErrorText& error);

ObjectId object_id(const void* data, size_t bytes);
tmx_status object_path(const StoreFolders& folders, ObjectKind kind, const ObjectId& id, Path* path, ErrorText& error);

/// Maps an object (runtime::unmap_file releases it) and checks that its content is what its name says, unless
/// `trusting`. TMX_DAMAGED_STORE when it is missing or different.
tmx_status open_object(const StoreFolders& folders, ObjectKind kind, const ObjectId& id, bool trusting,
                       runtime::MappedFile* file, ErrorText& error);

/// One file on its way into the store.
class StagedObject {
  public:
    StagedObject(const StoreFolders& folders, ObjectKind kind) : folders_(folders), kind_(kind) {}

    /// Copies `source` onto the medium, unless the store has the same file already.
    tmx_status stage(const char* source, ErrorText& error);
    /// From here on it is in the store.
    tmx_status publish(ErrorText& error);

    const ObjectId& id() const { return id_; }
    /// Where its bytes are at this moment.
    const char* path() const { return path_.c_str(); }

  private:
    tmx_status copy(const char* source, ErrorText& error);

    const StoreFolders& folders_;
    ObjectKind kind_;
    IncomingFile file_;
    ObjectId id_ = {};
    Path path_ = {};
    bool is_new_ = false;
};

struct Garbage {
    uint64_t files;
    uint64_t bytes;
    uint64_t in_use;  ///< not needed, but a process has them mapped: kept
};
/// Removes every object that no slot names and no process has open, and what interrupted processes left. For the
/// holder of kFlashLock. When a slot cannot be read, nobody knows what it needs: nothing is removed.
tmx_status remove_garbage(const StoreFolders& folders, Garbage* garbage, ErrorText& error);

/// Sees every slot. `status` is TMX_OK, or why `slot` is not filled, with the reason in `error`; a visitor that returns
/// a failure ends the walk and leaves its own reason there.
using SlotVisitor = tmx_status (*)(void* user, const char* name, const Slot& slot, tmx_status status, ErrorText& error);
tmx_status for_each_slot(const StoreFolders& folders, SlotVisitor visit, void* user, ErrorText& error);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_OBJECTS_H_
