// tmx remove, gc, report: the rest of what changes a store.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

int run_remove(const Arguments& arguments) {
    StoreSession session(arguments);
    const int status = session.open(false);
    if (status != kExitOk) return status;
    const char* name = arguments.positional(0);
    const char* version = arguments.value("--version");
    store::ErrorText error = {};
    const tmx_status removed = session.store().remove(name, version, error);
    if (removed != TMX_OK) return session.report(removed, error);
    if (version == nullptr) {
        printf("%s: removed\n", name);
    } else {
        printf("%s: version %s removed\n", name, version);
    }
    return kExitOk;
}

int run_gc(const Arguments& arguments) {
    StoreSession session(arguments);
    const int status = session.open(false);
    if (status != kExitOk) return status;
    store::ErrorText error = {};
    store::Garbage garbage;
    const tmx_status collected = session.store().collect_garbage(&garbage, error);
    if (collected != TMX_OK) return session.report(collected, error);
    printf("%" PRIu64 " files removed, %" PRIu64 " bytes; %" PRIu64 " kept because a process has them open\n",
           garbage.files, garbage.bytes, garbage.in_use);
    return kExitOk;
}

int run_report(const Arguments& arguments) {
    const char* health = arguments.positional(1);
    const bool healthy = strcmp(health, "healthy") == 0;
    if (!healthy && strcmp(health, "failed") != 0) {
        report_error(arguments, "`%s`: expected `healthy` or `failed`", health);
        return kExitUsage;
    }
    StoreSession session(arguments);
    const int status = session.open(false);
    if (status != kExitOk) return status;
    const tmx_status reported = tmx_report_health(session.folder(), arguments.positional(0), healthy ? 1 : 0);
    if (reported == TMX_OK) return kExitOk;
    report_error(arguments, "%s (%s)", tmx_last_error(nullptr), tmx_status_name(reported));
    return kExitFailed;
}

constexpr const char* kNamePositional[] = {"NAME"};
constexpr const char* kReportPositionals[] = {"NAME", "HEALTH"};
constexpr Option kRemoveOptions[] = {{"--version", "ID", "only this version, which must not be active", false, false},
                                     kStoreOption};
constexpr Option kStoreOnly[] = {kStoreOption};

}  // namespace

const Command kRemoveCommand = {
    "remove",
    "remove a model, or one version of it, from the store",
    "Files that a process has mapped stay until it ends; the next `tmx gc` or `tmx install` removes them.",
    kNamePositional,
    1,
    kRemoveOptions,
    sizeof(kRemoveOptions) / sizeof(*kRemoveOptions),
    "  tmx remove yolo --store /mnt/UDISK/models\n"
    "  tmx remove yolo --version 3f2a91c0 --store /mnt/UDISK/models",
    run_remove,
};

const Command kGcCommand = {
    "gc",
    "remove everything but the active and the previous versions",
    "Never removes a file that a process has mapped.",
    nullptr,
    0,
    kStoreOnly,
    1,
    "  tmx gc --store /mnt/UDISK/models",
    run_gc,
};

const Command kReportCommand = {
    "report",
    "say whether the active version works: tmx_report_health for scripts",
    "HEALTH is `healthy` (confirms a version on trial) or `failed` (counts a failed start; one too many brings the\n"
    "previous version back).",
    kReportPositionals,
    2,
    kStoreOnly,
    1,
    "  tmx report yolo healthy --store /mnt/UDISK/models",
    run_report,
};

}  // namespace tmx::tool
