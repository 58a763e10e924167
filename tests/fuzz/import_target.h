// What import fuzzing does with one input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tinamix::fuzz {

/// Imports and optimizes `bytes` as an ONNX file that stands at `path`, which is overwritten. An Error is a fine
/// outcome; any other exception is not and ends the program. Returns true when the model was accepted.
bool import_bytes(const std::string& path, const uint8_t* bytes, size_t size);

/// A folder of this process alone, in memory where there is such a file system; for the file of import_bytes().
std::string make_folder();

}  // namespace tinamix::fuzz
