// tmx install, activate, rollback: which version of a model is active.
#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

constexpr Option kForceOption = {"--force", nullptr, "accept a downgrade, or a model that was packed for other boards",
                                 false, false};
constexpr Option kJsonOption = {"--json", nullptr, "print JSON", false, false};

int run_install(const Arguments& arguments) {
    StoreSession session(arguments);
    store::Install request = {};
    request.name = arguments.value("--name");
    request.model = arguments.positional(0);
    request.golden = arguments.value("--golden");
    request.force = arguments.has("--force");
    int status = session.trial_starts(&request.trial_starts);
    if (status == kExitOk) status = session.open(true);
    if (status != kExitOk) return status;
    store::ErrorText error = {};
    store::Outcome outcome;
    const tmx_status installed = session.store().install(request, session.self_test(), &outcome, error);
    if (installed != TMX_OK) return session.report(installed, error);
    session.print(request.name, "installed and active", outcome);
    return kExitOk;
}

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

constexpr const char* kInstallPositionals[] = {"MODEL.tmx"};
constexpr const char* kActivatePositionals[] = {"NAME", "VERSION"};
constexpr const char* kRollbackPositionals[] = {"NAME"};
constexpr Option kInstallOptions[] = {
    {"--name", "NAME", "what applications open it as (letters, digits, '.', '_', '-')", true, false},
    {"--golden", "FILE", "golden file: every tensor must be exact on this board before\nthe model becomes active",
     false, false},
    kStoreOption,
    kTrialOption,
    kForceOption,
    kJsonOption,
};
constexpr Option kActivateOptions[] = {kStoreOption, kTrialOption, kForceOption, kJsonOption};
constexpr Option kRollbackOptions[] = {kStoreOption, kJsonOption};

}  // namespace

const Command kInstallCommand = {
    "install",
    "put a model into the store and make it active",
    "Copies the model into the store, verifies its bytes and (where the board holds keys) its signature, runs the\n"
    "golden check on this board, and only then makes it the active version of NAME, in one step: after a power\n"
    "cut at any moment the old version is active or the new one, complete. The old version is kept as the\n"
    "previous one. Doing it again changes nothing.",
    kInstallPositionals,
    1,
    kInstallOptions,
    sizeof(kInstallOptions) / sizeof(*kInstallOptions),
    "  tmx install yolo.tmx --golden yolo.golden --name yolo --store /mnt/UDISK/models\n"
    "  TMX_STORE=/mnt/UDISK/models tmx install yolo.tmx --name yolo --trial 0",
    run_install,
};

const Command kActivateCommand = {
    "activate",
    "make an installed version the active one",
    "The same checks as for install. VERSION is the beginning of its id, as `tmx list` shows it.",
    kActivatePositionals,
    2,
    kActivateOptions,
    sizeof(kActivateOptions) / sizeof(*kActivateOptions),
    "  tmx activate yolo 3f2a91c0 --store /mnt/UDISK/models",
    run_activate,
};

const Command kRollbackCommand = {
    "rollback",
    "go back to the previous version of a model",
    "The previous version is checked like a new one and becomes active; the present one becomes the previous.",
    kRollbackPositionals,
    1,
    kRollbackOptions,
    sizeof(kRollbackOptions) / sizeof(*kRollbackOptions),
    "  tmx rollback yolo --store /mnt/UDISK/models",
    run_rollback,
};

}  // namespace tmx::tool
