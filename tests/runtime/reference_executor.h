// Runs a ModelBuilder's model by calling the reference kernels directly: no model file, no verifier, no arena. What the
// runtime must equal.
#ifndef TINAMIX_TESTS_RUNTIME_REFERENCE_EXECUTOR_H_
#define TINAMIX_TESTS_RUNTIME_REFERENCE_EXECUTOR_H_

#include "model_builder.h"

namespace tmx::testing {

/// Bytes of every tensor after the run, by tensor index. `inputs` are the bytes of the model's inputs.
std::vector<std::vector<uint8_t>> run_reference(const format::ModelT& model, const std::vector<uint8_t>& weights,
                                                const std::vector<std::vector<uint8_t>>& inputs);

}  // namespace tmx::testing

#endif  // TINAMIX_TESTS_RUNTIME_REFERENCE_EXECUTOR_H_
