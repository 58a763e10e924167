// tmx rollback: goes back to the previous version.
#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

int run_rollback(const Arguments& arguments) {
    StoreSession session(arguments);
    const int status = session.open(false);
    if (status != kExitOk) return status;
    store::ErrorText error = {};
    store::Outcome outcome;
    const tmx_status back = session.store().rollback(arguments.positional(0), session.self_test(), &outcome, error);
    if (back != TMX_OK) return session.report(back, error);
    session.print(arguments.positional(0), "active again", outcome);
    return kExitOk;
}

constexpr const char* kPositionals[] = {"NAME"};
constexpr Option kOptions[] = {kStoreOption, kJsonOption};

}  // namespace

const Command kRollbackCommand = {
    "rollback",
    "go back to the previous version of a model",
    "The previous version is checked like a new one and becomes active; the present one becomes the previous.",
    kPositionals,
    1,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx rollback yolo --store /mnt/UDISK/models",
    run_rollback,
};

}  // namespace tmx::tool
