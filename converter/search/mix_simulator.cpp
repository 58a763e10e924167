#include "search/mix_simulator.h"

#include <algorithm>

#include "search/trial_runner.h"
#include "tinamix.h"

namespace tinamix::search {

using quantize::Precision;

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
    return make_variant(graph_of(plan), plan, target_, weights_, layers_);
}

std::vector<Price> MixSimulator::price(const std::vector<Mix>& mixes) {
    std::vector<Price> prices;
    for (const Mix& mix : mixes) prices.push_back(price_of(variant_of(mix), board_));
    return prices;
}

std::vector<Measurement> MixSimulator::measure(const std::vector<Mix>& bases, const std::vector<Mix>& mixes,
                                               size_t samples, const char* what, const Progress& progress) {
    samples = std::min(samples, reference_.samples());
    std::vector<Measurement> measured(mixes.size());
    std::vector<size_t> unknown;
    for (size_t i = 0; i < mixes.size(); ++i) {
        const auto kept = log_ ? log_->find(mixes[i], samples) : std::nullopt;
        if (!kept) {
            unknown.push_back(i);
            continue;
        }
        measured[i] = {*kept, price_of(variant_of(mixes[i]), board_)};
    }
    std::vector<Variant> common;
    for (size_t i = 0; i < bases.size() && !unknown.empty(); ++i) common.push_back(variant_of(bases[i]));
    if (is_scored(samples)) {
        for (size_t i = 0; i < unknown.size(); ++i) {
            const Variant variant = variant_of(mixes[unknown[i]]);
            measured[unknown[i]] = {scored(variant), price_of(variant, board_)};
            if (log_) log_->add(mixes[unknown[i]], samples, measured[unknown[i]].losses);
            if (log_) log_->save();
            if (progress) progress(what, (i + 1) * samples, unknown.size() * samples);
        }
        return measured;
    }
    for (size_t begin = 0; begin < unknown.size(); begin += kBatch) {
        std::vector<Variant> variants = common;
        const size_t end = std::min(begin + kBatch, unknown.size());
        for (size_t i = begin; i < end; ++i) variants.push_back(variant_of(mixes[unknown[i]]));
        const auto losses =
            run_trials(variants, common.size(), weights_, reference_, samples, threads_, [&](size_t done, size_t) {
                if (progress) progress(what, begin * samples + done * (end - begin), unknown.size() * samples);
            });
        for (size_t i = begin; i < end; ++i) {
            const size_t variant = common.size() + i - begin;
            measured[unknown[i]] = {losses[variant], price_of(variants[variant], board_)};
            if (log_) log_->add(mixes[unknown[i]], samples, losses[variant]);
        }
        if (log_) log_->save();
    }
    return measured;
}

void MixSimulator::judge_by(const MakeScorer& make) {
    make_scorer_ = make;
    const std::unique_ptr<OutputScorer> scorer = make();
    for (size_t sample = 0; sample < reference_.samples(); ++sample) {
        for (size_t i = 0; i < reference_.names().size(); ++i) {
            const ir::Tensor& tensor = reference_.expected(sample, i);
            scorer->add(sample, reference_.names()[i], tensor.shape(), tensor.to_floats());
        }
    }
    float_score_ = scorer->score();
}

ReferenceOutputs::Losses MixSimulator::scored(const Variant& variant) {
    const std::unique_ptr<OutputScorer> scorer = make_scorer_();
    ReferenceOutputs::Losses losses =
        run_trials({variant}, 0, weights_, reference_, reference_.samples(), 1, {},
                   [&](size_t sample, size_t name, const std::vector<float>& values) {
                       scorer->add(sample, reference_.names()[name], reference_.expected(sample, name).shape(), values);
                   })
            .front();
    const double drop = std::max(0.0, float_score_ - scorer->score());
    losses.judged.assign(losses.judged.size(), drop);
    return losses;
}

void MixSimulator::resume(const std::string& path) {
    // The plain variants hold every constant, form and option that any mix has, but for forms at borders, which follow
    // from those. The samples and the groups are the rest.
    std::vector<Identity> parts;
    for (const Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32}) {
        for (const Variant::Op& op : variant_of(uniform(precision)).ops) parts.push_back(op.identity);
    }
    const auto add = [&parts](const void* data, size_t bytes) { parts.push_back(tmx_digest(data, bytes)); };
    add(weights_.bytes().data(), weights_.bytes().size());
    for (size_t sample = 0; sample < reference_.samples(); ++sample) {
        for (const ir::Tensor& input : reference_.inputs(sample)) add(input.raw(), input.bytes());
        for (size_t i = 0; i < reference_.names().size(); ++i) {
            add(reference_.expected(sample, i).raw(), reference_.expected(sample, i).bytes());
        }
    }
    add(reference_.metric().text.data(), reference_.metric().text.size());
    for (const Group& group : groups_) add(group.nodes.data(), group.nodes.size() * sizeof(int));
    log_.emplace(path, tmx_digest(parts.data(), parts.size() * sizeof(Identity)));
}

std::vector<LayerSimilarity> MixSimulator::layers_of(const Mix& mix, const data::SampleSource& samples,
                                                     const std::vector<size_t>& indices) {
    const Variant variant = variant_of(mix);
    // The float network has the constants that were given, which only float32 layers read as they are.
    const ir::Graph& original =
        graphs_.with(std::vector<quantize::Precision>(graphs_.graph().nodes.size(), quantize::Precision::kF32));
    return measure_layers(original, variant, weights_, samples, indices, threads_);
}

}  // namespace tinamix::search
