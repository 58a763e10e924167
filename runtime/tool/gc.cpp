// tmx gc: removes what nothing needs.
#include <inttypes.h>
#include <stdio.h>

#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

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

constexpr Option kOptions[] = {kStoreOption};

}  // namespace

const Command kGcCommand = {
    "gc",
    "remove everything but the active and the previous versions",
    "Never removes a file that a process has mapped.",
    nullptr,
    0,
    kOptions,
    1,
    "  tmx gc --store /mnt/UDISK/models",
    run_gc,
};

}  // namespace tmx::tool
