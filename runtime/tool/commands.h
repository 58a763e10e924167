// The subcommands of tmx, one file each.
#ifndef TINAMIX_RUNTIME_TOOL_COMMANDS_H_
#define TINAMIX_RUNTIME_TOOL_COMMANDS_H_

#include "tool/arguments.h"

namespace tmx::tool {

extern const Command kInfoCommand;
extern const Command kRunCommand;
extern const Command kBenchCommand;
extern const Command kCheckCommand;
extern const Command kInstallCommand;
extern const Command kListCommand;
extern const Command kActivateCommand;
extern const Command kRollbackCommand;
extern const Command kRemoveCommand;
extern const Command kGcCommand;
extern const Command kReportCommand;

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_COMMANDS_H_
