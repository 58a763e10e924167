// tmx remove: takes a model, or one version of it, out of the store.
#include <stdio.h>

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

constexpr const char* kPositionals[] = {"NAME"};
constexpr Option kOptions[] = {{"--version", "ID", "only this version, which must not be active", false, false},
                               kStoreOption};

}  // namespace

const Command kRemoveCommand = {
    "remove",
    "remove a model, or one version of it, from the store",
    "Files that a process has mapped stay until it ends; the next `tmx gc` or `tmx install` removes them.",
    kPositionals,
    1,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx remove yolo --store /mnt/UDISK/models\n"
    "  tmx remove yolo --version 3f2a91c0 --store /mnt/UDISK/models",
    run_remove,
};

}  // namespace tmx::tool
