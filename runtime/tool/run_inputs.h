// The --input files: of one run, or of frames that are run one after the other.
#ifndef TINAMIX_RUNTIME_TOOL_RUN_INPUTS_H_
#define TINAMIX_RUNTIME_TOOL_RUN_INPUTS_H_

#include <stddef.h>
#include <stdint.h>

#include "tool/session.h"
#include "tool/text.h"

namespace tmx::tool {

/// Contents of the files. Functions that can fail print the error and return an exit status, kExitOk when all went
/// well.
class RunInputs {
  public:
    /// `raw`: elements as stored, in storage shape; otherwise float32 in the model's own shape.
    RunInputs(const Session& session, bool raw) : session_(session), raw_(raw) {}

    /// Reads one file per input, in order. With `allow_frames` they may have a first dimension more than the inputs,
    /// all of them and of the same size, which counts runs.
    int read(bool allow_frames);
    /// At least 1.
    size_t runs() const { return runs_; }
    bool are_frames() const { return are_frames_; }
    /// Sets every input of run `run`.
    int set(size_t run) const;

  private:
    int check_count() const;
    int read_file(int32_t input, bool allow_frames);

    /// Of one input, in bytes_.
    struct Part {
        size_t offset, bytes_per_run;
    };

    const Session& session_;
    bool raw_;
    size_t runs_ = 1;
    bool are_frames_ = false;
    Array<Part> parts_;
    Array<uint8_t> bytes_;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_RUN_INPUTS_H_
