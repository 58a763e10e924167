// What the prepare function of an op sees: its part of the file, the tensors, the kernels; and the checks that several
// ops share. A check that fails sets a message "op 12 (Conv2D, layer 'features.3'): reason" and returns
// TMX_CORRUPT_MODEL.
#ifndef TINAMIX_RUNTIME_OP_SITE_H_
#define TINAMIX_RUNTIME_OP_SITE_H_

#include "error_text.h"
#include "graph.h"
#include "kernels/kernel_table.h"

namespace tmx::runtime {

class OpSite {
  public:
    /// The op's tensor indices are known to be valid (check_dataflow); its options to be of type `kind_name`.
    OpSite(const Graph& graph, const kernels::KernelTable& kernels, const format::Op& op, int32_t index,
           const char* kind_name, ErrorText& error)
        : graph_(graph), kernels_(kernels), op_(op), index_(index), kind_name_(kind_name), error_(error) {}

    const kernels::KernelTable& kernels() const { return kernels_; }
    format::Precision precision() const { return op_.precision(); }
    // Not inline: every op would have a copy.
    int32_t input_count() const;
    const Tensor& input(int32_t i) const;
    int32_t output_count() const;
    const Tensor& output(int32_t i = 0) const;
    template <typename OptionsTable>
    const OptionsTable& options() const {
        return *static_cast<const OptionsTable*>(op_.options());
    }
    uint64_t scratch_bytes() const { return op_.scratch_bytes(); }
    /// Null without scratch.
    void* scratch() const;

    tmx_status fail(const char* format, ...) const TMX_PRINTF_METHOD(2, 3);
    /// TMX_UNSUPPORTED_OP: legal, but this build cannot do it.
    tmx_status unsupported(const char* format, ...) const TMX_PRINTF_METHOD(2, 3);

    /// Exactly this many inputs and outputs.
    tmx_status check_counts(int32_t inputs, int32_t outputs = 1) const;
    tmx_status check_output_count(int32_t outputs) const;
    /// Input i has the output's element type.
    tmx_status check_type_as_output(int32_t i) const;
    /// Input i has the output's element type, scale and zero point.
    tmx_status check_quantization_as_output(int32_t i) const;
    /// Input i has the output's shape.
    tmx_status check_shape_as_output(int32_t i) const;
    /// The op's precision computes in the output's element type.
    tmx_status check_precision_of_output() const { return check_precision_of(output()); }
    tmx_status check_precision_of(const Tensor& tensor) const;
    /// The same for ops that only move data: they move int32, too.
    tmx_status check_precision_of_moved_output() const {
        return output().type == format::DataType::Int32 ? TMX_OK : check_precision_of_output();
    }
    tmx_status check_scratch(uint64_t needed_bytes) const;

    /// Resolves a span of exactly count * sizeof(T) bytes of the weight segment. `what` names it in messages.
    template <typename T>
    tmx_status resolve(const format::Span* span, uint64_t count, const char* what, const T** data) const {
        const void* bytes = nullptr;
        TMX_RETURN_IF_ERROR(resolve_bytes(span, count, sizeof(T), what, &bytes));
        *data = static_cast<const T*>(bytes);
        return TMX_OK;
    }
    tmx_status resolve_bytes(const format::Span* span, uint64_t count, uint64_t element_bytes, const char* what,
                             const void** data) const;

    tmx_status check_rescale(int32_t multiplier, int32_t shift, const char* what) const;
    /// min <= max inside the integer type of the output.
    tmx_status check_clamp(int32_t min, int32_t max) const;
    /// min <= max, no NaN.
    tmx_status check_clamp_f32(float min, float max) const;

  private:
    tmx_status set_error(tmx_status status, const char* format, va_list arguments) const;

    const Graph& graph_;
    const kernels::KernelTable& kernels_;
    const format::Op& op_;
    int32_t index_;
    const char* kind_name_;
    ErrorText& error_;
};

/// Smallest and largest code of an integer type.
struct CodeRange {
    int32_t min, max;
};
CodeRange code_range(format::DataType type);

/// Fills axes[0 .. rank) from a permutation of 0 .. rank-1 in the file; false if it is none.
bool read_permutation(const flatbuffers::Vector<uint8_t>& file, int32_t rank, int32_t* axes);

bool is_finite(float value);

/// *product *= factor; false if it does not fit.
bool multiply(uint64_t* product, uint64_t factor);

/// Product of shape[begin .. end).
int64_t elements_between(const Tensor& tensor, int32_t begin, int32_t end);

/// Elements of the output times steps for each; large factors are cut, so that it never overflows.
int64_t steps_of(const Tensor& output, int64_t steps_per_element);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_OP_SITE_H_
