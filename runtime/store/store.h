// Models on a board: versions under a name, one of them active. Everything here is safe against power cuts, at any
// moment: afterwards the old version is active or the new one, complete and verified.
//
// A store is one folder: objects/ (files named by their content), slots/ (one text file per name, slot.h), keys/
// (public keys that the board's owner put there), and two lock files. Nothing else on the board is touched.
#ifndef TINAMIX_RUNTIME_STORE_STORE_H_
#define TINAMIX_RUNTIME_STORE_STORE_H_

#include "store/folder_lock.h"
#include "store/objects.h"
#include "store/slot.h"
#include "store/trusted_keys.h"

namespace tmx::store {

inline constexpr uint32_t kDefaultTrialStarts = 3;

/// Runs a model on the inputs of its golden file. TMX_CHECK_FAILED where this board computes something else.
struct SelfTest {
    tmx_status (*run)(void* user, const char* model, const char* golden, ErrorText& error);
    void* user;
};

/// What is known of a board's NPU instead of its target id: there is none; nobody has said.
inline constexpr int64_t kNoNpu = 0;
inline constexpr int64_t kUnknownNpu = -1;

struct Install {
    const char* name;
    const char* model;
    const char* golden;  ///< or null: nothing to check on this board
    /// Accepts a downgrade, a model packed for other boards, and a damaged slot (which starts anew). Never a model
    /// whose signature, bytes or golden check are wrong.
    bool force;
    uint32_t trial_starts;  ///< Slot::trial_starts; a first version has nothing to go back to and is confirmed at once
    int64_t npu_target = kUnknownNpu;  ///< target id of this board's NPU, or one of the above
};

/// What a change came to.
struct Outcome {
    Version version;
    bool changed;  ///< false: it was so already
    bool checked;  ///< by the golden file
    bool on_trial;
};

class Store {
  public:
    /// Makes the folder where it is missing, if `create`.
    tmx_status open(const char* folder, bool create, ErrorText& error);

    /// Each of these takes kFlashLock; TMX_STORE_BUSY when another process changes the store.
    tmx_status install(const Install& request, const SelfTest& test, Outcome* outcome, ErrorText& error);
    /// `version`: the first characters of its id, at least 4.
    tmx_status activate(const char* name, const char* version, bool force, uint32_t trial_starts, const SelfTest& test,
                        Outcome* outcome, ErrorText& error);
    /// Back to the previous version, which then is confirmed.
    tmx_status rollback(const char* name, const SelfTest& test, Outcome* outcome, ErrorText& error);
    /// A version that is not active, or (`version` null) the whole name.
    tmx_status remove(const char* name, const char* version, ErrorText& error);
    /// Forgets all versions but the active and the previous ones, and removes what nothing needs any more.
    tmx_status collect_garbage(Garbage* garbage, ErrorText& error);

    const StoreFolders& folders() const { return folders_; }

  private:
    tmx_status lock_for_change(ErrorText& error);
    tmx_status install_locked(const Install& request, const SelfTest& test, Outcome* outcome, ErrorText& error);
    tmx_status commit(const Install& request, const Version& version, Outcome* outcome, ErrorText& error);
    tmx_status change_to(const char* name, const ObjectId& model, uint32_t trial_starts, bool force_downgrade,
                         bool force_board, const SelfTest& test, Outcome* outcome, ErrorText& error);
    tmx_status admit(const char* path, bool any_board, int64_t npu_target, Version* version, ErrorText& error) const;

    Path folder_;
    StoreFolders folders_;
    FolderLock lock_;
};

/// Index of the version whose id begins with `prefix`. TMX_NOT_INSTALLED when there is none or more than one.
tmx_status find_version(const Slot& slot, const char* prefix, int* index, ErrorText& error);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_STORE_H_
