// First and second moments of what integer layers read: the statistics behind bias correction and rounding refinement.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "quantize/plan.h"
#include "quantize/weight_layer.h"

namespace tinamix::quantize {

/// Of the columns of one layer (quantize/weight_layer.h). Everything is an exact sum of integers, so it depends neither
/// on threads nor on the order of samples. Code values are multiples of `scale`, zero points already subtracted.
struct InputMoments {
    WeightLayer layer;
    double scale = 1;
    int64_t columns = 0;
    /// The layer reads int16: its input is taken as exact, and the codes here are coarser than those it reads.
    bool exact_input = false;
    /// Sums over the columns, [groups][inputs]: of the quantized input in codes, and of the float input in steps of
    /// scale / 256.
    std::vector<int64_t> quantized, real;
    /// Sums of products of codes, [groups][inputs][inputs]; empty for layers with too many inputs.
    std::vector<int32_t> products;

    /// Mean of the input as the layer reads it and of the float input, real values.
    double quantized_mean(int64_t index) const;
    double real_mean(int64_t index) const;
};

struct MomentsOptions {
    int threads = 1;
    /// Samples to look at; positions are spread over each so that about `columns` come together.
    std::vector<size_t> samples;
    int64_t columns = 2048;
    /// Longer columns get no products.
    int64_t most_inputs = 2304;
    /// Tensors whose values beyond the codes count as the last code in `real` too: few and far out, they were given up
    /// for the others, which a bias that makes up for them would hurt.
    std::vector<ir::ValueId> without_tails;
    std::function<void(size_t, size_t)> progress;  ///< after each sample with (done, total); may be empty
};

/// Runs the samples through the float executor. One entry per w8a8 or w8a16 layer, in the order of execution. What a
/// layer reads is quantized as `plan` has it; behind a function by table, so is what the function reads.
std::vector<InputMoments> measure_input_moments(const ir::Graph& graph, const Plan& plan,
                                                const data::SampleSource& samples, const MomentsOptions& options);

}  // namespace tinamix::quantize
