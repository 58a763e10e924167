// A network compiled for an NPU as it comes from the vendor's tools: the NBG, and the nbg_meta.json beside it, which
// says what the NBG's header does not: shapes and quantization of inputs and outputs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/npu/nbg_header.h"

namespace tinamix::pack {

enum class NbgType { kInt8, kUInt8, kInt16, kFloat32 };

/// An input or output. Real = scale * (code - zero_point).
struct NbgBorder {
    std::string name;
    ir::Shape shape;             ///< outermost first
    bool channels_last = false;  ///< "format": "nhwc"
    NbgType type = NbgType::kInt8;
    float scale = 1;
    int32_t zero_point = 0;
};

struct NbgMeta {
    std::vector<NbgBorder> inputs, outputs;
};

struct Nbg {
    std::string path;
    std::string bytes;
    tmx::npu::NbgHeader header;
    std::optional<NbgMeta> meta;
};

/// Reads an NBG and, unless `meta` is empty, its nbg_meta.json. Throws Error naming the file for what is no NBG, for
/// types that sections cannot have at their borders, and where the two do not belong together.
Nbg read_nbg(const std::string& path, const std::string& meta);

}  // namespace tinamix::pack
