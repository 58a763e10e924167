#include "op_site.h"

#include <inttypes.h>

#include "model_file.h"

namespace tmx::runtime {

int32_t OpSite::input_count() const { return static_cast<int32_t>(op_.inputs()->size()); }

const Tensor& OpSite::input(int32_t i) const { return graph_.tensors[op_.inputs()->Get(static_cast<uint32_t>(i))]; }

int32_t OpSite::output_count() const { return static_cast<int32_t>(op_.outputs()->size()); }

const Tensor& OpSite::output(int32_t i) const { return graph_.tensors[op_.outputs()->Get(static_cast<uint32_t>(i))]; }

void* OpSite::scratch() const {
    return op_.scratch_bytes() == 0 ? nullptr : graph_.memory.arena + op_.scratch_offset();
}

tmx_status OpSite::set_error(tmx_status status, const char* format, va_list arguments) const {
    error_.set(status, "op %" PRId32 " (%s, layer '%.100s'): ", index_, kind_name_, op_.layer()->c_str());
    error_.append_list(format, arguments);
    return status;
}

tmx_status OpSite::fail(const char* format, ...) const {
    va_list arguments;
    va_start(arguments, format);
    const tmx_status status = set_error(TMX_CORRUPT_MODEL, format, arguments);
    va_end(arguments);
    return status;
}

tmx_status OpSite::unsupported(const char* format, ...) const {
    va_list arguments;
    va_start(arguments, format);
    const tmx_status status = set_error(TMX_UNSUPPORTED_OP, format, arguments);
    va_end(arguments);
    return status;
}

tmx_status OpSite::check_counts(int32_t inputs, int32_t outputs) const {
    if (input_count() != inputs) return fail("has %" PRId32 " inputs, needs %" PRId32, input_count(), inputs);
    return check_output_count(outputs);
}

tmx_status OpSite::check_output_count(int32_t outputs) const {
    const auto count = static_cast<int32_t>(op_.outputs()->size());
    if (count != outputs) return fail("has %" PRId32 " outputs, needs %" PRId32, count, outputs);
    return TMX_OK;
}

tmx_status OpSite::check_type_as_output(int32_t i) const {
    if (input(i).type != output().type) {
        return fail("input '%.80s' is %s, output '%.80s' is %s", input(i).name, type_name(input(i).type), output().name,
                    type_name(output().type));
    }
    return TMX_OK;
}

tmx_status OpSite::check_quantization_as_output(int32_t i) const {
    TMX_RETURN_IF_ERROR(check_type_as_output(i));
    if (!same_quantization(input(i), output())) {
        return fail("copies codes, but input '%.80s' and output '%.80s' have different scales or zero points",
                    input(i).name, output().name);
    }
    return TMX_OK;
}

tmx_status OpSite::check_shape_as_output(int32_t i) const {
    const Tensor& in = input(i);
    const Tensor& out = output();
    bool same = in.rank == out.rank;
    for (int32_t d = 0; same && d < in.rank; ++d) same = in.shape[d] == out.shape[d];
    if (!same) return fail("input '%.80s' and output '%.80s' have different shapes", in.name, out.name);
    return TMX_OK;
}

tmx_status OpSite::check_precision_of(const Tensor& tensor) const {
    const format::DataType activation = precision() == format::Precision::W8A8  ? format::DataType::Int8
                                        : precision() == format::Precision::F32 ? format::DataType::Float32
                                                                                : format::DataType::Int16;
    if (activation != tensor.type) {
        return fail("precision %s, but %s '%.80s' is %s", format::EnumNamePrecision(precision()),
                    &tensor == &output() ? "output" : "input", tensor.name, type_name(tensor.type));
    }
    return TMX_OK;
}

tmx_status OpSite::check_scratch(uint64_t needed_bytes) const {
    if (scratch_bytes() < needed_bytes) {
        return fail("has %" PRIu64 " bytes of scratch memory, needs %" PRIu64, scratch_bytes(), needed_bytes);
    }
    return TMX_OK;
}

tmx_status OpSite::resolve_bytes(const format::Span* span, uint64_t count, uint64_t element_bytes, const char* what,
                                 const void** data) const {
    if (span == nullptr) return fail("has no %s", what);
    uint64_t expected = count;
    if (!multiply(&expected, element_bytes) || span->bytes() != expected) {
        return fail("%s: span of %" PRIu64 " bytes, expected %" PRIu64 " entries of %" PRIu64 " bytes", what,
                    span->bytes(), count, element_bytes);
    }
    const uint64_t room = graph_.memory.weights_bytes;
    if (span->offset() % kAlignment != 0) return fail("%s: span is not aligned to 64", what);
    if (span->bytes() > room || span->offset() > room - span->bytes()) {
        return fail("%s: span lies outside the weight segment", what);
    }
    *data = graph_.memory.weights + span->offset();
    return TMX_OK;
}

tmx_status OpSite::check_rescale(int32_t multiplier, int32_t shift, const char* what) const {
    if (multiplier < 0 || shift < 1 || shift > 62) {
        return fail("%s: multiplier %" PRId32 ", shift %" PRId32 " is no legal rescale", what, multiplier, shift);
    }
    return TMX_OK;
}

tmx_status OpSite::check_clamp(int32_t min, int32_t max) const {
    const CodeRange range = code_range(output().type);
    if (min > max || min < range.min || max > range.max) {
        return fail("clamp %" PRId32 "..%" PRId32 " is empty or outside %s", min, max, type_name(output().type));
    }
    return TMX_OK;
}

tmx_status OpSite::check_clamp_f32(float min, float max) const {
    if (!(min <= max)) return fail("float clamp is empty or NaN");
    return TMX_OK;
}

CodeRange code_range(format::DataType type) {
    if (type == format::DataType::Int8) return {INT8_MIN, INT8_MAX};
    return {INT16_MIN, INT16_MAX};
}

bool read_permutation(const flatbuffers::Vector<uint8_t>& file, int32_t rank, int32_t* axes) {
    if (file.size() != static_cast<uint32_t>(rank)) return false;
    uint32_t seen = 0;
    for (int32_t d = 0; d < rank; ++d) {
        axes[d] = file.Get(static_cast<uint32_t>(d));
        if (axes[d] >= rank || (seen >> axes[d] & 1U) != 0) return false;
        seen |= 1U << axes[d];
    }
    return true;
}

bool is_finite(float value) { return value - value == 0.0F; }

bool multiply(uint64_t* product, uint64_t factor) { return !__builtin_mul_overflow(*product, factor, product); }

int64_t elements_between(const Tensor& tensor, int32_t begin, int32_t end) {
    int64_t elements = 1;
    for (int32_t d = begin; d < end; ++d) elements *= tensor.shape[d];
    return elements;
}

int64_t steps_of(const Tensor& output, int64_t steps_per_element) {
    const int64_t cut = steps_per_element < kMaxTensorElements ? steps_per_element : kMaxTensorElements;
    return static_cast<int64_t>(output.elements) * cut;
}

}  // namespace tmx::runtime
