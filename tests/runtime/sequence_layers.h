// Matrix products of activations and recurrent layers with random contents for ModelBuilder.
#ifndef TINAMIX_TESTS_RUNTIME_SEQUENCE_LAYERS_H_
#define TINAMIX_TESTS_RUNTIME_SEQUENCE_LAYERS_H_

#include "layers.h"

namespace tmx::testing {

/// a as [..., m, k] times b as [..., k, n]; the axes say which storage dimension is which.
int32_t add_matmul(ModelBuilder& builder, format::Precision precision, int32_t a, std::vector<uint8_t> a_axes,
                   int32_t b, std::vector<uint8_t> b_axes, std::vector<int32_t> shape);

/// Rows of `row` elements to mean 0 and variance 1, one gain for all: 1.0 is 4096 (int8: 32) steps of the output.
int32_t add_normalize(ModelBuilder& builder, format::Precision precision, int32_t input, int32_t row);

struct RecurrentSpec {
    format::Precision precision = format::Precision::W8A16;
    format::RecurrentCell cell = format::RecurrentCell::Lstm;
    int32_t hidden = 4;
    bool reverse = false;
    bool initial_states = false;
};
/// Over x [steps, batch, inputs]. Returns the tensor of all h; that of c, for an LSTM, is the next one.
int32_t add_recurrent(ModelBuilder& builder, Random& random, int32_t x, const RecurrentSpec& spec);

}  // namespace tmx::testing

#endif  // TINAMIX_TESTS_RUNTIME_SEQUENCE_LAYERS_H_
