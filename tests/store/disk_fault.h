// Runs a program under ptrace, sees every system call by which it changes files below one folder, and makes one of them
// fail or be the last before a power cut. What had not been flushed by then may be lost, as on a real medium.
#pragma once

#include <string>
#include <vector>

namespace tmx::store {

enum class Fault {
    kNone,
    kCutBefore,   ///< power goes before the call has any effect
    kCutAfter,    ///< ... and after it
    kNoSpace,     ///< the call fails with ENOSPC
    kIoError,     ///< the call fails with EIO
    kShortWrite,  ///< a write takes only half of its bytes
    // What a store must not rely on; the tests use these to show that they would notice.
    kCutNothingFlushed,  ///< as kCutAfter, on a medium on which no flush has had any effect
    kCutInsideRename,    ///< power goes when a rename has removed the old file and not yet named the new one
};

/// What the medium has of that which was not flushed (fsync of the file for its bytes, of the folder for its names)
/// when the power goes.
enum class Survival {
    kEverything,
    kTornData,      ///< all names; the last block of files that were not flushed is garbage
    kEmptyData,     ///< all names; files that were not flushed are empty
    kFlushedNames,  ///< all data; names made, changed or removed in folders that were not flushed are as before
    kSlotNames,     ///< as kFlushedNames, but the folder `slots` was written back: names are not kept in order
    kObjectNames,   ///< ... the folder `objects` was
};

/// One call that changes files: "write", "rename", ...; its path relative to the folder.
struct FileChange {
    std::string call, path;
};

struct FaultRun {
    bool ended = false;  ///< by itself; otherwise the power went
    int status = -1;     ///< exit status then
    std::string messages;
    std::vector<FileChange> changes;
    /// Whether anything was not flushed when the power went: otherwise all survivals are alike.
    bool unflushed_data = false, unflushed_names = false;
};

/// Runs `command` (a program and its arguments). The call with number `point` (from 0) meets `fault`; after a cut the
/// folder is left as `survival` says. Flushes are not carried out, only remembered: nothing here waits for a disk.
FaultRun run_with_fault(const std::vector<std::string>& command, const std::string& folder, size_t point, Fault fault,
                        Survival survival);

}  // namespace tmx::store
