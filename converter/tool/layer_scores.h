// What became of every layer of a network in its packed model, measured on samples.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "report/conversion_report.h"
#include "tool/simulation.h"

namespace tinamix::tool {

/// One entry per op of `packed` that makes a tensor of the network (not for conversions between precisions), in the
/// order of execution: similarity of that tensor to float's over the samples of `indices`, and its values. `graph` is
/// what `packed` was made from. Holds one sample's tensors at a time. `progress`: after each sample with (done, total).
std::vector<report::LayerScore> measure_layers(const ir::Graph& graph, Simulation& packed,
                                               const data::SampleSource& samples, const std::vector<size_t>& indices,
                                               int threads, const std::function<void(size_t, size_t)>& progress = {});

}  // namespace tinamix::tool
