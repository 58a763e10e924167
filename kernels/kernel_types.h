// Arguments of every kernel: plain pointers and sizes, no knowledge of files or models.
//
// One struct per operation serves the reference and every optimized kernel, so both are called alike and compared
// exactly. Layouts: activations channels-last, densely packed; weights as written in schema/tinamix.fbs. The formulas
// are in docs/arithmetic.md; kernels/reference/ is their executable form.
#ifndef TINAMIX_KERNELS_KERNEL_TYPES_H_
#define TINAMIX_KERNELS_KERNEL_TYPES_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::kernels {

/// Most dimensions a tensor may have.
inline constexpr int kMaxRank = 6;
/// Entries of the interpolated int16 look-up table: 1024 intervals of 64 codes and the end point.
inline constexpr int kLookupInt16Entries = 1025;
/// Entries of the other int16 table, with 64 intervals per doubling of the code: 641 for either sign.
inline constexpr int kLookupOctaveEntries = 1282;
/// Entries of the base-2 exponential table of softmax.
inline constexpr int kExp2Entries = 257;
/// Bytes that may be read (never written) behind any activation or weight buffer.
inline constexpr size_t kReadableSlackBytes = 64;

/// Real multiplier `multiplier / 2^shift`; 0 <= multiplier < 2^31, 1 <= shift <= 62.
struct Rescale {
    int32_t multiplier;
    int32_t shift;
};

/// Shape of a two-dimensional window over [batch, in_h, in_w, channels].
struct Window {
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
};

/// Weights of int16 may let sums leave 32 bits after two products. The converter keeps them so small that at least
/// runs of input channels stay within: of any channels [16 * i, 16 * i + 16) of a tap, the magnitudes of an output
/// channel's weights add up to at most twice 32767. Times the largest activation, 2^15, that leaves room for 2^16 more.
inline constexpr int kRunChannels = 16;
inline constexpr int32_t kRunMagnitude = 65534;

/// From accumulator to output element; arrays have one entry per output channel.
struct OutputStage {
    const void* bias;           ///< int32, int64 (wide accumulator) or float32
    const int32_t* multiplier;  ///< null in float32
    const uint8_t* shift;       ///< null in float32
    int32_t zero_point;
    int32_t clamp_min, clamp_max;
    float clamp_min_f32, clamp_max_f32;
};

/// Convolution, grouped or not, and fully connected layers (1x1 over [1, 1, rows, k]).
/// A kernel computes output pixels [first, last) of batch * out_h * out_w.
struct ConvArgs {
    int32_t batch, in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t groups;
    Window window;
    const void* input;
    int32_t input_zero_point;
    const void* weights;  ///< [group][out block][tap][in block][nr][kr]
    int32_t nr, kr;
    bool wide_accumulator;  ///< 64 bits; otherwise 32 are proven to be enough
    OutputStage stage;
    void* output;
    void* scratch;  ///< conv_scratch_bytes() bytes, shared by all calls of one op
    bool runs_fit;  ///< w16a16: runs of weights are within kRunMagnitude; false costs speed
};

/// Depthwise convolution with one filter per channel; weights [tap][channel].
/// A kernel computes output rows [first, last) of batch * out_h.
struct DepthwiseArgs {
    int32_t batch, in_h, in_w, channels;
    int32_t out_h, out_w;
    Window window;
    const void* input;
    int32_t input_zero_point;
    const void* weights;
    bool wide_accumulator;
    OutputStage stage;
    void* output;
    void* scratch;  ///< conv_scratch_bytes() bytes
};

/// Max and average pooling; output rows [first, last) of batch * out_h.
struct PoolArgs {
    int32_t batch, in_h, in_w, channels;
    int32_t out_h, out_w;
    Window window;
    const void* input;
    int32_t input_zero_point, output_zero_point;
    const Rescale* rescales;  ///< average only; entry n-1 for n valid elements, or a single one
    int32_t rescale_count;
    bool count_padding;  ///< average in float32 only
    void* output;
};

enum class BinaryFunction : uint8_t { kAdd = 0, kSub = 1, kMul = 2, kDiv = 3, kMin = 4, kMax = 5, kPRelu = 6 };

/// Element-wise with broadcasting. Strides in elements, 0 where an operand repeats. Outer index [first, last) runs over
/// shape[0] * ... * shape[rank-2] (1 if rank is 1); the last dimension is the inner loop. Both functions of the last
/// dimension's stride (0 or 1) must be supported.
struct BinaryArgs {
    BinaryFunction function;
    int32_t rank;
    int32_t shape[kMaxRank];
    int64_t stride_a[kMaxRank], stride_b[kMaxRank];
    const void *a, *b;
    int32_t zero_point_a, zero_point_b, zero_point_out;
    int32_t multiplier_a, multiplier_b, shift;
    int32_t clamp_min, clamp_max;
    float clamp_min_f32, clamp_max_f32;
    void* output;
    int32_t shift_b;  ///< PRelu only
};

/// Rows [first, last) of `outer`: input [outer][inner] -> output [outer] rows `output_stride` elements apart.
/// Serves concat (one call per input) and requantize (output_stride == inner).
struct RequantizeArgs {
    int32_t outer, inner;
    int64_t output_stride;
    const void* input;
    int32_t input_zero_point, output_zero_point;
    Rescale rescale;
    int32_t clamp_min, clamp_max;
    void* output;
};

/// Elements [first, last) of a flat array.
struct QuantizeArgs {
    const float* input;
    float inverse_scale;
    int32_t zero_point;
    void* output;
};
struct DequantizeArgs {
    const void* input;
    float scale;
    int32_t zero_point;
    float* output;
};
/// Look-up of elements [first, last); table of 256 int8, or int16 in one of two layouts (schema: Lookup).
struct LookupArgs {
    const void* input;
    const void* table;
    void* output;
    bool octaves = false;
    int32_t interval_bits = 6;
};

enum class UnaryFunction : uint8_t {
    kClamp = 0,
    kSigmoid = 1,
    kTanh = 2,
    kExp = 3,
    kLeakyRelu = 4,
    kHardSigmoid = 5,
    kHardSwish = 6,
    kSilu = 7,
    kNeg = 8,
    kAbs = 9,
    kElu = 10,
    kSelu = 11,
    kCelu = 12,
    kGelu = 13,
    kGeluTanh = 14,
    kErf = 15,
    kMish = 16,
    kLog = 17,
    kSqrt = 18,
    kReciprocal = 19,
    kSoftplus = 20,
    kSoftsign = 21,
    kPow = 22,
    kFloor = 23,
    kCeil = 24,
    kRound = 25,
    kSign = 26,
    kSin = 27,
    kCos = 28,
    kThresholdedRelu = 29
};
/// float32, elements [first, last).
struct UnaryArgs {
    UnaryFunction function;
    float alpha, beta;
    const float* input;
    float* output;
};

/// Rows [first, last) of [outer][inner].
struct SoftmaxArgs {
    int32_t outer, inner;
    const void* input;
    Rescale rescale;
    const int32_t* exp2;
    void* output;
    Rescale to_output;  ///< log_softmax: from exponents of 2 in Q16 to output codes
    int32_t output_zero_point;
};

/// Data movement, by element size (1, 2 or 4 bytes). Strides in elements of the input for each *output* dimension;
/// outer index [first, last) as in BinaryArgs. Serves transpose, slice and concat; a stride of 0 repeats, a negative
/// one runs backwards.
struct CopyArgs {
    int32_t element_bytes;
    int32_t rank;
    int32_t shape[kMaxRank];
    int64_t stride_in[kMaxRank];
    const void* input;      ///< already moved to the first element
    void* output;           ///< rows of the last dimension,
    int64_t output_stride;  ///< so many elements apart: shape[rank - 1] where the output is dense
};

/// Copy by index tables: output row y is input row rows[y], column x is input column columns[x]; a negative index gives
/// `fill`. Serves nearest resize, padding, tile and gather. Output rows [first, last) of batch * out_h.
struct IndexedCopyArgs {
    int32_t element_bytes;
    int32_t batch, in_h, in_w, channels, out_h, out_w;
    const int32_t *rows, *columns;
    uint32_t fill;  ///< an element's bits, in the lowest bytes
    const void* input;
    void* output;
};

/// Binary digits behind the point of resampling weights.
inline constexpr int kResampleBitsInt8 = 11;
inline constexpr int kResampleBitsInt16 = 14;

/// Input positions and weights of every output position of one axis: entry y * taps + t.
struct AxisTaps {
    int32_t taps;
    const int32_t* indices;
    const void* weights;  ///< int16, or float in float32
};

/// Weighted sums along two axes: linear and cubic resize. Output rows [first, last) of batch * out_h.
struct ResampleArgs {
    int32_t batch, in_h, in_w, channels, out_h, out_w;
    AxisTaps rows, columns;
    const void* input;
    int32_t input_zero_point, output_zero_point;
    Rescale rescale;
    void* output;
};

enum class CompareFunction : uint8_t {
    kEqual = 0,
    kGreater = 1,
    kGreaterOrEqual = 2,
    kLess = 3,
    kLessOrEqual = 4,
    kAnd = 5,
    kOr = 6,
    kXor = 7,
    kNotEqual = 8
};
/// Truth values, with broadcasting and a range as in BinaryArgs.
struct CompareArgs {
    CompareFunction function;
    int32_t rank;
    int32_t shape[kMaxRank];
    int64_t stride_a[kMaxRank], stride_b[kMaxRank];
    const void *a, *b;
    int32_t zero_point_a, zero_point_b;
    int32_t multiplier_a, multiplier_b;
    int32_t* output;
};

/// One of two operands by a truth value, by element size, with broadcasting and a range as in BinaryArgs.
struct SelectArgs {
    int32_t element_bytes;
    int32_t rank;
    int32_t shape[kMaxRank];
    int64_t stride_condition[kMaxRank], stride_a[kMaxRank], stride_b[kMaxRank];
    const int32_t* condition;
    const void *a, *b;
    void* output;
};

enum class ReduceFunction : uint8_t { kSum = 0, kMean = 1, kMax = 2, kMin = 3, kSumSquare = 4, kL1 = 5, kL2 = 6 };
/// [outer][count][inner] -> [outer][inner]; elements [first, last) of the output.
struct ReduceArgs {
    ReduceFunction function;
    int32_t count, inner;
    const void* input;
    int32_t input_zero_point, output_zero_point;
    Rescale rescale;  ///< of integer sums
    void* output;
};

/// [outer][count][inner] -> [outer][inner]; elements [first, last) of the output.
struct ArgMaxArgs {
    bool minimum, last;
    int32_t count, inner;
    const void* input;
    int32_t* output;
};

/// [outer][count][inner] -> [outer][k][inner], k <= count; rows [first, last) of outer * inner.
struct TopKArgs {
    bool smallest;
    int32_t count, inner, k;
    const void* input;
    void* output;
    int32_t* indices;
};

/// Matrix product of two operands that are both computed, batched: out[batch][m][n] = sum over k of a * b. Strides in
/// elements, 0 where an operand repeats; the result is dense. A kernel computes rows [first, last) of batch * m.
struct MatMulArgs {
    int32_t batch_rank;  ///< 0 to 4
    int32_t batch_shape[kMaxRank];
    int64_t batch_stride_a[kMaxRank], batch_stride_b[kMaxRank];
    int32_t m, n, k;
    int64_t row_stride_a, depth_stride_a;
    int64_t depth_stride_b, column_stride_b;
    const void *a, *b;
    int32_t zero_point_a, zero_point_b, zero_point_out;
    Rescale rescale;
    int32_t clamp_min, clamp_max;
    float clamp_min_f32, clamp_max_f32;
    void* output;
};

/// Normalization of rows: LayerNorm, InstanceNorm, GroupNorm, L2. A kernel computes rows [first, last). Element i of
/// row r belongs to channel ((r % row_period) * row_elements + i) / run.
struct NormalizeArgs {
    int32_t rows, row_elements;  ///< at most kMaxNormalizedElements per row
    int32_t row_period, run;
    bool centered;    ///< the mean is subtracted, the variance divided by; otherwise the sum of squares
    int64_t epsilon;  ///< integers
    float epsilon_f32;
    const void* input;
    int32_t input_zero_point, output_zero_point;
    const void* gains;   ///< int32 or float32 per channel
    const void* biases;  ///< int64 or float32 per channel
    int32_t shift;
    int32_t clamp_min, clamp_max;
    void* output;
};
/// So that n * sum of squares of 16 bit codes fits in 62 bits.
inline constexpr int32_t kMaxNormalizedElements = 1 << 16;

enum class RecurrentCell : uint8_t { kLstm = 0, kGru = 1, kRnn = 2 };

/// Gates of a cell: LSTM input, output, forget, cell; GRU update, reset, hidden; RNN one.
static inline int32_t gate_count(RecurrentCell cell) {
    return cell == RecurrentCell::kLstm ? 4 : cell == RecurrentCell::kGru ? 3 : 1;
}

/// Weights [gate][hidden][k] by a vector of k; one bias and one rescale (to Q16 sums) per row.
struct GateProduct {
    const void* weights;
    const void* bias;           ///< int32, int64 (wide accumulator) or float32
    const int32_t* multiplier;  ///< null in float32
    const uint8_t* shift;       ///< null in float32
    bool wide_accumulator;
};

/// Function of a gate. Integers: `table` holds kLookupInt16Entries entries over the Q16 sums -2^(9+b) .. 2^(9+b), each
/// interval 2^b wide, b = interval_bits.
struct GateFunction {
    const int16_t* table;
    int32_t interval_bits;
    UnaryFunction function;  ///< float32
    float alpha, beta;       ///< float32
};

/// One direction of a recurrent layer over x [steps][batch][inputs]. A kernel computes sequences [first, last) of
/// batch.
struct RecurrentArgs {
    RecurrentCell cell;
    bool reverse;      ///< the last step first
    bool reset_after;  ///< GRU: the reset gate scales the recurrent product, not the state
    int32_t steps, batch, inputs, hidden;
    const void* x;
    const void *initial_h, *initial_c;  ///< [batch][hidden]; null is zero
    GateProduct input, recurrent;
    GateFunction functions[3];
    int32_t forget_multiplier, input_multiplier, cell_shift;  ///< LSTM: gate products to cell codes
    Rescale cell_to_sum;                                      ///< LSTM: cell codes to Q16
    Rescale gate_product;  ///< LSTM: output gate times function; GRU: gate times codes
    float clip;            ///< float32: bound of sums, 0 for none
    void* output;          ///< [steps][batch][hidden]
    void* final_c;         ///< LSTM: [batch][hidden]
    void* scratch;         ///< recurrent_scratch_bytes()
};

/// Bytes of scratch that a recurrent op needs: sums of both products, the state and its product with a gate.
static inline uint64_t recurrent_scratch_bytes(RecurrentCell cell, int32_t batch, int32_t hidden) {
    return (2u * static_cast<uint64_t>(gate_count(cell)) + 2u) * static_cast<uint64_t>(batch) *
           static_cast<uint64_t>(hidden) * 4u;
}

/// Rows picked by indices that are computed: output row [o][k] of `inner` elements is input row [o][indices[k]]. Output
/// rows [first, last) of outer * count.
struct GatherArgs {
    int32_t element_bytes;
    int32_t outer, size, inner, count;
    const int32_t* indices;  ///< negative ones count from the end; those outside are moved to the border
    const void* input;
    void* output;
};

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_KERNEL_TYPES_H_
