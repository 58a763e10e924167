// tmx install: puts a model into the store and makes it active.
#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

int run_install(const Arguments& arguments) {
    StoreSession session(arguments);
    store::Install request = {};
    request.name = arguments.value("--name");
    request.model = arguments.positional(0);
    request.golden = arguments.value("--golden");
    request.force = arguments.has("--force");
    if (!arguments.integer("--npu-target", 0, UINT32_MAX, &request.npu_target)) return kExitUsage;
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

constexpr const char* kPositionals[] = {"MODEL.tmx"};
constexpr Option kOptions[] = {
    {"--name", "NAME", "what applications open it as (letters, digits, '.', '_', '-')", true, false},
    {"--golden", "FILE", "golden file: every tensor must be exact on this board before\nthe model becomes active",
     false, false},
    kStoreOption,
    kTrialOption,
    {"--npu-target", "ID", "target id of this board's NPU, 0 for none: a model for another one is\nrefused", false,
     false},
    kForceOption,
    kJsonOption,
};

}  // namespace

const Command kInstallCommand = {
    "install",
    "put a model into the store and make it active",
    "Copies the model into the store, verifies its bytes and (where the board holds keys) its signature, runs the\n"
    "golden check on this board, and only then makes it the active version of NAME, in one step: after a power\n"
    "cut at any moment the old version is active or the new one, complete. The old version is kept as the\n"
    "previous one. Doing it again changes nothing.",
    kPositionals,
    1,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx install yolo.tmx --golden yolo.golden --name yolo --store /mnt/UDISK/models\n"
    "  TMX_STORE=/mnt/UDISK/models tmx install yolo.tmx --name yolo --trial 0",
    run_install,
};

}  // namespace tmx::tool
