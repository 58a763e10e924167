// What a store knows about the models of one name: the versions, which of them is active, and how its trial goes. One
// small text file per name, replaced in one step: it is the only thing that says what is active.
#ifndef TINAMIX_RUNTIME_STORE_SLOT_H_
#define TINAMIX_RUNTIME_STORE_SLOT_H_

#include <stddef.h>
#include <stdint.h>

#include "store/path.h"

namespace tmx::store {

/// Half a SHA-512 digest in hexadecimal: the name of an object.
inline constexpr size_t kIdDigits = 64;
inline constexpr size_t kIdBytes = kIdDigits / 2;
inline constexpr int kMaxVersions = 8;
inline constexpr size_t kMaxNameBytes = 64;
inline constexpr int kNoVersion = -1;
inline constexpr uint32_t kMaxTrialStarts = 99;

/// An object's name, or "none".
struct ObjectId {
    char text[kIdDigits + 1];

    bool is_none() const;
    bool operator==(const ObjectId& other) const;
};
ObjectId no_object();

struct Version {
    ObjectId model;
    ObjectId golden;         ///< or none
    uint32_t model_version;  ///< as the model says; 0: not said
    bool failed;             ///< its trial failed: never gone back to by itself
};

struct Slot {
    char name[kMaxNameBytes];
    /// Counts the changes.
    uint64_t serial;
    /// Oldest first.
    Version versions[kMaxVersions];
    int version_count;
    int active;
    int previous;  ///< or kNoVersion
    /// Starts without a healthy report after which the active version has failed; 0: nobody counts (confirmed).
    uint32_t trial_starts;
    /// Starts of the trial, or failures reported, since the last healthy report.
    uint32_t starts;

    const Version& active_version() const { return versions[active]; }
    bool on_trial() const { return trial_starts != 0; }
    /// Index of the version with this model, or kNoVersion.
    int find(const ObjectId& model) const;
};

/// 1 to 63 letters, digits, '.', '_', '-'; the first one no '.' and no '-'. TMX_INVALID_ARGUMENT for other names.
tmx_status check_slot_name(const char* name, ErrorText& error);

/// Makes version `index` active and the present one the previous one. `trial_starts` as in Slot.
void switch_to(Slot* slot, int index, uint32_t trial_starts);
/// Forgets version `index`, which is neither active nor previous.
void forget_version(Slot* slot, int index);

/// TMX_NOT_INSTALLED when there is no such slot; TMX_DAMAGED_STORE when the file is not, byte for byte, what
/// write_slot writes.
tmx_status read_slot(const char* folder, const char* name, Slot* slot, ErrorText& error);
/// Increases slot->serial and writes, durably and in one step.
tmx_status write_slot(const char* folder, Slot* slot, ErrorText& error);

}  // namespace tmx::store

#endif  // TINAMIX_RUNTIME_STORE_SLOT_H_
