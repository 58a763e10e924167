// Installing, switching and removing; see store.h.
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/slot_change.h"

namespace tmx::store {
namespace {

constexpr size_t kMinPrefix = 4;

/// Room for one more version: the oldest that is neither active nor previous goes.
void make_room(Slot* slot) {
    if (slot->version_count < kMaxVersions) return;
    int oldest = 0;
    while (oldest == slot->active || oldest == slot->previous) ++oldest;
    forget_version(slot, oldest);
}

tmx_status check_version(const Slot& slot, const Version& version, bool force, ErrorText& error) {
    const uint32_t active = slot.active_version().model_version;
    if (force || version.model_version >= active) return TMX_OK;
    return error.set(TMX_DOWNGRADE, "'%.63s': model version %" PRIu32 " is older than the active one, %" PRIu32,
                     slot.name, version.model_version, active);
}

/// That the model's sections for an NPU are for the one of this board.
tmx_status check_npu(const tmx_info& info, int64_t npu_target, ErrorText& error) {
    if (info.npu_sections == 0 || npu_target == kUnknownNpu || npu_target == info.npu_target) return TMX_OK;
    if (npu_target == kNoNpu) {
        return error.set(TMX_WRONG_BOARD,
                         "the model is for an NPU with target 0x%" PRIX32
                         ", this board has none: install the model "
                         "without an NPU section",
                         info.npu_target);
    }
    return error.set(TMX_WRONG_BOARD, "the model is for an NPU with target 0x%" PRIX32 ", this board's is 0x%" PRIX32,
                     info.npu_target, static_cast<uint32_t>(npu_target));
}

}  // namespace

tmx_status find_version(const Slot& slot, const char* prefix, int* index, ErrorText& error) {
    const size_t size = strlen(prefix);
    int found = kNoVersion;
    for (int i = 0; i < slot.version_count; ++i) {
        if (size < kMinPrefix || strncmp(slot.versions[i].model.text, prefix, size) != 0) continue;
        if (found != kNoVersion) {
            return error.set(TMX_NOT_INSTALLED, "'%.63s' has two versions that begin with '%.64s'", slot.name, prefix);
        }
        found = i;
    }
    *index = found;
    if (found != kNoVersion) return TMX_OK;
    return size < kMinPrefix
               ? error.set(TMX_NOT_INSTALLED, "'%.64s' is too short for a version: at least %zu digits of its id",
                           prefix, kMinPrefix)
               : error.set(TMX_NOT_INSTALLED, "'%.63s' has no version '%.64s' (`tmx list` shows them)", slot.name,
                           prefix);
}

tmx_status Store::open(const char* folder, bool create, ErrorText& error) {
    const int size = snprintf(folder_.text, sizeof(folder_.text), "%s", folder);
    if (size <= 0 || static_cast<size_t>(size) >= sizeof(folder_.text)) {
        return error.set(TMX_INVALID_ARGUMENT, "'%.200s' cannot be the folder of a store", folder);
    }
    TMX_RETURN_IF_ERROR(store_folders(folder_.c_str(), &folders_, error));
    if (create) {
        TMX_RETURN_IF_ERROR(make_folder(folder_.c_str(), error));
        TMX_RETURN_IF_ERROR(make_folder(folders_.objects.c_str(), error));
        return make_folder(folders_.slots.c_str(), error);
    }
    if (access(folders_.slots.c_str(), F_OK) == 0) return TMX_OK;
    return error.set(TMX_NOT_INSTALLED, "'%.200s' is not a store of models", folder);
}

tmx_status Store::lock_for_change(ErrorText& error) { return lock_.acquire(folders_.store, kFlashLock, false, error); }

/// That this board trusts the file and can run it; fills version->model_version.
tmx_status Store::admit(const char* path, bool any_board, int64_t npu_target, Version* version,
                        ErrorText& error) const {
    TrustedKeys keys;
    TMX_RETURN_IF_ERROR(read_trusted_keys(folders_.store, &keys, error));
    runtime::MappedFile file = {};
    TMX_RETURN_IF_ERROR(runtime::map_file(path, &file, error));
    const tmx_status signature = check_signature(keys, file.data, file.bytes, error);
    runtime::unmap_file(&file);
    TMX_RETURN_IF_ERROR(signature);
    tmx_model* model = nullptr;
    const tmx_status opened = tmx_model_open(path, nullptr, &model);
    if (opened != TMX_OK) return error.set(opened, "%s", tmx_last_error(nullptr));
    tmx_info info;
    tmx_model_info(model, &info);
    tmx_status status = TMX_OK;
    if (info.unread_packings != 0 && !any_board) {
        status = error.set(TMX_WRONG_BOARD,
                           "the model is packed for `%.60s`; this processor (%s) would run %" PRId32
                           " of its layers by slow reference kernels",
                           info.target, info.isa, info.unread_packings);
    }
    if (status == TMX_OK && !any_board) status = check_npu(info, npu_target, error);
    version->model_version = info.model_version;
    tmx_model_close(model);
    return status;
}

/// The last step: from here on the version is active.
tmx_status Store::commit(const Install& request, const Version& version, Outcome* outcome, ErrorText& error) {
    FolderLock lock;
    TMX_RETURN_IF_ERROR(lock.acquire(folders_.store, kSlotLock, true, error));
    Slot slot = {};
    const tmx_status found = read_slot(folders_.slots.c_str(), request.name, &slot, error);
    outcome->changed = true;
    if (found == TMX_NOT_INSTALLED || (found == TMX_DAMAGED_STORE && request.force)) {
        slot = {};
        strcpy(slot.name, request.name);
        slot.versions[0] = version;
        slot.version_count = 1;
        slot.previous = kNoVersion;
        outcome->version = version;
        return write_slot(folders_.slots.c_str(), &slot, error);
    }
    TMX_RETURN_IF_ERROR(found);
    TMX_RETURN_IF_ERROR(check_version(slot, version, request.force, error));
    int index = slot.find(version.model);
    if (index == kNoVersion) {
        make_room(&slot);
        index = slot.version_count++;
        slot.versions[index] = version;
    }
    Version& installed = slot.versions[index];
    const bool other_golden = !version.golden.is_none() && !(installed.golden == version.golden);
    if (other_golden) installed.golden = version.golden;
    outcome->changed = index != slot.active || other_golden;
    if (index != slot.active) {
        installed.failed = false;
        switch_to(&slot, index, request.trial_starts);
    }
    outcome->version = installed;
    outcome->on_trial = slot.on_trial();
    // An interrupted process may have renamed the slot without flushing the folder.
    return outcome->changed ? write_slot(folders_.slots.c_str(), &slot, error)
                            : sync_folder(folders_.slots.c_str(), error);
}

tmx_status Store::install_locked(const Install& request, const SelfTest& test, Outcome* outcome, ErrorText& error) {
    Slot slot = {};
    const tmx_status found = read_slot(folders_.slots.c_str(), request.name, &slot, error);
    if (found != TMX_OK && found != TMX_NOT_INSTALLED && !(found == TMX_DAMAGED_STORE && request.force)) return found;
    Version version = {};
    version.golden = no_object();
    StagedObject model(folders_, ObjectKind::kModel);
    TMX_RETURN_IF_ERROR(model.stage(request.model, error));
    version.model = model.id();
    TMX_RETURN_IF_ERROR(admit(model.path(), request.force, request.npu_target, &version, error));
    // Before any work that a refusal would waste; commit() looks again.
    if (found == TMX_OK) TMX_RETURN_IF_ERROR(check_version(slot, version, request.force, error));
    StagedObject golden(folders_, ObjectKind::kGolden);
    if (request.golden != nullptr) {
        TMX_RETURN_IF_ERROR(golden.stage(request.golden, error));
        version.golden = golden.id();
        TMX_RETURN_IF_ERROR(test.run(test.user, model.path(), golden.path(), error));
        outcome->checked = true;
        TMX_RETURN_IF_ERROR(golden.publish(error));
    }
    TMX_RETURN_IF_ERROR(model.publish(error));
    return commit(request, version, outcome, error);
}

tmx_status Store::install(const Install& request, const SelfTest& test, Outcome* outcome, ErrorText& error) {
    *outcome = {};
    TMX_RETURN_IF_ERROR(check_slot_name(request.name, error));
    TMX_RETURN_IF_ERROR(lock_for_change(error));
    // What power cuts left behind would otherwise fill a small medium. That a slot is damaged is no reason not to
    // install.
    Garbage garbage;
    ErrorText ignored;
    static_cast<void>(remove_garbage(folders_, &garbage, ignored));
    const tmx_status status = install_locked(request, test, outcome, error);
    if (status != TMX_OK) static_cast<void>(remove_garbage(folders_, &garbage, ignored));
    return status;
}

/// Makes an installed version active, after everything that install checks.
tmx_status Store::change_to(const char* name, const ObjectId& model, uint32_t trial_starts, bool force_downgrade,
                            bool force_board, const SelfTest& test, Outcome* outcome, ErrorText& error) {
    Slot slot = {};
    TMX_RETURN_IF_ERROR(read_slot(folders_.slots.c_str(), name, &slot, error));
    const int index = slot.find(model);
    Version version = slot.versions[index];
    TMX_RETURN_IF_ERROR(check_version(slot, version, force_downgrade, error));
    Path model_path, golden_path;
    TMX_RETURN_IF_ERROR(object_path(folders_, ObjectKind::kModel, version.model, &model_path, error));
    TMX_RETURN_IF_ERROR(object_path(folders_, ObjectKind::kGolden, version.golden, &golden_path, error));
    runtime::MappedFile file = {};
    TMX_RETURN_IF_ERROR(open_object(folders_, ObjectKind::kModel, version.model, false, &file, error));
    runtime::unmap_file(&file);
    TMX_RETURN_IF_ERROR(admit(model_path.c_str(), force_board, kUnknownNpu, &version, error));
    if (!version.golden.is_none()) {
        TMX_RETURN_IF_ERROR(open_object(folders_, ObjectKind::kGolden, version.golden, false, &file, error));
        runtime::unmap_file(&file);
        TMX_RETURN_IF_ERROR(test.run(test.user, model_path.c_str(), golden_path.c_str(), error));
        outcome->checked = true;
    }
    outcome->version = version;
    const auto change = [&](Slot* now) {
        const int place = now->find(model);
        outcome->changed = place != kNoVersion && place != now->active;
        if (outcome->changed) {
            now->versions[place].failed = false;
            switch_to(now, place, trial_starts);
        }
        outcome->on_trial = now->on_trial();
        return outcome->changed;
    };
    return change_slot(folders_, name, &slot, change, error);
}

tmx_status Store::activate(const char* name, const char* version, bool force, uint32_t trial_starts,
                           const SelfTest& test, Outcome* outcome, ErrorText& error) {
    *outcome = {};
    TMX_RETURN_IF_ERROR(check_slot_name(name, error));
    TMX_RETURN_IF_ERROR(lock_for_change(error));
    Slot slot = {};
    int index = kNoVersion;
    TMX_RETURN_IF_ERROR(read_slot(folders_.slots.c_str(), name, &slot, error));
    TMX_RETURN_IF_ERROR(find_version(slot, version, &index, error));
    return change_to(name, slot.versions[index].model, trial_starts, force, force, test, outcome, error);
}

tmx_status Store::rollback(const char* name, const SelfTest& test, Outcome* outcome, ErrorText& error) {
    *outcome = {};
    TMX_RETURN_IF_ERROR(check_slot_name(name, error));
    TMX_RETURN_IF_ERROR(lock_for_change(error));
    Slot slot = {};
    TMX_RETURN_IF_ERROR(read_slot(folders_.slots.c_str(), name, &slot, error));
    if (slot.previous == kNoVersion) {
        return error.set(TMX_NOT_INSTALLED, "'%.63s' has no previous version to go back to", name);
    }
    // It has been active here before: neither its age nor its packing is news.
    return change_to(name, slot.versions[slot.previous].model, 0, true, true, test, outcome, error);
}

tmx_status Store::remove(const char* name, const char* version, ErrorText& error) {
    TMX_RETURN_IF_ERROR(check_slot_name(name, error));
    TMX_RETURN_IF_ERROR(lock_for_change(error));
    if (version == nullptr) {
        FolderLock lock;
        TMX_RETURN_IF_ERROR(lock.acquire(folders_.store, kSlotLock, true, error));
        Path path;
        TMX_RETURN_IF_ERROR(join(folders_.slots.c_str(), name, &path, error));
        if (unlink(path.c_str()) != 0) {
            const int reason = errno;
            if (reason == ENOENT) return error.set(TMX_NOT_INSTALLED, "no model is installed as '%.63s'", name);
            return error.set(TMX_IO_ERROR, "cannot remove '%.200s': %s", path.c_str(), strerror(reason));
        }
        TMX_RETURN_IF_ERROR(sync_folder(folders_.slots.c_str(), error));
    } else {
        Slot slot = {};
        tmx_status found = TMX_OK;
        const auto change = [&](Slot* now) {
            int index = kNoVersion;
            found = find_version(*now, version, &index, error);
            if (found != TMX_OK) return false;
            if (index == now->active) {
                found =
                    error.set(TMX_INVALID_ARGUMENT, "'%.63s': version %.12s is active (`tmx rollback` goes back first)",
                              name, now->versions[index].model.text);
                return false;
            }
            if (index == now->previous) now->previous = kNoVersion;
            forget_version(now, index);
            return true;
        };
        TMX_RETURN_IF_ERROR(change_slot(folders_, name, &slot, change, error));
        TMX_RETURN_IF_ERROR(found);
    }
    // A damaged slot elsewhere keeps its objects, and everybody else's; it does not undo the removal.
    Garbage garbage;
    ErrorText ignored;
    static_cast<void>(remove_garbage(folders_, &garbage, ignored));
    return TMX_OK;
}

tmx_status Store::collect_garbage(Garbage* garbage, ErrorText& error) {
    TMX_RETURN_IF_ERROR(lock_for_change(error));
    const auto prune = [](void* user, const char* name, const Slot& slot, tmx_status status, ErrorText& reason) {
        TMX_RETURN_IF_ERROR(status);
        const int needed = slot.previous == kNoVersion ? 1 : 2;
        if (slot.version_count == needed) return TMX_OK;
        Slot now = {};
        const auto change = [](Slot* pruned) {
            for (int i = pruned->version_count - 1; i >= 0; --i) {
                if (i != pruned->active && i != pruned->previous) forget_version(pruned, i);
            }
            return true;
        };
        return change_slot(static_cast<Store*>(user)->folders_, name, &now, change, reason);
    };
    TMX_RETURN_IF_ERROR(for_each_slot(folders_, prune, this, error));
    return remove_garbage(folders_, garbage, error);
}

}  // namespace tmx::store
