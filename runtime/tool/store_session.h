// What the subcommands of the store share: which store, the golden check on this board, messages.
#ifndef TINAMIX_RUNTIME_TOOL_STORE_SESSION_H_
#define TINAMIX_RUNTIME_TOOL_STORE_SESSION_H_

#include "store/store.h"
#include "tool/arguments.h"
#include "tool/text.h"

namespace tmx::tool {

/// For the tables of options.
inline constexpr Option kStoreOption = {"--store", "DIR", "folder of the store (default: environment TMX_STORE)", false,
                                        false};
inline constexpr Option kTrialOption = {"--trial", "N",
                                        "starts (tmx_model_open_active) without a healthy report after which the\n"
                                        "previous version comes back; 0: confirmed at once (default 3)",
                                        false, false};

inline constexpr Option kForceOption = {
    "--force", nullptr, "accept a downgrade, or a model that was packed for other boards or NPUs", false, false};
inline constexpr Option kJsonOption = {"--json", nullptr, "print JSON", false, false};

/// An open store. Functions print the error and return an exit status, kExitOk when all went well.
class StoreSession {
  public:
    explicit StoreSession(const Arguments& arguments) : arguments_(arguments) {}

    /// --store, or TMX_STORE. `create`: makes it where it is missing.
    int open(bool create);
    /// --trial
    int trial_starts(uint32_t* starts) const;

    store::Store& store() { return store_; }
    const char* folder() const { return folder_; }
    /// Runs the golden check; its report goes to stdout as one line.
    store::SelfTest self_test() { return {run_self_test, this}; }

    /// Prints "<message> (<status>)"; returns kExitFailed.
    int report(tmx_status status, const store::ErrorText& error) const;
    /// Prints what a change came to, as a sentence or (--json) as an object. `verb`: "installed".
    void print(const char* name, const char* verb, const store::Outcome& outcome) const;

  private:
    static tmx_status run_self_test(void* user, const char* model, const char* golden, store::ErrorText& error);

    const Arguments& arguments_;
    const char* folder_ = "";
    store::Store store_;
    unsigned long checked_tensors_ = 0;
};

/// Digits of a version's id that people see.
inline constexpr int kShownDigits = 12;

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_STORE_SESSION_H_
