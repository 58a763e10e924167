// Puts a network that the vendor compiled for an NPU in place of a range of layers of a packed model. The layers may
// stay as the section's copy for the CPU.
#pragma once

#include <string>
#include <vector>

#include "pack/model_parts.h"
#include "pack/nbg.h"

namespace tinamix::pack {

struct NpuSection {
    std::string first, last;  ///< layers, as the model file names them
    bool cpu_copy = true;
    bool as_uint8 = false;  ///< without NbgMeta: int8 tensors are uint8 in the NBG, with zero points 128 higher
};

/// A tensor between the section and the rest, and how it gets across.
struct NpuBorder {
    std::string tensor;
    ir::Shape shape;  ///< as the NBG has it
    std::string type;
    float scale;
    int32_t zero_point;
    std::vector<std::string> conversions;  ///< ops in between: "Requantize", "Transpose"
};

struct NpuSectionReport {
    int first_op = 0, ops = 0;  ///< of the model before
    uint64_t macs = 0;
    std::vector<NpuBorder> inputs, outputs;
};

/// What crosses the borders of layers `first` .. `last`, which must be layers of one section for the CPU. Throws Error
/// with the nearest name for unknown layers.
NpuSectionReport npu_borders(const tmx::format::ModelT& model, const std::string& first, const std::string& last);

/// Changes `parts`. The order of the NBG's inputs and outputs is that in which the layers first read and write them.
/// Its shapes are those of the ONNX network, or as its meta file says; where its order or quantization differs from the
/// model's, ops in between convert. Throws Error where numbers or shapes do not fit.
NpuSectionReport add_npu_section(ModelParts& parts, const NpuSection& section, const Nbg& nbg);

}  // namespace tinamix::pack
