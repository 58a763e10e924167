// NumPy .npy and .npz (stored or deflated) files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace tinamix::formats {

/// Reads version 1.0 to 3.0, little endian, C or Fortran order (converted to C). Throws Error naming file and reason.
ir::Tensor read_npy(const std::string& path);
/// Writes version 1.0, C order, atomically (no partial file on failure).
void write_npy(const std::string& path, const ir::Tensor& tensor);
/// Arrays by name (without the ".npy" that NumPy appends inside the archive).
std::map<std::string, ir::Tensor> read_npz(const std::string& path);

/// What an .npy file says about itself.
struct NpyHeader {
    ir::ElementType type = ir::ElementType::kFloat32;
    ir::Shape shape;
    bool fortran_order = false;
    size_t data_offset = 0;  ///< of the first element, in bytes from the start of the file
};
/// Parses and checks the header against `bytes`, the whole file: exactly the elements of `shape` must follow it.
/// `where` names the file in errors.
NpyHeader parse_npy_header(std::string_view bytes, const std::string& where);
/// The array in the bytes of an .npy file.
ir::Tensor parse_npy(std::string_view bytes, const std::string& where);
/// The bytes of an .npy file.
std::string format_npy(const ir::Tensor& tensor);

}  // namespace tinamix::formats
