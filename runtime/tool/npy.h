// NumPy .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html) of the types that tensors
// have: int8, int16, float32.
#ifndef TINAMIX_RUNTIME_TOOL_NPY_H_
#define TINAMIX_RUNTIME_TOOL_NPY_H_

#include <stddef.h>
#include <stdint.h>

#include "tinamix.h"
#include "tool/text.h"

namespace tmx::tool {

/// An array in C order. `data` points into `file`, which the array owns.
struct NpyArray {
    tmx_type type = TMX_FLOAT32;
    int32_t rank = 0;
    int32_t shape[TMX_MAX_RANK] = {};
    size_t elements = 0;
    uint8_t* data = nullptr;  ///< aligned to its element
    Array<uint8_t> file;
};

/// Bytes of one element.
size_t element_bytes(tmx_type type);
/// "int8", "int16", "float32".
const char* type_name(tmx_type type);

/// Reads versions 1 to 3, little endian, C or Fortran order (brought into C order). False with *error naming `path`
/// and what is wrong: another element type, more than TMX_MAX_RANK dimensions, fewer or more bytes than the shape asks.
bool read_npy(const char* path, NpyArray* array, Text* error);
/// The same from the bytes of a file, which move into *array.
bool parse_npy(const char* path, NpyArray* array, Text* error);

/// Writes version 1.0, C order, completely or not at all.
bool write_npy(const char* path, tmx_type type, const int32_t* shape, int32_t rank, const void* data, Text* error);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_NPY_H_
