// Keeps two processes from changing the same thing at once: flock on a file of the store. The kernel gives it back when
// the holder ends, however it ends.
#ifndef TINAMIX_RUNTIME_STORE_FOLDER_LOCK_H_
#define TINAMIX_RUNTIME_STORE_FOLDER_LOCK_H_

#include "store/path.h"

namespace tmx::store {

class FolderLock {
  public:
    FolderLock() = default;
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    /// Takes lock file `name` of `folder`. `wait`: until it is free; otherwise TMX_STORE_BUSY when somebody has it.
    tmx_status acquire(const char* folder, const char* name, bool wait, ErrorText& error);

  private:
    int descriptor_ = -1;
};

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_FOLDER_LOCK_H_
