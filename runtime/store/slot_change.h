// Changing a slot: read, change and write under the lock that every writer of slots holds.
#ifndef TINAMIX_RUNTIME_STORE_SLOT_CHANGE_H_
#define TINAMIX_RUNTIME_STORE_SLOT_CHANGE_H_

#include "store/folder_lock.h"
#include "store/objects.h"
#include "store/slot.h"

namespace tmx::store {

/// Reads slot `name` into *slot, calls change(slot), which says whether there is something to write, and writes it.
template <typename Change>
tmx_status change_slot(const StoreFolders& folders, const char* name, Slot* slot, Change change, ErrorText& error) {
    FolderLock lock;
    TMX_RETURN_IF_ERROR(lock.acquire(folders.store, kSlotLock, true, error));
    TMX_RETURN_IF_ERROR(read_slot(folders.slots.c_str(), name, slot, error));
    return change(slot) ? write_slot(folders.slots.c_str(), slot, error) : TMX_OK;
}

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_SLOT_CHANGE_H_
