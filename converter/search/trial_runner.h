// Runs many variants of one network over the search's samples, each computing only what no variant before it has.
#pragma once

#include <functional>
#include <vector>

#include "search/reference_outputs.h"
#include "search/variant.h"

namespace tinamix::search {

using SeenValue = std::function<void(size_t sample, size_t name, const std::vector<float>& values)>;

/// Losses of every variant, in their order. The first `bases` of them run in full on every sample; the others start
/// from what those computed: an op runs only if no base has one of the same identity. One sample at a time, its
/// variants spread over the threads; memory is the arenas, one for each thread, and what variants take over from bases
/// on one sample. The result depends neither on the number of threads nor on which variants are bases. Throws Error
/// with the message of the runtime. `progress`: after each sample with (done, total). `seen`: every value that is
/// compared, by its place in the reference, in no order of places; called on several threads where there are several
/// variants.
std::vector<ReferenceOutputs::Losses> run_trials(const std::vector<Variant>& variants, size_t bases,
                                                 const pack::WeightSegment& weights, const ReferenceOutputs& reference,
                                                 size_t samples, int threads,
                                                 const std::function<void(size_t, size_t)>& progress = {},
                                                 const SeenValue& seen = {});

}  // namespace tinamix::search
