// Layers with random contents for ModelBuilder: each adds one op behind the given tensors and returns its output.
#ifndef TINAMIX_TESTS_RUNTIME_LAYERS_H_
#define TINAMIX_TESTS_RUNTIME_LAYERS_H_

#include "model_builder.h"

namespace tmx::testing {

struct WindowSpec {
    int kernel = 3, stride = 1, dilation = 1, pad = 1;
};
format::Window2D window(const WindowSpec& spec);
int32_t window_output(int32_t size, const WindowSpec& spec);

/// Types of a precision: what activations and weights are stored as.
format::DataType activation_type(format::Precision precision);
format::DataType weight_type(format::Precision precision);
/// Lowest and highest code; 0, 0 for float32.
int32_t lowest_code(format::DataType type);
int32_t highest_code(format::DataType type);

struct ConvSpec {
    format::Precision precision = format::Precision::W8A8;
    int32_t out_channels = 5;
    int32_t groups = 1;
    WindowSpec window = {};
    uint8_t nr = 4, kr = 2;
    bool wide = false;
};
int32_t add_conv(ModelBuilder& builder, Random& random, int32_t input, const ConvSpec& spec);
int32_t add_depthwise(ModelBuilder& builder, Random& random, int32_t input, const ConvSpec& spec);
int32_t add_max_pool(ModelBuilder& builder, int32_t input, format::Precision precision, const WindowSpec& spec);
int32_t add_average_pool(ModelBuilder& builder, Random& random, int32_t input, format::Precision precision,
                         const WindowSpec& spec);
int32_t add_binary(ModelBuilder& builder, format::BinaryFunction function, format::Precision precision, int32_t a,
                   int32_t b, std::vector<int32_t> shape);
int32_t add_concat(ModelBuilder& builder, format::Precision precision, const std::vector<int32_t>& inputs,
                   int32_t axis);
int32_t add_slice(ModelBuilder& builder, format::Precision precision, int32_t input, std::vector<int32_t> begin,
                  std::vector<int32_t> shape, std::vector<int32_t> steps = {});
int32_t add_transpose(ModelBuilder& builder, format::Precision precision, int32_t input,
                      const std::vector<uint8_t>& axes);
int32_t add_requantize(ModelBuilder& builder, int32_t input, format::DataType type);
int32_t add_quantize(ModelBuilder& builder, int32_t input, format::DataType type);
int32_t add_dequantize(ModelBuilder& builder, int32_t input);
int32_t add_lookup(ModelBuilder& builder, Random& random, format::Precision precision, int32_t input);
int32_t add_unary(ModelBuilder& builder, format::UnaryFunction function, int32_t input);
int32_t add_softmax(ModelBuilder& builder, format::Precision precision, int32_t input, bool logarithm = false);
int32_t add_indexed_copy(ModelBuilder& builder, format::Precision precision, int32_t input,
                         const std::vector<int32_t>& rows, const std::vector<int32_t>& columns);
int32_t add_gather(ModelBuilder& builder, format::Precision precision, int32_t input,
                   const std::vector<int32_t>& indices);
int32_t add_resample(ModelBuilder& builder, Random& random, format::Precision precision, int32_t input, int32_t out_h,
                     int32_t out_w);

/// Reduce, ArgMax, TopK, Compare and Select behind an integer image.
void add_index_ops(ModelBuilder& builder, int32_t image);

}  // namespace tmx::testing

#endif  // TINAMIX_TESTS_RUNTIME_LAYERS_H_
