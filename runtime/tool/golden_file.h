// Reads golden files (schema/golden.fbs): what a model must compute.
#ifndef TINAMIX_RUNTIME_TOOL_GOLDEN_FILE_H_
#define TINAMIX_RUNTIME_TOOL_GOLDEN_FILE_H_

#include <stdint.h>

#include "golden_generated.h"
#include "tool/session.h"
#include "tool/text.h"

namespace tmx::tool {

/// One run of the model.
struct GoldenFrame {
    using Arrays = flatbuffers::Vector<flatbuffers::Offset<format::GoldenArray>>;
    const Arrays *inputs, *float_outputs;
    const flatbuffers::Vector<flatbuffers::Offset<format::GoldenDigest>>* digests;
};

/// A golden file in memory. Everything that open() accepted can be used without further checks.
class GoldenFile {
  public:
    /// Checks trailer, checksum and structure (FlatBuffers verifier), that every array has as many values as its shape
    /// says, and that there is something to check. False with *error = "<path>: <what is wrong>".
    bool open(const char* path, Text* error);
    /// The same for a file in memory, which is copied; `path` stands in messages.
    bool parse(const char* path, const void* bytes, size_t size, Text* error);

    /// That it was made for this very model: checksum, names and shapes of inputs and outputs, tensor names.
    bool belongs_to(const Session& session, const char* path, Text* error) const;

    /// Runs one after the other, without a reset of the states between; at least one.
    uint32_t frame_count() const;
    GoldenFrame frame(uint32_t index) const;

  private:
    bool check_frame(const char* path, Text* error) const;
    bool check_content(const char* path, Text* error);
    bool belongs_to(const GoldenFrame& frame, const Session& session, const char* path, Text* error) const;

    Array<uint8_t> bytes_;
    const format::Golden* golden_ = nullptr;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_GOLDEN_FILE_H_
