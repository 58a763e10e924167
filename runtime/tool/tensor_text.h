// How shapes, precisions, sizes and times are shown, in tables and in JSON alike.
#ifndef TINAMIX_RUNTIME_TOOL_TENSOR_TEXT_H_
#define TINAMIX_RUNTIME_TOOL_TENSOR_TEXT_H_

#include <stddef.h>
#include <stdint.h>

#include "tinamix.h"
#include "tool/json_writer.h"
#include "tool/session.h"
#include "tool/text.h"

namespace tmx::tool {

/// "1x8x8x24", "scalar" for rank 0.
void append_shape(Text* out, const int32_t* shape, int32_t rank);
/// "w8a8", "w8a16", "w16a16", "f32".
const char* precision_name(tmx_precision precision);
/// "12345 (12.1 KiB)".
void append_bytes(Text* out, uint64_t bytes);
/// "1.234 ms".
void append_milliseconds(Text* out, double nanoseconds);
/// Storage shapes of an op: "1x8x8x1 -> 1x8x8x24", first input and first output.
void append_op_shapes(Text* out, const Session& session, const tmx_op& op);

/// "2 convolutions run the slow reference: the file is packed for v853, which dotprod kernels do not read".
void append_unread_packings(Text* out, const tmx_info& info);

/// Members that name the model and the program in every JSON output: model, producer, target, isa, threads, checksum.
void write_model_members(JsonWriter* json, const Session& session);
/// Members of one op in every JSON output: index, layer, onnx_type, type, kernel, precision, shapes, macs.
void write_op_members(JsonWriter* json, const Session& session, int32_t index);
/// An input or output: name, type, onnx_shape, scale, zero_point.
void write_interface_tensor(JsonWriter* json, const tmx_tensor& tensor);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_TENSOR_TEXT_H_
