// The folder that `tmx run` writes: out_<i>.npy, with --dump-all one .npy per tensor, and meta.json. The host program's
// `tinamix run` writes the same layout, so that the two can be compared file by file.
#ifndef TINAMIX_RUNTIME_TOOL_TENSOR_DUMP_H_
#define TINAMIX_RUNTIME_TOOL_TENSOR_DUMP_H_

#include <stdint.h>

#include "tool/session.h"
#include "tool/text.h"

namespace tmx::tool {

/// Appends `name` with every byte outside [A-Za-z0-9._-] as %XX, and ".npy". Different names give different files.
void append_tensor_file_name(const char* name, Text* out);

/// Writes into one folder. After the first failure nothing more is written; failed() and error() tell.
class TensorDump {
  public:
    /// `raw`: elements as stored, in storage shape; otherwise float32 in ONNX shape and order.
    TensorDump(const Session& session, const char* folder, bool raw);

    /// Makes the folder and forgets what was written.
    void begin();
    /// Every output as out_<index>.npy.
    void write_outputs();
    /// Keeps the outputs of run `frame` of `frames`.
    void keep_outputs(size_t frame, size_t frames);
    /// What was kept, as out_<index>.npy with a first dimension that counts frames.
    void write_kept_outputs(size_t frames);
    /// Tensor `index` and every other tensor that shows the same memory, under their names. Call it while the
    /// contents are valid: before the run for inputs, right after its op for the others.
    void write_with_aliases(int32_t index);
    /// meta.json: names of inputs and outputs, and the file of every tensor that was written.
    void write_meta();

    bool failed() const { return error_.size() != 0; }
    const char* error() const { return error_.c_str(); }

  private:
    void write(const tmx_tensor& tensor, int32_t index, const char* file);
    /// The values of a tensor, as they are written, and their number of bytes; null when that failed.
    const void* contents(const tmx_tensor& tensor, int32_t index);
    size_t content_bytes(const tmx_tensor& tensor) const;
    void append_unique_file_name(const tmx_tensor& tensor, int32_t index, Text* out) const;

    const Session& session_;
    const char* folder_;
    bool raw_;
    Array<bool> written_;  ///< per tensor
    Array<float> values_;
    Array<uint8_t> kept_;  ///< per output: all frames
    Text error_;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_TENSOR_DUMP_H_
