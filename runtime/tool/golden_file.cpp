// Golden files; see golden_file.h.
#include "tool/golden_file.h"

#include <string.h>

#include "tool/file_io.h"
#include "tool/tensor_text.h"

namespace tmx::tool {
namespace {

using Arrays = flatbuffers::Vector<flatbuffers::Offset<format::GoldenArray>>;

/// The last bytes of the file. The digest covers everything before itself.
struct GoldenTrailer {
    char magic[8];
    uint8_t digest[8];  ///< XXH64, little endian
};
constexpr char kMagic[8] = {'T', 'M', 'G', 'T', 'R', 'A', 'I', 'L'};
constexpr size_t kTrailerBytes = sizeof(GoldenTrailer);

uint64_t little_endian(const uint8_t* bytes) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | bytes[i];
    return value;
}

bool same_name(const flatbuffers::String* name, const char* other) {
    const size_t length = strlen(other);
    return name->size() == length && memcmp(name->Data(), other, length) == 0;
}

bool check_arrays(const char* path, const char* what, const Arrays& arrays, Text* error) {
    for (const format::GoldenArray* array : arrays) {
        uint64_t elements = 1;
        bool good = array->shape()->size() <= TMX_MAX_RANK;
        for (const int32_t dimension : *array->shape()) {
            good = good && dimension > 0 && elements <= UINT32_MAX;
            elements *= good ? static_cast<uint64_t>(dimension) : 1;
        }
        if (good && elements == array->values()->size()) continue;
        error->format("%s: corrupt: the values of %s `", path, what);
        error->append_printable(array->name()->c_str());
        error->append("` do not match its shape");
        return false;
    }
    return true;
}

bool same_interface(const Session& session, const char* path, const char* what, const Arrays& arrays, bool is_input,
                    Text* error) {
    const int32_t count = is_input ? session.info().input_count : session.info().output_count;
    if (arrays.size() != static_cast<size_t>(count)) {
        error->format("%s: holds %lu %ss, but the model has %ld", path, static_cast<unsigned long>(arrays.size()), what,
                      static_cast<long>(count));
        return false;
    }
    for (int32_t i = 0; i < count; ++i) {
        const format::GoldenArray& array = *arrays[static_cast<flatbuffers::uoffset_t>(i)];
        const tmx_tensor tensor = is_input ? session.input(i) : session.output(i);
        bool same = same_name(array.name(), tensor.name) && array.shape()->size() == static_cast<size_t>(tensor.rank);
        for (int32_t d = 0; same && d < tensor.rank; ++d) {
            same = (*array.shape())[static_cast<flatbuffers::uoffset_t>(d)] == tensor.onnx_shape[d];
        }
        if (same) continue;
        error->format("%s: %s %ld is `", path, what, static_cast<long>(i));
        error->append_printable(array.name()->c_str());
        error->append("` ");
        append_shape(error, array.shape()->data(), static_cast<int32_t>(array.shape()->size()));
        error->append(", but the model has `");
        error->append_printable(tensor.name);
        error->append("` ");
        append_shape(error, tensor.onnx_shape, tensor.rank);
        return false;
    }
    return true;
}

}  // namespace

bool GoldenFile::check_frame(const char* path, Text* error) const {
    if (bytes_.size() < kTrailerBytes + 8) {
        error->format("%s: not a golden file: only %lu bytes", path, static_cast<unsigned long>(bytes_.size()));
        return false;
    }
    const size_t graph_bytes = bytes_.size() - kTrailerBytes;
    GoldenTrailer trailer;
    memcpy(&trailer, bytes_.data() + graph_bytes, kTrailerBytes);
    const bool begins = format::GoldenBufferHasIdentifier(bytes_.data());
    const bool ends = memcmp(trailer.magic, kMagic, sizeof(kMagic)) == 0;
    if (!begins && !ends) {
        error->format("%s: not a golden file", path);
        return false;
    }
    if (!ends) {
        error->format("%s: truncated, or changed at its end: the trailer is missing", path);
        return false;
    }
    if (tmx_digest(bytes_.data(), bytes_.size() - sizeof(trailer.digest)) != little_endian(trailer.digest)) {
        error->format("%s: wrong checksum: bytes have changed since the file was written", path);
        return false;
    }
    return true;
}

bool GoldenFile::open(const char* path, Text* error) {
    return read_file(path, &bytes_, error) && check_content(path, error);
}

bool GoldenFile::parse(const char* path, const void* bytes, size_t size, Text* error) {
    bytes_.resize(size);
    if (size > 0) memcpy(bytes_.data(), bytes, size);
    return check_content(path, error);
}

bool GoldenFile::check_content(const char* path, Text* error) {
    if (!check_frame(path, error)) return false;
    flatbuffers::Verifier verifier(bytes_.data(), bytes_.size() - kTrailerBytes);
    if (!format::VerifyGoldenBuffer(verifier)) {
        error->format("%s: corrupt: its structure does not hold together", path);
        return false;
    }
    golden_ = format::GetGolden(bytes_.data());
    for (uint32_t i = 0; i < frame_count(); ++i) {
        const GoldenFrame at = frame(i);
        if (at.digests->size() == 0) {
            error->format("%s: holds no digest, so there is nothing to check", path);
            return false;
        }
        if (!check_arrays(path, "input", *at.inputs, error) ||
            !check_arrays(path, "output", *at.float_outputs, error)) {
            return false;
        }
    }
    return true;
}

uint32_t GoldenFile::frame_count() const {
    return golden_->more_frames() == nullptr ? 1 : 1 + golden_->more_frames()->size();
}

GoldenFrame GoldenFile::frame(uint32_t index) const {
    if (index == 0) return {golden_->inputs(), golden_->float_outputs(), golden_->digests()};
    const format::GoldenFrame& frame = *golden_->more_frames()->Get(index - 1);
    return {frame.inputs(), frame.float_outputs(), frame.digests()};
}

bool GoldenFile::belongs_to(const Session& session, const char* path, Text* error) const {
    const tmx_info& info = session.info();
    if (golden_->model_checksum() != info.checksum) {
        error->format("%s: belongs to another model: it was made for checksum %016llx, but %s has %016llx", path,
                      static_cast<unsigned long long>(golden_->model_checksum()), session.path(),
                      static_cast<unsigned long long>(info.checksum));
        return false;
    }
    for (uint32_t i = 0; i < frame_count(); ++i) {
        if (!belongs_to(frame(i), session, path, error)) return false;
    }
    return true;
}

bool GoldenFile::belongs_to(const GoldenFrame& frame, const Session& session, const char* path, Text* error) const {
    const tmx_info& info = session.info();
    if (!same_interface(session, path, "input", *frame.inputs, true, error) ||
        !same_interface(session, path, "output", *frame.float_outputs, false, error)) {
        return false;
    }
    Array<bool> seen;
    seen.resize(static_cast<size_t>(info.tensor_count));
    for (const format::GoldenDigest* digest : *frame.digests) {
        const bool known = digest->tensor() < static_cast<uint32_t>(info.tensor_count);
        if (!known || !same_name(digest->name(), session.tensor(static_cast<int32_t>(digest->tensor())).name) ||
            seen[digest->tensor()]) {
            error->format("%s: corrupt: its digest of tensor %lu `", path,
                          static_cast<unsigned long>(digest->tensor()));
            error->append_printable(digest->name()->c_str());
            error->append(!known || !seen[digest->tensor()] ? "` names no tensor of the model"
                                                            : "` stands there twice");
            return false;
        }
        seen[digest->tensor()] = true;
        const size_t elements = session.tensor(static_cast<int32_t>(digest->tensor())).elements;
        if (digest->float_values() != nullptr && digest->float_values()->size() != elements) {
            error->format("%s: corrupt: its float values of tensor `", path);
            error->append_printable(digest->name()->c_str());
            error->format("` are %lu, the tensor has %lu", static_cast<unsigned long>(digest->float_values()->size()),
                          static_cast<unsigned long>(elements));
            return false;
        }
    }
    return true;
}

}  // namespace tmx::tool
