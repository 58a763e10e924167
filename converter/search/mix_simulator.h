// Mixes of precisions over the groups of one network, measured on the exact simulation.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/ranges.h"
#include "cost/board.h"
#include "pack/pack.h"
#include "search/groups.h"
#include "search/layer_similarity.h"
#include "search/measurement_log.h"
#include "search/precision_graphs.h"
#include "search/reference_outputs.h"
#include "search/variant.h"

namespace tinamix::search {

/// Called during long work: what is being done, how much of it is done.
using Progress = std::function<void(const char* what, size_t done, size_t total)>;

/// What a mix costs on the board.
struct Price {
    cost::Cost cost;
    std::map<quantize::Precision, int64_t> macs;
    uint64_t weight_bytes = 0;  ///< of convolutions, in one packing
    uint64_t arena_bytes = 0;
};

struct Measurement {
    ReferenceOutputs::Losses losses;
    Price price;
};

class MixSimulator {
  public:
    /// All but `groups` outlive this.
    MixSimulator(PrecisionGraphs& graphs, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                 std::vector<Group> groups, const ReferenceOutputs& reference, const cost::Board& board, int threads);

    const std::vector<Group>& groups() const { return groups_; }
    const ReferenceOutputs& reference() const { return reference_; }
    /// Every group in `precision`; those that do not offer w8a16, for want of weights, in w16a16.
    Mix uniform(quantize::Precision precision) const;

    quantize::PrecisionRules rules_of(const Mix& mix) const;
    quantize::Plan plan_of(const Mix& mix);
    /// The network with the constants that suit `plan`. Valid until the next call of any function here.
    const ir::Graph& graph_of(const quantize::Plan& plan) { return graphs_.with(plan.node_precision); }

    /// What mixes cost, without running them.
    std::vector<Price> price(const std::vector<Mix>& mixes);
    /// find_neighbours() of the groups.
    std::vector<std::pair<size_t, size_t>> neighbours() const { return find_neighbours(graphs_.graph(), groups_); }

    /// Measures `mixes` over the first `samples` samples. `bases` are mixes that most of the others differ little from;
    /// they change the time that it takes, and nothing else.
    std::vector<Measurement> measure(const std::vector<Mix>& bases, const std::vector<Mix>& mixes, size_t samples,
                                     const char* what, const Progress& progress);

    /// From now on measurements on all samples are judged by scorers: the loss is what the score lacks to float's.
    /// Other measurements, which compare changes of single groups, are judged as they are ranked. Runs float's outputs
    /// through the first scorer.
    void judge_by(const MakeScorer& make);

    /// Keeps what is measured in the file at `path`, and takes over what is there. Throws Error (MeasurementLog).
    void resume(const std::string& path);

    /// How far every layer of one mix is from float (search/layer_similarity.h).
    std::vector<LayerSimilarity> layers_of(const Mix& mix, const data::SampleSource& samples,
                                           const std::vector<size_t>& indices);

  private:
    Variant variant_of(const Mix& mix);
    bool is_scored(size_t samples) const { return make_scorer_ && samples == reference_.samples(); }
    ReferenceOutputs::Losses scored(const Variant& variant);

    PrecisionGraphs& graphs_;
    const calibrate::Ranges& ranges_;
    const quantize::PrecisionRules& rules_;
    std::vector<Group> groups_;
    const ReferenceOutputs& reference_;
    const cost::Board& board_;
    int threads_;
    pack::Target target_;
    pack::WeightSegment weights_;
    pack::PackedLayers layers_;
    std::optional<MeasurementLog> log_;
    MakeScorer make_scorer_;
    double float_score_ = 0;
};

}  // namespace tinamix::search
