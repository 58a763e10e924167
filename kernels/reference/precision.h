// The four precisions of convolutions as types: what is multiplied, how it is summed, how the sum becomes an output
// element (docs/arithmetic.md, 2, 3 and 8). conv.cpp and depthwise.cpp are written once over them.
#ifndef TINAMIX_KERNELS_REFERENCE_PRECISION_H_
#define TINAMIX_KERNELS_REFERENCE_PRECISION_H_

#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

/// Integer precisions. Accumulators are unsigned because their sums wrap.
template <typename ActivationType, typename WeightType, typename AccumulatorType>
struct IntegerPrecision {
    using Activation = ActivationType;
    using Weight = WeightType;
    using Accumulator = AccumulatorType;
    static constexpr bool kWide = sizeof(Accumulator) == 8;

    static Accumulator bias(const OutputStage& stage, int32_t channel) {
        if constexpr (kWide) {
            return static_cast<Accumulator>(static_cast<const int64_t*>(stage.bias)[channel]);
        } else {
            return static_cast<Accumulator>(static_cast<const int32_t*>(stage.bias)[channel]);
        }
    }

    /// What a tap outside the input contributes as x.
    static Activation padding(int32_t input_zero_point) {
        return sizeof(Activation) == 1 ? static_cast<Activation>(input_zero_point) : Activation{0};
    }

    static Accumulator multiply_add(Accumulator acc, Activation x, Weight w) {
        const int32_t product = int32_t{x} * int32_t{w};
        return acc + static_cast<Accumulator>(product);
    }

    static Activation finish(const OutputStage& stage, int32_t channel, Accumulator acc) {
        const int32_t multiplier = stage.multiplier[channel];
        const int32_t shift = stage.shift[channel];
        int64_t rescaled;
        if constexpr (kWide) {
            rescaled = rescale_wide(static_cast<int64_t>(acc), multiplier, shift);
        } else {
            rescaled = rescale(static_cast<int32_t>(acc), multiplier, shift);
        }
        return to_code<Activation>(rescaled, stage.zero_point, stage.clamp_min, stage.clamp_max);
    }
};

using W8A8 = IntegerPrecision<int8_t, int8_t, uint32_t>;
using W8A16 = IntegerPrecision<int16_t, int8_t, uint32_t>;
using W8A16Wide = IntegerPrecision<int16_t, int8_t, uint64_t>;
using W16A16 = IntegerPrecision<int16_t, int16_t, uint32_t>;
using W16A16Wide = IntegerPrecision<int16_t, int16_t, uint64_t>;

struct F32 {
    using Activation = float;
    using Weight = float;
    using Accumulator = float;

    static float bias(const OutputStage& stage, int32_t channel) {
        return static_cast<const float*>(stage.bias)[channel];
    }
    static float padding(int32_t) { return 0.0f; }
    static float multiply_add(float acc, float x, float w) { return acc + x * w; }
    static float finish(const OutputStage& stage, int32_t, float acc) {
        return clamp_f32(acc, stage.clamp_min_f32, stage.clamp_max_f32);
    }
};

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_PRECISION_H_
