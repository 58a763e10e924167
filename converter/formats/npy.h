// NumPy .npy and .npz (stored or deflated) files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::formats {

/// Reads version 1.0 to 3.0, little endian, C or Fortran order (converted to C). Throws Error naming file and reason.
ir::Tensor read_npy(const std::string& path);
/// Writes version 1.0, C order, atomically (no partial file on failure).
void write_npy(const std::string& path, const ir::Tensor& tensor);
/// Arrays by name.
std::map<std::string, ir::Tensor> read_npz(const std::string& path);

}  // namespace tinamix::formats
