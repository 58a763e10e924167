// Runs a model on the inputs of its golden file and compares every tensor with what the host's simulation computed.
#ifndef TINAMIX_RUNTIME_TOOL_GOLDEN_CHECK_H_
#define TINAMIX_RUNTIME_TOOL_GOLDEN_CHECK_H_

#include "tool/golden_file.h"
#include "tool/session.h"
#include "tool/similarity.h"

namespace tmx::tool {

/// One digest of the golden file and what this run made of it.
struct CheckedTensor {
    static constexpr int32_t kModelInput = -1;  ///< in place of an op: the tensor is an input, or shows one
    static constexpr int32_t kNeverWritten = -2;

    int32_t tensor;
    int32_t op;  ///< that writes it
    uint64_t expected, actual;
    const flatbuffers::Vector<float>* float_values;  ///< of the float32 network, or null
    Similarity to_float;                             ///< where there are such values
    bool npu;  ///< the NPU computed it, or what it is computed from, or ran in place of the op that would have
    bool exact() const { return op != kNeverWritten && expected == actual; }
    bool differs() const { return !exact() && !npu; }
    bool has_similarity() const { return op != kNeverWritten && float_values != nullptr; }
};

/// An NPU has an arithmetic of its own. What comes out of a model must then be at least so close to the float network.
inline constexpr double kMinNpuCosine = 0.98;

/// One frame of a golden file. The session and the file outlive it.
class GoldenCheck {
  public:
    GoldenCheck(const Session& session, const GoldenFrame& frame);
    /// Sets the inputs, runs (after the frames before: networks with states), and takes every digest right after the op
    /// that writes the tensor, with its similarity to the float network where the golden file has that.
    int run();

    const Session& session() const { return session_; }
    const Array<CheckedTensor>& tensors() const { return tensors_; }  ///< in execution order
    const Array<Similarity>& outputs() const { return outputs_; }     ///< of the model, to the float network
    /// Everything is as it must be: exact, and behind an NPU close to the float network.
    bool good() const { return differing() == 0 && far_off() < 0; }
    /// Tensors that are not exact and should be.
    size_t differing() const;
    /// Tensors that need not be exact, because of an NPU.
    size_t from_npu() const;
    /// The first output of the model that is too far from the float network behind an NPU, or -1.
    int32_t far_off() const;
    /// Outputs of ops that the golden file has no digest of.
    size_t unchecked() const;
    /// Whether the golden file has the float network's values of any layer.
    bool has_float_layers() const;
    /// The first in execution order, or null.
    const CheckedTensor* first_differing() const;
    const char* layer_of(const CheckedTensor& checked) const;

  private:
    static void observe(void* user, const tmx_model* model, int32_t op_index, uint64_t nanoseconds);
    void digest_after(int32_t op);

    const Session& session_;
    GoldenFrame frame_;
    Array<CheckedTensor> tensors_;
    Array<Similarity> outputs_;
    Array<float> values_;
    tmx_status observed_ = TMX_OK;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_GOLDEN_CHECK_H_
