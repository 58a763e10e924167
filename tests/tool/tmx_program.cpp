// Starting tmx, under an emulator where it is not for this machine; see tmx_program.h.
#include "tmx_program.h"

#include <sys/wait.h>

#include <cstdlib>

namespace tmx::tool {

ProgramResult run_tmx(const TemporaryFolder& folder, const std::string& arguments, const std::string& before) {
    const TemporaryFolder captured;
    const std::string command = "cd '" + folder.path("") + "' && { " + before + " && " TMX_COMMAND " " + arguments +
                                "; } >'" + captured.path("out") + "' 2>'" + captured.path("err") + "'";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, captured.read("out"), captured.read("err")};
}

}  // namespace tmx::tool
