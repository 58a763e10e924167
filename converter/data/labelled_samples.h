// Samples with the class that is right for each: pictures or arrays, and a table of labels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/samples.h"

namespace tinamix::data {

/// Sample i of `samples` belongs to class `labels[i]`.
struct LabelledSamples {
    std::unique_ptr<SampleSource> samples;
    std::vector<int64_t> labels;
};

/// For a graph with one input. `labels_path` is a table with tab-separated columns and a header line that names them:
/// - `data_path` a folder: columns `file` and `label`; file names relative to the folder or, where there is none, to
///   the table. Only the pictures (or one-sample .npy) in the table are used, in its order.
/// - `data_path` an .npy, an .npz or a list: columns `index` (of the sample, from 0) and `label`.
/// Other columns are for people. `limit`: at most so many, spread evenly; 0 means all. Throws Error with file and line.
LabelledSamples open_labelled_samples(const ir::Graph& graph, const std::string& data_path,
                                      const std::string& labels_path, const Preprocessing& preprocessing,
                                      size_t limit = 0);

}  // namespace tinamix::data
