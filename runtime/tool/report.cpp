// tmx report: tmx_report_health for scripts.
#include <string.h>

#include "tool/commands.h"
#include "tool/store_session.h"

namespace tmx::tool {
namespace {

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

constexpr const char* kPositionals[] = {"NAME", "HEALTH"};
constexpr Option kOptions[] = {kStoreOption};

}  // namespace

const Command kReportCommand = {
    "report",
    "say whether the active version works: tmx_report_health for scripts",
    "HEALTH is `healthy` (confirms a version on trial) or `failed` (counts a failed start; one too many brings the\n"
    "previous version back).",
    kPositionals,
    2,
    kOptions,
    1,
    "  tmx report yolo healthy --store /mnt/UDISK/models",
    run_report,
};

}  // namespace tmx::tool
