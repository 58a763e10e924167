// The store as an application sees it: open what is active, and say whether it works (tinamix.h).
#include <string.h>

#include "model.h"
#include "store/slot_change.h"
#include "store/store.h"

namespace tmx::store {
namespace {

/// A slot changes under our hands at most while somebody flashes or the version falls back.
constexpr int kMaxAttempts = 4;

/// The active version has failed: the previous one takes its place, and is not on trial. False when there is none that
/// has not failed itself.
bool fall_back(Slot* slot) {
    if (slot->previous == kNoVersion || slot->versions[slot->previous].failed) return false;
    slot->versions[slot->active].failed = true;
    switch_to(slot, slot->previous, 0);
    return true;
}

/// A start of a version on trial: counts it, or ends the trial. True when the slot has changed.
bool count_start(Slot* slot) {
    if (!slot->on_trial()) return false;
    if (slot->starts >= slot->trial_starts) return fall_back(slot);
    ++slot->starts;
    return true;
}

/// Whether a failed open says something about the version rather than about the call or the moment.
bool blames_version(tmx_status status) {
    return status >> 8 != 1 && status != TMX_OUT_OF_MEMORY && status != TMX_THREAD_ERROR;
}

tmx_status closed(runtime::MappedFile* file, tmx_status status) {
    runtime::unmap_file(file);
    return status;
}

tmx_status open_version(const StoreFolders& folders, const Version& version, const tmx_options& options,
                        tmx_model** model, ErrorText& error) {
    TrustedKeys keys;
    TMX_RETURN_IF_ERROR(read_trusted_keys(folders.store, &keys, error));
    // The digest, and with keys the signature, say more than the checksum. Whoever skips that skips it here too, but
    // a board with keys trusts nothing unread.
    const bool trusting = options.skip_checksum != 0 && keys.count == 0;
    runtime::MappedFile file = {};
    TMX_RETURN_IF_ERROR(open_object(folders, ObjectKind::kModel, version.model, trusting, &file, error));
    tmx_status status = check_signature(keys, file.data, file.bytes, error);
    if (status == TMX_OK) {
        tmx_options checked = options;
        checked.skip_checksum = 1;
        status = tmx_model_open_memory(file.data, file.bytes, &checked, model);
        if (status != TMX_OK) return closed(&file, error.set(status, "%s", tmx_last_error(nullptr)));
    }
    if (status != TMX_OK) return closed(&file, status);
    (*model)->file = file;
    return TMX_OK;
}

tmx_status open_active(const StoreFolders& folders, const char* name, const tmx_options& options, tmx_model** model,
                       ErrorText& error) {
    ErrorText ignored;
    Slot slot = {};
    TMX_RETURN_IF_ERROR(read_slot(folders.slots.c_str(), name, &slot, error));
    tmx_status status = TMX_OK;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        if (slot.on_trial()) {
            // A process that may not write there, or a full medium, does not stop the application.
            Slot counted = {};
            const tmx_status written = change_slot(folders, name, &counted, count_start, ignored);
            if (written == TMX_OK) slot = counted;
        }
        const ObjectId tried = slot.active_version().model;
        status = open_version(folders, slot.active_version(), options, model, error);
        if (status == TMX_OK || !blames_version(status)) return status;
        bool other = false;
        const auto change = [&tried, &other](Slot* now) {
            other = !(now->active_version().model == tried);
            return !other && fall_back(now);
        };
        Slot changed = {};
        if (change_slot(folders, name, &changed, change, ignored) == TMX_OK) {
            slot = changed;
        } else {
            other = false;
            fall_back(&slot);
        }
        if (slot.active_version().model == tried) return status;
    }
    return status;
}

}  // namespace
}  // namespace tmx::store

using tmx::runtime::ErrorText;
using tmx::runtime::thread_error;

tmx_status tmx_model_open_active(const char* store, const char* name, const tmx_options* options, tmx_model** model) {
    using namespace tmx::store;
    ErrorText error = {};
    if (store == nullptr || name == nullptr || model == nullptr) {
        return thread_error().set(TMX_INVALID_ARGUMENT, "store, name or model is NULL");
    }
    *model = nullptr;
    tmx_options defaults;
    tmx_options_init(&defaults);
    StoreFolders folders;
    tmx_status status = check_slot_name(name, error);
    if (status == TMX_OK) status = store_folders(store, &folders, error);
    if (status == TMX_OK) status = open_active(folders, name, options == nullptr ? defaults : *options, model, error);
    thread_error().clear();
    return status == TMX_OK ? TMX_OK : thread_error().set(status, "%s", error.text);
}

tmx_status tmx_report_health(const char* store, const char* name, int32_t healthy) {
    using namespace tmx::store;
    ErrorText& error = thread_error();
    error.clear();
    if (store == nullptr || name == nullptr) return error.set(TMX_INVALID_ARGUMENT, "store or name is NULL");
    TMX_RETURN_IF_ERROR(check_slot_name(name, error));
    StoreFolders folders;
    TMX_RETURN_IF_ERROR(store_folders(store, &folders, error));
    Slot slot = {};
    TMX_RETURN_IF_ERROR(read_slot(folders.slots.c_str(), name, &slot, error));
    if (healthy != 0 && !slot.on_trial() && slot.starts == 0) return TMX_OK;
    const auto change = [healthy](Slot* now) {
        if (healthy != 0) {
            now->trial_starts = now->starts = 0;
            return true;
        }
        // On trial the start has been counted when it began.
        const bool counted = now->on_trial();
        const uint32_t limit = counted ? now->trial_starts : kDefaultTrialStarts;
        const bool counts = !counted && now->starts < limit;
        if (counts) ++now->starts;
        return (now->starts >= limit && fall_back(now)) || counts;
    };
    return change_slot(folders, name, &slot, change, error);
}
