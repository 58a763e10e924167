// An open model as the subcommands use it, and its inputs.
#ifndef TINAMIX_RUNTIME_TOOL_SESSION_H_
#define TINAMIX_RUNTIME_TOOL_SESSION_H_

#include <stddef.h>
#include <stdint.h>

#include "tinamix.h"
#include "tool/arguments.h"
#include "tool/text.h"

namespace tmx::tool {

inline constexpr int64_t kMaxThreads = 8;
/// --threads, for the tables of options.
inline constexpr Option kThreadsOption = {"--threads", "N", "threads, 1 to 8, the main one included (default 1)", false,
                                          false};

/// Owns the model. Functions that can fail print the error and return an exit status, kExitOk when all went well.
class Session {
  public:
    Session() = default;
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Opens `path` with --threads.
    int open(const Arguments& arguments, const char* path);

    const Arguments& arguments() const { return *arguments_; }
    const char* path() const { return path_; }
    tmx_model* model() const { return model_; }
    const tmx_info& info() const { return info_; }
    /// Time tmx_model_open took.
    uint64_t load_nanoseconds() const { return load_nanoseconds_; }

    /// Index in range, or a bug of the library: the process ends with a message.
    tmx_tensor tensor(int32_t index) const;
    tmx_op op(int32_t index) const;
    tmx_tensor input(int32_t index) const { return tensor(tmx_input_tensor_index(model_, index)); }
    tmx_tensor output(int32_t index) const { return tensor(tmx_output_tensor_index(model_, index)); }

    /// Sets every input from the --input files, in order. `raw`: elements as stored, in storage shape; otherwise
    /// float32 in the model's own shape.
    int set_inputs(bool raw);
    /// Sets every input to a fixed pseudo-random pattern: all codes of an integer type, -1..1 in float32.
    void set_pattern();
    int run();
    /// "<path>: <message> (<status>)" of a call that failed; returns kExitFailed.
    int report(tmx_status status) const;

  private:
    const Arguments* arguments_ = nullptr;
    const char* path_ = "";
    tmx_model* model_ = nullptr;
    tmx_info info_ = {};
    uint64_t load_nanoseconds_ = 0;
};

/// Keeps a copy of all inputs, because a run overwrites them.
class InputCopy {
  public:
    explicit InputCopy(const Session& session);
    void restore() const;

  private:
    const Session& session_;
    Array<uint8_t> bytes_;
};

/// Nanoseconds of a clock that never goes back.
uint64_t now_nanoseconds();

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_SESSION_H_
