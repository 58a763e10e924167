// The search's front against other toolkits' ways to spend int16, and its ranking against greedy exhaustive search, on
// one network and the same samples, simulation and cost table. Prints JSON; bench/mix_orders.py draws it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "search/distribution.h"
#include "search/mixed_precision.h"
#include "search/sensitivity.h"
#include "tool/board_options.h"
#include "tool/command.h"
#include "tool/conversion.h"
#include "tool/convertible.h"
#include "tool/json_output.h"
#include "tool/search_setup.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;
using quantize::Precision;
using search::Mix;

constexpr size_t kDistributionSamples = 8;

class OrdersCommand final : public Command {
  public:
    explicit OrdersCommand(CLI::App& program)
        : Command(program, "orders", "Compare ways to choose the layers that get 16 bits", "") {
        options.path("MODEL", model_, "MODEL.onnx", "the network");
        data_.declare(options, kDefaultCalibrationSamples, "calibration data");
        options.integer("--search-samples", search_samples_, 1, 100'000, "samples that mixes are simulated on");
        options.integer("--greedy", greedy_, 0, 1000, "also the best N groups by greedy exhaustive search");
        options.flag("--no-orders", no_orders_, "nothing but that");
        board_.declare(options);
        calibration_.declare(options);
        repair_.declare(options);
        threads_.declare(options);
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        for (const char* name : {"MODEL", "--data"}) options.require(name);
        preprocessing_.check();
        const quantize::PrecisionRules rules;
        ir::Graph graph = load_convertible(model_, {}, {}, rules, pack::target_from_name("generic"));
        const auto samples = data_.open(graph, preprocessing_.value, options);
        calibrate::Ranges ranges = measure_ranges(graph, *samples, calibration_, threads_.threads);
        const SearchOptions search;
        // Balanced as `convert --precision mixed` balances.
        const Conversion balanced =
            make_conversion(std::move(graph), std::move(ranges), rules, samples.get(),
                            {calibration_, repair_, search, board_.board(), false, threads_.threads, nullptr});
        SearchSetup setup(balanced.network, balanced.ranges, rules, *samples, repair_, {}, search_samples_,
                          board_.board(), threads_.threads);
        simulator_ = &setup.simulator();
        // Searches for several targets measure much alike.
        simulator_->resume((log_.folder / "log.json").string());
        int8_ = simulator_->uniform(Precision::kW8A8);
        Json json{{"model", std::filesystem::path(model_).stem().string()},
                  {"board", board_.board().name},
                  {"samples", setup.reference().samples()},
                  {"groups", simulator_->groups().size()}};
        std::vector<size_t> few = setup.indices();
        few.resize(std::min(few.size(), kDistributionSamples));
        const std::vector<search::Distribution> distributions = search::measure_distributions(
            balanced.network, quantize::make_plan(balanced.network, balanced.ranges, rules), *samples, few,
            threads_.threads);
        if (!no_orders_) {
            json["curves"]["ours"] = front();
            json["curves"]["entropy"] = followed(by_entropy(distributions));
            json["curves"]["one layer int8"] = followed(by_single_layers());
            json["curves"]["first and last"] = first_and_last();
        }
        if (greedy_ > 0) json["greedy"] = greedy();
        print_json(json);
        return kExitOk;
    }

  private:
    size_t count() const { return int8_.size(); }

    std::vector<search::Measurement> measured(const std::vector<Mix>& bases, const std::vector<Mix>& mixes,
                                              const char* what) {
        return simulator_->measure(bases, mixes, simulator_->reference().samples(), what, search_progress());
    }
    static double loss(const search::Measurement& of) {
        return *std::max_element(of.losses.judged.begin(), of.losses.judged.end());
    }
    static Json point(const search::Measurement& of) { return {of.price.cost.ms, loss(of)}; }

    Precision wide(size_t group) const { return simulator_->uniform(Precision::kW16A16)[group]; }

    /// What nothing simulated beats, of searches for several targets.
    Json front() {
        std::vector<std::pair<double, double>> points;
        for (const double target : {0.99, 0.997, 0.999, 0.9995, 0.9999, 0.99998}) {
            search::SearchGoal goal;
            goal.target_cosine = target;
            for (const search::MeasuredMix& mix : search::search_mix(*simulator_, goal, search_progress()).front) {
                points.emplace_back(mix.measured.price.cost.ms, loss(mix.measured));
            }
        }
        std::sort(points.begin(), points.end());
        Json json = Json::array();
        double least = 2;
        for (const auto& [ms, loss] : points) {
            if (loss < least) json.push_back({ms, loss});
            least = std::min(least, loss);
        }
        return json;
    }

    /// All int8, then the first of `order` in int16, the first two, and so on.
    Json followed(const std::vector<size_t>& order) {
        std::vector<Mix> mixes{int8_};
        for (const size_t group : order) {
            mixes.push_back(mixes.back());
            mixes.back()[group] = wide(group);
        }
        Json json = Json::array();
        for (const search::Measurement& of : measured({int8_, mixes.back()}, mixes, "following an order")) {
            json.push_back(point(of));
        }
        return json;
    }

    std::vector<size_t> sorted(const std::vector<double>& badness) const {
        std::vector<size_t> order(count());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return badness[a] > badness[b]; });
        return order;
    }

    /// ACUITY's --compute-entropy: the layers with the worst score first.
    std::vector<size_t> by_entropy(const std::vector<search::Distribution>& distributions) const {
        std::vector<double> badness;
        for (const search::Group& group : simulator_->groups()) {
            double worst = 0;
            for (const int node : group.nodes)
                worst = std::max(worst, distributions[static_cast<size_t>(node)].entropy);
            badness.push_back(worst);
        }
        return sorted(badness);
    }

    /// TPU-MLIR's run_calibration --search: one layer in int8 and the rest in float, the worst output first.
    std::vector<size_t> by_single_layers() {
        const Mix real = simulator_->uniform(Precision::kF32);
        std::vector<Mix> mixes;
        for (size_t g = 0; g < count(); ++g) {
            mixes.push_back(real);
            mixes.back()[g] = Precision::kW8A8;
        }
        std::vector<double> badness;
        for (const search::Measurement& of : measured({real}, mixes, "one layer in int8")) badness.push_back(loss(of));
        return sorted(badness);
    }

    /// The first and the last layer in int16, then the first two and the last two, and so on.
    Json first_and_last() {
        std::vector<Mix> mixes{int8_};
        for (size_t depth = 0; 2 * depth < count(); ++depth) {
            mixes.push_back(mixes.back());
            for (const size_t group : {depth, count() - 1 - depth}) mixes.back()[group] = wide(group);
        }
        Json json = Json::array();
        for (const search::Measurement& of : measured({int8_, mixes.back()}, mixes, "first and last")) {
            json.push_back(point(of));
        }
        return json;
    }

    /// Gain over all int8 of the groups that the ranking calls worst, and of those found one after the other by trying
    /// every one that is left. Both choose on the first half of the samples; the other half shows what was chance.
    Json greedy() {
        const size_t all = simulator_->reference().samples(), half = std::max<size_t>(all / 2, 1);
        const auto on_half = [&](const std::vector<Mix>& bases, const std::vector<Mix>& mixes) {
            return simulator_->measure(bases, mixes, half, "greedy search", search_progress());
        };
        const search::Sensitivity sensitivity = search::measure_sensitivity(*simulator_, half, search_progress());
        const std::vector<size_t> ranking = sensitivity.ranking();
        Mix ranked = int8_, best = int8_;
        Json json{{"chosen_on", half}, {"judged_on", all - half}};
        for (size_t step = 0; step < std::min<size_t>(static_cast<size_t>(greedy_), count()); ++step) {
            ranked[ranking[step]] = wide(ranking[step]);
            json["ranked"]["groups"].push_back(simulator_->groups()[ranking[step]].name);
            std::vector<Mix> mixes;
            std::vector<size_t> tried;
            for (size_t g = 0; g < count(); ++g) {
                if (best[g] != int8_[g] || wide(g) == int8_[g]) continue;
                mixes.push_back(best);
                mixes.back()[g] = wide(g);
                tried.push_back(g);
            }
            const std::vector<search::Measurement> found = on_half({best}, mixes);
            const auto least = std::min_element(found.begin(), found.end(),
                                                [](const auto& a, const auto& b) { return loss(a) < loss(b); });
            const auto place = static_cast<size_t>(least - found.begin());
            best = mixes[place];
            json["greedy"]["groups"].push_back(simulator_->groups()[tried[place]].name);
        }
        const std::vector<Mix> three{int8_, ranked, best};
        const std::vector<search::Measurement> chosen = on_half({}, three), whole = measured({}, three, "judging");
        const auto rest = [&](size_t i) {
            if (all == half) return loss(chosen[i]);
            return (static_cast<double>(all) * loss(whole[i]) - static_cast<double>(half) * loss(chosen[i])) /
                   static_cast<double>(all - half);
        };
        for (const auto& [name, i] : {std::pair{"ranked", size_t{1}}, std::pair{"greedy", size_t{2}}}) {
            json[name]["gain_where_chosen"] = loss(chosen[0]) - loss(chosen[i]);
            json[name]["gain"] = rest(0) - rest(i);
        }
        json["int8"] = rest(0);
        return json;
    }

    std::string model_;
    int search_samples_ = 0, greedy_ = 0;
    bool no_orders_ = false;
    DataOptions data_;
    BoardOptions board_;
    CalibrationOptions calibration_;
    RepairOptions repair_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
    struct Log {
        Log() {
            std::string pattern = (std::filesystem::temp_directory_path() / "mix_orders-XXXXXX").string();
            if (::mkdtemp(pattern.data()) == nullptr) throw Error(pattern, "no temporary folder can be made");
            folder = pattern;
        }
        ~Log() {
            std::error_code ignored;
            std::filesystem::remove_all(folder, ignored);
        }
        std::filesystem::path folder;
    } log_;
    search::MixSimulator* simulator_ = nullptr;
    Mix int8_;
};

}  // namespace
}  // namespace tinamix::tool

int main(int argc, char** argv) {
    using namespace tinamix;
    try {
        CLI::App program("Ways to choose the layers that get 16 bits", "mix_orders");
        tool::OrdersCommand command(program);
        program.require_subcommand(1);
        program.parse(argc, argv);
        command.options.finish({"decode"});
        return command.run();
    } catch (const CLI::Success&) {
        fmt::print("mix_orders orders MODEL.onnx --data ... (bench/mix_orders.py calls it)\n");
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "mix_orders: {}\n", error.what());
        return 1;
    }
}
