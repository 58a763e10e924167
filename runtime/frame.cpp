#include "frame.h"

#include <inttypes.h>
#include <string.h>

#include "model_file.h"

namespace tmx::runtime {
namespace {

// The schema nests four tables deep (Model, Op, options, PackedWeights); more is an attack or damage.
constexpr uint32_t kMaxTableDepth = 8;
// A 64 KB graph has about 100 ops; a million tables is far beyond any network and verified in milliseconds.
constexpr uint32_t kMaxTables = 1000000;
// FlatBuffers addresses 31 bits.
constexpr uint64_t kMaxGraphBytes = 0x7FFFFFF0;
constexpr uint64_t kMinGraphBytes = 16;
constexpr size_t kSignatureBytes = sizeof(Trailer::signature);

/// A file carries a key and a signature, or neither.
bool signed_or_not(const Trailer& trailer) {
    bool has_signature = false;
    for (size_t i = 0; i < kSignatureBytes; ++i) has_signature = has_signature || trailer.signature[i] != 0;
    return has_signature == (trailer.key_id != 0);
}

tmx_status check_layout(const Trailer& trailer, size_t bytes, ErrorText& error) {
    if (trailer.file_bytes != bytes) {
        return error.set(TMX_NOT_A_MODEL,
                         "truncated or extended: the trailer speaks of %" PRIu64 " bytes, there are %zu",
                         trailer.file_bytes, bytes);
    }
    const uint64_t body = bytes - sizeof(Trailer);
    if (trailer.graph_bytes < kMinGraphBytes || trailer.graph_bytes > body || trailer.graph_bytes > kMaxGraphBytes) {
        return error.set(TMX_CORRUPT_MODEL, "trailer: graph_bytes %" PRIu64 " does not fit a file of %zu bytes",
                         trailer.graph_bytes, bytes);
    }
    if (trailer.weights_offset % kAlignment != 0 || trailer.weights_offset < trailer.graph_bytes ||
        trailer.weights_offset > body) {
        return error.set(TMX_CORRUPT_MODEL, "trailer: weights_offset %" PRIu64 " is not aligned or outside the file",
                         trailer.weights_offset);
    }
    if (trailer.weights_bytes != body - trailer.weights_offset) {
        return error.set(TMX_CORRUPT_MODEL, "trailer: weights_bytes %" PRIu64 " does not reach up to the trailer",
                         trailer.weights_bytes);
    }
    return TMX_OK;
}

tmx_status check_structure(const uint8_t* data, const Trailer& trailer, ErrorText& error) {
    flatbuffers::Verifier::Options limits;
    limits.max_depth = kMaxTableDepth;
    limits.max_tables = kMaxTables;
    flatbuffers::Verifier verifier(data, static_cast<size_t>(trailer.graph_bytes), limits);
    if (!format::VerifyModelBuffer(verifier)) {
        return error.set(TMX_CORRUPT_MODEL, "graph: not a well-formed FlatBuffer of a tinamix model");
    }
    return TMX_OK;
}

}  // namespace

tmx_status open_frame(const uint8_t* data, size_t bytes, bool skip_checksum, Frame* frame, ErrorText& error) {
    if (bytes < kMinGraphBytes + sizeof(Trailer)) {
        return error.set(TMX_NOT_A_MODEL, "not a tinamix model: only %zu bytes", bytes);
    }
    Trailer trailer;
    memcpy(&trailer, data + bytes - sizeof(trailer), sizeof(trailer));
    if (memcmp(trailer.magic, kTrailerMagic, sizeof(trailer.magic)) != 0) {
        return error.set(TMX_NOT_A_MODEL, "not a tinamix model, or truncated: no trailer at the end of %zu bytes",
                         bytes);
    }
    if (trailer.version > kTrailerVersion) {
        return error.set(TMX_TOO_NEW, "the file's frame has version %" PRIu32 ", this runtime knows %" PRIu32,
                         trailer.version, kTrailerVersion);
    }
    if (trailer.version == 0) return error.set(TMX_CORRUPT_MODEL, "trailer: version 0");
    TMX_RETURN_IF_ERROR(check_layout(trailer, bytes, error));
    if (!signed_or_not(trailer)) {
        return error.set(TMX_CORRUPT_MODEL, "trailer: a key without a signature, or a signature without a key");
    }
    if (!skip_checksum) {
        const uint64_t checksum = xxh64(data, bytes - kUncheckedTailBytes);
        if (checksum != trailer.checksum) {
            return error.set(TMX_BAD_CHECKSUM, "checksum is %016" PRIx64 ", the file says %016" PRIx64, checksum,
                             trailer.checksum);
        }
    }
    TMX_RETURN_IF_ERROR(check_structure(data, trailer, error));
    frame->graph = format::GetModel(data);
    frame->weights = data + trailer.weights_offset;
    frame->weights_bytes = trailer.weights_bytes;
    frame->checksum = trailer.checksum;
    frame->key_id = trailer.key_id;
    frame->model_version = trailer.model_version;
    return TMX_OK;
}

}  // namespace tmx::runtime
