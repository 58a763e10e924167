#include "search/trial_runner.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <numeric>
#include <optional>
#include <thread>
#include <unordered_map>

#include "diagnostics/error.h"
#include "search/opened_variant.h"

namespace tinamix::search {

namespace {

/// Contents of tensors that variants take over, of the sample at hand. Every slot has one writer.
class Store {
  public:
    size_t reserve(Identity identity) { return slots_.try_emplace(identity, slots_.size()).first->second; }
    /// After the last reserve().
    void allocate() { contents_.resize(slots_.size()); }
    const size_t* find(Identity identity) const {
        const auto found = slots_.find(identity);
        return found == slots_.end() ? nullptr : &found->second;
    }
    std::vector<uint8_t>& operator[](size_t slot) { return contents_[slot]; }

  private:
    std::unordered_map<Identity, size_t> slots_;
    std::vector<std::vector<uint8_t>> contents_;
};

/// What one variant does for a sample.
struct Step {
    enum class Kind {
        kSetInput,  ///< model input `index`
        kRun,       ///< op `index`
        kLoad,      ///< owner `index` from `slot`
        kSave,      ///< owner `index` to `slot`
        kCompare,   ///< tensor `index` with value `slot` of the reference
    };
    Kind kind;
    int32_t index = 0;
    size_t slot = 0;
};

class Trial {
  public:
    Trial(const Variant& variant, const ReferenceOutputs& reference) : variant_(variant), reference_(reference) {
        for (const std::string& name : reference.names()) watched_.push_back(variant.find(name));
        for (size_t i = 0; i < watched_.size(); ++i) {
            if (watched_[i] >= 0) continue;
            throw Error("search", "value `" + reference.names()[i] + "` is not in the packed model");
        }
    }

    /// Per op: must run although `known` identities are there for the taking.
    void find_work(const std::unordered_map<Identity, size_t>& known) {
        runs_.clear();
        work_ = 0;
        for (const Variant::Op& op : variant_.ops) {
            const bool runs = known.count(op.identity) == 0;
            runs_.push_back(runs);
            if (runs) work_ += op.work;
        }
    }
    int64_t work() const { return work_; }

    /// Owners that this trial takes over.
    std::vector<int32_t> loads() const {
        std::vector<bool> needed = needed_owners();
        std::vector<int32_t> result;
        for (size_t i = 0; i < needed.size(); ++i) {
            const int32_t op = variant_.owners[i].op;
            if (needed[i] && op >= 0 && !runs_[static_cast<size_t>(op)]) result.push_back(static_cast<int32_t>(i));
        }
        return result;
    }

    /// Fills the slots that `store` has for the results of those ops that `saves`.
    void make_steps(const Store& store, const std::function<bool(const Variant::Op&)>& saves) {
        const std::vector<bool> needed = needed_owners();
        for (size_t i = 0; i < variant_.inputs.size(); ++i) {
            if (needed[static_cast<size_t>(variant_.inputs[i])]) add(Step::Kind::kSetInput, static_cast<int32_t>(i));
        }
        for (const int32_t input : variant_.inputs) compare(input);
        for (size_t i = 0; i < variant_.ops.size(); ++i) {
            if (runs_[i]) add(Step::Kind::kRun, static_cast<int32_t>(i));
            for (const int32_t owner : variant_.ops[i].outputs) {
                const size_t* slot = store.find(variant_.owners[static_cast<size_t>(owner)].identity);
                if (!runs_[i] && needed[static_cast<size_t>(owner)]) add(Step::Kind::kLoad, owner, *slot);
                if (slot != nullptr && saves(variant_.ops[i])) add(Step::Kind::kSave, owner, *slot);
                compare(owner);
            }
        }
    }

    void open(const pack::WeightSegment& weights, uint8_t* arena, size_t arena_bytes) {
        model_.emplace(variant_, weights, arena, arena_bytes);
    }

    /// `values`: room for a tensor, of the calling thread.
    void run(size_t sample, Store& store, std::vector<float>& values, const SeenValue& seen) {
        std::vector<Agreement> sums(watched_.size());
        for (const Step& step : steps_) {
            switch (step.kind) {
                case Step::Kind::kSetInput:
                    model_->set_input(step.index, reference_.inputs(sample)[static_cast<size_t>(step.index)]);
                    break;
                case Step::Kind::kRun:
                    model_->run(step.index);
                    break;
                case Step::Kind::kLoad: {
                    const std::vector<uint8_t>& bytes = store[step.slot];
                    std::memcpy(model_->tensor(step.index).data, bytes.data(), bytes.size());
                    break;
                }
                case Step::Kind::kSave: {
                    const tmx::runtime::Tensor& tensor = model_->tensor(step.index);
                    const auto* data = static_cast<const uint8_t*>(tensor.data);
                    store[step.slot].assign(data, data + tensor.bytes);
                    break;
                }
                case Step::Kind::kCompare:
                    model_->read(step.index, values);
                    sums[step.slot] = reference_.compared(sample, step.slot, values);
                    if (seen) seen(sample, step.slot, values);
                    break;
            }
        }
        sums_.push_back(std::move(sums));
    }

    const std::vector<std::vector<Agreement>>& sums() const { return sums_; }

  private:
    void add(Step::Kind kind, int32_t index, size_t slot = 0) { steps_.push_back({kind, index, slot}); }
    void compare(int32_t owner) {
        for (size_t i = 0; i < watched_.size(); ++i) {
            if (variant_.owner_of[static_cast<size_t>(watched_[i])] == owner) add(Step::Kind::kCompare, watched_[i], i);
        }
    }

    /// Per tensor: memory that this trial reads.
    std::vector<bool> needed_owners() const {
        std::vector<bool> needed(variant_.owners.size(), false);
        for (size_t i = 0; i < variant_.ops.size(); ++i) {
            if (!runs_[i]) continue;
            for (const int32_t input : variant_.ops[i].inputs) needed[static_cast<size_t>(input)] = true;
        }
        for (const int32_t watched : watched_) {
            needed[static_cast<size_t>(variant_.owner_of[static_cast<size_t>(watched)])] = true;
        }
        return needed;
    }

    const Variant& variant_;
    const ReferenceOutputs& reference_;
    std::vector<int32_t> watched_;  ///< tensors, in the order of reference.names()
    std::vector<bool> runs_;
    int64_t work_ = 0;
    std::vector<Step> steps_;
    std::optional<OpenedVariant> model_;
    std::vector<std::vector<Agreement>> sums_;
};

/// Trials [first, last) spread over threads: the largest first, each to the thread with the least to do.
std::vector<std::vector<size_t>> spread(const std::vector<Trial>& trials, size_t first, size_t last, size_t threads) {
    std::vector<size_t> order(last - first);
    std::iota(order.begin(), order.end(), first);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return trials[a].work() > trials[b].work(); });
    std::vector<std::vector<size_t>> share(threads);
    std::vector<int64_t> load(threads, 0);
    for (const size_t trial : order) {
        const auto least = static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin());
        share[least].push_back(trial);
        load[least] += trials[trial].work() + 1;
    }
    return share;
}

/// body(thread) on each thread; the first exception (of the lowest thread) is thrown here.
template <typename Body>
void on_threads(size_t threads, const Body& body) {
    std::vector<std::exception_ptr> failures(threads);
    const auto guarded = [&](size_t thread) {
        try {
            body(thread);
        } catch (...) {
            failures[thread] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < threads; ++thread) others.emplace_back(guarded, thread);
    guarded(0);
    for (std::thread& other : others) other.join();
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

}  // namespace

std::vector<ReferenceOutputs::Losses> run_trials(const std::vector<Variant>& variants, size_t bases,
                                                 const pack::WeightSegment& weights, const ReferenceOutputs& reference,
                                                 size_t samples, int threads,
                                                 const std::function<void(size_t, size_t)>& progress,
                                                 const SeenValue& seen) {
    std::vector<Trial> trials;
    trials.reserve(variants.size());
    std::unordered_map<Identity, size_t> known;  // op of a base -> the base
    size_t arena_bytes = 0;
    for (size_t i = 0; i < variants.size(); ++i) {
        trials.emplace_back(variants[i], reference);
        trials.back().find_work(i < bases ? std::unordered_map<Identity, size_t>{} : known);
        arena_bytes = std::max<size_t>(arena_bytes, variants[i].arena_bytes);
        if (i >= bases) continue;
        for (const Variant::Op& op : variants[i].ops) known.try_emplace(op.identity, i);
    }
    Store store;
    for (size_t i = bases; i < trials.size(); ++i) {
        for (const int32_t owner : trials[i].loads()) {
            store.reserve(variants[i].owners[static_cast<size_t>(owner)].identity);
        }
    }
    store.allocate();
    for (size_t i = 0; i < trials.size(); ++i) {
        // Of equal ops in several bases, one saves: slots have one writer.
        trials[i].make_steps(store, [&](const Variant::Op& op) { return i < bases && known.at(op.identity) == i; });
    }

    const size_t thread_count = std::min(static_cast<size_t>(std::max(threads, 1)), trials.size());
    const auto base_share = spread(trials, 0, bases, thread_count);
    const auto trial_share = spread(trials, bases, trials.size(), thread_count);
    std::vector<AlignedMemory> arenas;
    for (size_t thread = 0; thread < thread_count; ++thread) {
        arenas.push_back(aligned_memory(arena_bytes));
        for (const auto* share : {&base_share[thread], &trial_share[thread]}) {
            for (const size_t trial : *share) trials[trial].open(weights, arenas.back().get(), arena_bytes);
        }
    }
    std::vector<std::vector<float>> values(thread_count);
    for (size_t sample = 0; sample < samples; ++sample) {
        for (const auto* share : {&base_share, &trial_share}) {
            on_threads(thread_count, [&](size_t thread) {
                for (const size_t trial : (*share)[thread]) trials[trial].run(sample, store, values[thread], seen);
            });
        }
        if (progress) progress(sample + 1, samples);
    }
    std::vector<ReferenceOutputs::Losses> losses;
    for (const Trial& trial : trials) losses.push_back(reference.losses(trial.sums()));
    return losses;
}

}  // namespace tinamix::search
