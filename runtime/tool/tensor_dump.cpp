// The output folder of `tmx run`; see tensor_dump.h.
#include "tool/tensor_dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/file_io.h"
#include "tool/json_writer.h"
#include "tool/npy.h"

namespace tmx::tool {
namespace {

constexpr char kOutputPrefix[] = "out_";

bool is_plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

void append_output_file_name(int32_t index, Text* out) {
    out->format("%s%ld.npy", kOutputPrefix, static_cast<long>(index));
}

void append_encoded(char c, Text* out) { out->format("%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c))); }

}  // namespace

void append_tensor_file_name(const char* name, Text* out) {
    for (const char* c = name; *c != '\0'; ++c) {
        if (is_plain(*c)) {
            out->append(*c);
        } else {
            append_encoded(*c, out);
        }
    }
    out->append(".npy");
}

TensorDump::TensorDump(const Session& session, const char* folder, bool raw)
    : session_(session), folder_(folder), raw_(raw) {}

void TensorDump::begin() {
    written_.resize(0);
    written_.resize(static_cast<size_t>(session_.info().tensor_count));
    error_.clear();
    make_directories(folder_, &error_);
}

size_t TensorDump::content_bytes(const tmx_tensor& tensor) const {
    return raw_ ? tensor.bytes : tensor.elements * sizeof(float);
}

const void* TensorDump::contents(const tmx_tensor& tensor, int32_t index) {
    if (raw_) return tensor.data;
    values_.resize(tensor.elements);
    const tmx_status status = tmx_tensor_get_f32(session_.model(), index, values_.data(), tensor.elements);
    if (status == TMX_OK) return values_.data();
    error_.format("tensor `%s`: %s (%s)", tensor.name, tmx_last_error(session_.model()), tmx_status_name(status));
    return nullptr;
}

void TensorDump::write(const tmx_tensor& tensor, int32_t index, const char* file) {
    if (failed()) return;
    const void* values = contents(tensor, index);
    if (values == nullptr) return;
    Text path;
    path.format("%s/%s", folder_, file);
    write_npy(path.c_str(), raw_ ? tensor.type : TMX_FLOAT32, raw_ ? tensor.shape : tensor.onnx_shape, tensor.rank,
              values, &error_);
}

void TensorDump::write_outputs() {
    for (int32_t i = 0; i < session_.info().output_count; ++i) {
        Text file;
        append_output_file_name(i, &file);
        write(session_.output(i), tmx_output_tensor_index(session_.model(), i), file.c_str());
    }
}

void TensorDump::keep_outputs(size_t frame, size_t frames) {
    size_t offset = 0;
    for (int32_t i = 0; i < session_.info().output_count && !failed(); ++i) {
        const tmx_tensor tensor = session_.output(i);
        const size_t bytes = content_bytes(tensor);
        if (kept_.size() < offset + frames * bytes) kept_.resize(offset + frames * bytes);
        const void* values = contents(tensor, tmx_output_tensor_index(session_.model(), i));
        if (values != nullptr) memcpy(kept_.data() + offset + frame * bytes, values, bytes);
        offset += frames * bytes;
    }
}

void TensorDump::write_kept_outputs(size_t frames) {
    size_t offset = 0;
    for (int32_t i = 0; i < session_.info().output_count && !failed(); ++i) {
        const tmx_tensor tensor = session_.output(i);
        int32_t shape[TMX_MAX_RANK + 1] = {static_cast<int32_t>(frames)};
        memcpy(shape + 1, raw_ ? tensor.shape : tensor.onnx_shape, static_cast<size_t>(tensor.rank) * sizeof(*shape));
        Text file, path;
        append_output_file_name(i, &file);
        path.format("%s/%s", folder_, file.c_str());
        write_npy(path.c_str(), raw_ ? tensor.type : TMX_FLOAT32, shape, tensor.rank + 1, kept_.data() + offset,
                  &error_);
        offset += frames * content_bytes(tensor);
    }
}

void TensorDump::append_unique_file_name(const tmx_tensor& tensor, int32_t index, Text* out) const {
    // A tensor that is called out_1 without being output 1 must not overwrite that output's file.
    const size_t prefix = sizeof(kOutputPrefix) - 1;
    const char* digits = tensor.name + prefix;
    if (strncmp(tensor.name, kOutputPrefix, prefix) == 0 && *digits != '\0' &&
        strspn(digits, "0123456789") == strlen(digits)) {
        const long output = strtol(digits, nullptr, 10);
        if (output < session_.info().output_count &&
            tmx_output_tensor_index(session_.model(), static_cast<int32_t>(output)) != index) {
            append_encoded(tensor.name[0], out);
            append_tensor_file_name(tensor.name + 1, out);
            return;
        }
    }
    append_tensor_file_name(tensor.name, out);
}

void TensorDump::write_with_aliases(int32_t index) {
    const tmx_tensor tensor = session_.tensor(index);
    const int32_t owner = tensor.alias_of < 0 ? index : tensor.alias_of;
    Text file;
    for (int32_t i = 0; i < session_.info().tensor_count && !failed(); ++i) {
        const tmx_tensor other = session_.tensor(i);
        if (i != owner && other.alias_of != owner) continue;
        file.clear();
        append_unique_file_name(other, i, &file);
        write(other, i, file.c_str());
        written_[static_cast<size_t>(i)] = true;
    }
}

void TensorDump::write_meta() {
    if (failed()) return;
    const tmx_info& info = session_.info();
    Text text;
    JsonWriter json(&text);
    json.begin_object();
    const char* slash = strrchr(session_.path(), '/');
    json.member("model", slash == nullptr ? session_.path() : slash + 1);
    json.member("kind", "tmx");
    json.member_boolean("raw", raw_);
    json.key("inputs");
    json.begin_array();
    for (int32_t i = 0; i < info.input_count; ++i) json.string(session_.input(i).name);
    json.end_array();
    json.key("outputs");
    json.begin_array();
    for (int32_t i = 0; i < info.output_count; ++i) json.string(session_.output(i).name);
    json.end_array();
    json.key("tensors");
    json.begin_object();
    Text file;
    for (int32_t i = 0; i < info.tensor_count; ++i) {
        const tmx_tensor tensor = session_.tensor(i);
        file.clear();
        if (written_[static_cast<size_t>(i)]) {
            append_unique_file_name(tensor, i, &file);
        } else {
            for (int32_t k = 0; k < info.output_count && file.size() == 0; ++k) {
                if (tmx_output_tensor_index(session_.model(), k) == i) {
                    append_output_file_name(k, &file);
                }
            }
        }
        if (file.size() != 0) json.member(tensor.name, file.c_str());
    }
    json.end_object();
    json.end_object();
    Text path;
    path.format("%s/meta.json", folder_);
    const Piece piece = {text.c_str(), text.size()};
    write_file(path.c_str(), &piece, 1, &error_);
}

}  // namespace tmx::tool
