// tmx activate: makes an installed version the active one.
#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

int run_activate(const Arguments& arguments) {
    StoreSession session(arguments);
    uint32_t trial_starts = 0;
    int status = session.trial_starts(&trial_starts);
    if (status == kExitOk) status = session.open(false);
    if (status != kExitOk) return status;
    store::ErrorText error = {};
    store::Outcome outcome;
    const tmx_status activated =
        session.store().activate(arguments.positional(0), arguments.positional(1), arguments.has("--force"),
                                 trial_starts, session.self_test(), &outcome, error);
    if (activated != TMX_OK) return session.report(activated, error);
    session.print(arguments.positional(0), "active", outcome);
    return kExitOk;
}

constexpr const char* kPositionals[] = {"NAME", "VERSION"};
constexpr Option kOptions[] = {kStoreOption, kTrialOption, kForceOption, kJsonOption};

}  // namespace

const Command kActivateCommand = {
    "activate",
    "make an installed version the active one",
    "The same checks as for install. VERSION is the beginning of its id, as `tmx list` shows it.",
    kPositionals,
    2,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx activate yolo 3f2a91c0 --store /mnt/UDISK/models",
    run_activate,
};

}  // namespace tmx::tool
