#include "search/mix_simulator.h"

#include <algorithm>

#include "search/trial_runner.h"

namespace tinamix::search {

namespace {

/// Variants that are open at the same time: each has a graph and its prepared ops in memory.
constexpr size_t kBatch = 64;

Price price_of(const Variant& variant, const cost::Board& board) {
    Price price{board.predict(variant.works), {}, 0, variant.arena_bytes};
    for (const cost::OpWork& work : variant.works) {
        if (work.macs > 0) price.macs[work.precision] += work.macs;
        price.weight_bytes += static_cast<uint64_t>(work.weight_bytes);
    }
    return price;
}

}  // namespace

MixSimulator::MixSimulator(PrecisionGraphs& graphs, const calibrate::Ranges& ranges,
                           const quantize::PrecisionRules& rules, std::vector<Group> groups,
                           const ReferenceOutputs& reference, const cost::Board& board, int threads)
    : graphs_(graphs),
      ranges_(ranges),
      rules_(rules),
      groups_(std::move(groups)),
      reference_(reference),
      board_(board),
      threads_(threads),
      target_(pack::target_from_name("generic")) {}

Mix MixSimulator::uniform(quantize::Precision precision) const {
    Mix mix;
    for (const Group& group : groups_) {
        const bool offered =
            std::find(group.precisions.begin(), group.precisions.end(), precision) != group.precisions.end();
        mix.push_back(offered ? precision : quantize::Precision::kW16A16);
    }
    return mix;
}

quantize::PrecisionRules MixSimulator::rules_of(const Mix& mix) const {
    return rules_for(graphs_.graph(), rules_, groups_, mix);
}

quantize::Plan MixSimulator::plan_of(const Mix& mix) {
    // What constants a layer reads has no part in the plan, but for operands, which are the same for every precision.
    return quantize::make_plan(graphs_.graph(), ranges_, rules_of(mix));
}

Variant MixSimulator::variant_of(const Mix& mix) {
    const quantize::Plan plan = plan_of(mix);
    return make_variant(graph_of(plan), plan, target_, weights_);
}

std::vector<Measurement> MixSimulator::measure(const std::vector<Mix>& bases, const std::vector<Mix>& mixes,
                                               size_t samples, const char* what, const Progress& progress) {
    samples = std::min(samples, reference_.samples());
    std::vector<Variant> common;
    for (const Mix& base : bases) common.push_back(variant_of(base));
    std::vector<Measurement> measured;
    for (size_t begin = 0; begin < mixes.size(); begin += kBatch) {
        std::vector<Variant> variants = common;
        const size_t end = std::min(begin + kBatch, mixes.size());
        for (size_t i = begin; i < end; ++i) variants.push_back(variant_of(mixes[i]));
        const auto losses =
            run_trials(variants, bases.size(), weights_, reference_, samples, threads_, [&](size_t done, size_t) {
                if (progress) progress(what, begin * samples + done * (end - begin), mixes.size() * samples);
            });
        for (size_t i = bases.size(); i < variants.size(); ++i) {
            measured.push_back({losses[i], price_of(variants[i], board_)});
        }
    }
    return measured;
}

}  // namespace tinamix::search
