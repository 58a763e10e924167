// A small model and its golden file, made in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "golden_generated.h"
#include "tinamix_generated.h"

namespace tmx::tool {

/// Input "image" 1x1x4x4 (int8, scale 0.5, zero point -10); ops conv1 (w8a8, 1x1, 2 channels), pool/2 (2x2), widen
/// (int8 to int16), scores (to float32); outputs "scores" 1x8 (float32) and "conv1/out" 1x2x4x4 (int8, stored
/// channels-last). The first packing of conv1 is one that no kernel reads, those of the boards follow. Between pool/2
/// and widen the tensor "flat" shows the memory of "pool:0". Returns the file's bytes. `change` may alter the graph
/// before it is written.
std::string test_model(const std::function<void(format::ModelT&)>& change = {});

/// 16 values for "image".
const float* test_image();

/// What the runtime computes from test_image() on `model`, with float outputs that are 0.25 larger.
format::GoldenT test_golden(const std::string& model);
/// The file: FlatBuffer, magic, checksum.
std::string golden_bytes(const format::GoldenT& golden);

}  // namespace tmx::tool
