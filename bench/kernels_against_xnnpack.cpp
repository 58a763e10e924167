// w8a8 kernels against the qc8 operators of the system's XNNPACK: every layer of layer_shapes.h, both in one run, one
// thread. Prints the ratios, by layer and in geometric mean, and with --json FILE writes them with what they ran on.
//
// Both do the whole layer, requantization included; neither's set-up (packing, operator creation) is measured. Times
// are processor times, the least of the repetitions, so that other programs on the machine disturb little.
#include <benchmark/benchmark.h>
#include <xnnpack.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/layer_work.h"

namespace tmx::bench {
namespace {

constexpr int kRepetitions = 7;
constexpr double kSecondsPerRepetition = 0.01;

/// The same layer as an XNNPACK operator.
class XnnpackLayer {
  public:
    XnnpackLayer(const LayerShape& shape, const void* input, void* output) : input_(static_cast<const int8_t*>(input)) {
        const size_t groups = static_cast<size_t>(shape.groups);
        const size_t in_c = static_cast<size_t>(shape.in_c), out_c = static_cast<size_t>(shape.out_c);
        const std::vector<float> scales(out_c, 0.01F);
        const std::vector<int8_t> weights(
            out_c * static_cast<size_t>(shape.kernel_h * shape.kernel_w) * (in_c / groups), 3);
        const std::vector<int32_t> bias(out_c, 0);
        const int32_t bottom = (shape.out_h - 1) * shape.stride + shape.kernel_h - shape.in_h - shape.pad_top;
        const int32_t right = (shape.out_w - 1) * shape.stride + shape.kernel_w - shape.in_w - shape.pad_left;
        const auto pad = [](int32_t value) { return static_cast<uint32_t>(value < 0 ? 0 : value); };
        const auto size = [](int32_t value) { return static_cast<uint32_t>(value); };
        good_ = xnn_create_convolution2d_nhwc_qc8(
                    size(shape.pad_top), pad(right), pad(bottom), size(shape.pad_left), size(shape.kernel_h),
                    size(shape.kernel_w), size(shape.stride), size(shape.stride), 1, 1, size(shape.groups),
                    in_c / groups, out_c / groups, in_c, out_c, 0, 0.5F, scales.data(), weights.data(), bias.data(), 0,
                    0.5F, -128, 127, 0, &operator_) == xnn_status_success &&
                xnn_setup_convolution2d_nhwc_qc8(operator_, 1, static_cast<size_t>(shape.in_h),
                                                 static_cast<size_t>(shape.in_w), input_, static_cast<int8_t*>(output),
                                                 nullptr) == xnn_status_success;
    }
    ~XnnpackLayer() {
        if (operator_ != nullptr) xnn_delete_operator(operator_);
    }
    XnnpackLayer(const XnnpackLayer&) = delete;
    XnnpackLayer& operator=(const XnnpackLayer&) = delete;

    bool good() const { return good_; }
    void run() { good_ = xnn_run_operator(operator_, nullptr) == xnn_status_success && good_; }

  private:
    xnn_operator_t operator_ = nullptr;
    const int8_t* input_;
    bool good_ = false;
};

std::string layer_name(const LayerShape& s) {
    char text[128];
    std::snprintf(text, sizeof(text), "%s %dx%d%s s%d %dx%dx%d->%d", s.network, s.kernel_h, s.kernel_w,
                  s.depthwise() ? " depthwise" : "", s.stride, s.in_h, s.in_w, s.in_c, s.out_c);
    return text;
}

const char* family(const LayerShape& s) {
    if (s.depthwise()) return "depthwise";
    if (s.in_h == 1 && s.in_w == 1) return "fully connected";
    if (s.kernel_h == 1 && s.kernel_w == 1) return "1x1";
    if (s.in_c < 16) return "first layer";
    return "3x3";
}

/// Least time of each benchmark.
class Collector : public ::benchmark::ConsoleReporter {
  public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
            const double seconds = run.cpu_accumulated_time / static_cast<double>(run.iterations);
            const auto [at, fresh] = least_.emplace(run.run_name.function_name, seconds);
            if (!fresh && seconds < at->second) at->second = seconds;
        }
    }
    double seconds(const std::string& name) const {
        const auto at = least_.find(name);
        return at == least_.end() ? 0 : at->second;
    }

  private:
    std::map<std::string, double> least_;
};

template <typename Layer>
void measure(::benchmark::State& state, Layer& layer) {
    for (auto _ : state) layer.run();
}

struct Pair {
    std::unique_ptr<LayerWork> ours;
    std::unique_ptr<XnnpackLayer> theirs;
};

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    }
    return "unknown";
}

void print(const nlohmann::ordered_json& json) {
    std::printf("kernels %s on %s, one thread\n\n", json["kernels"].get<std::string>().c_str(),
                json["processor"].get<std::string>().c_str());
    std::printf("%-48s %12s %12s %10s %7s\n", "layer", "tinamix us", "XNNPACK us", "GMAC/s", "ratio");
    for (const auto& layer : json["layers"]) {
        std::printf("%-48s %12.2f %12.2f %10.1f %7.2f\n", layer["layer"].get<std::string>().c_str(),
                    layer["tinamix_us"].get<double>(), layer["xnnpack_us"].get<double>(),
                    layer["gmac_per_s"].get<double>(), layer["ratio"].get<double>());
    }
    std::printf("\n");
    for (const auto& [name, ratio] : json["geometric_mean_ratio"].items()) {
        std::printf("%-20s %.2f times the speed of XNNPACK\n", name.c_str(), ratio.get<double>());
    }
}

int run(int argc, char** argv) {
    std::string json_path, only;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--json" && i + 1 < argc) {
            json_path = argv[++i];
        } else if (word == "--only" && i + 1 < argc) {
            only = argv[++i];
        } else {
            std::fprintf(stderr, "usage: %s [--only PART_OF_LAYER_NAME] [--json FILE]\n", argv[0]);
            return word == "--help" ? 0 : 2;
        }
    }
    if (xnn_initialize(nullptr) != xnn_status_success) {
        std::fprintf(stderr, "XNNPACK does not start on this machine\n");
        return 1;
    }
    kernels::KernelTable table;
    const char* isa = kernels::select_kernels(std::getenv("TMX_KERNELS"), &table);
    if (isa == nullptr) {
        std::fprintf(stderr, "TMX_KERNELS: unknown, or this processor lacks it\n");
        return 2;
    }
    std::vector<Pair> pairs;
    std::vector<const LayerShape*> shapes;
    for (const LayerShape& shape : kLayerShapes) {
        if (layer_name(shape).find(only) == std::string::npos) continue;
        Pair pair;
        pair.ours = std::make_unique<LayerWork>(shape, kernels::PrecisionSlot::w8a8, table);
        pair.theirs = std::make_unique<XnnpackLayer>(shape, pair.ours->input(), pair.ours->output());
        if (!pair.theirs->good()) {
            std::fprintf(stderr, "XNNPACK refuses %s\n", layer_name(shape).c_str());
            return 1;
        }
        const std::string name = layer_name(shape);
        auto* ours = pair.ours.get();
        auto* theirs = pair.theirs.get();
        for (auto* benchmark : {::benchmark::RegisterBenchmark(("tinamix " + name).c_str(),
                                                               [ours](auto& state) { measure(state, *ours); }),
                                ::benchmark::RegisterBenchmark(("xnnpack " + name).c_str(),
                                                               [theirs](auto& state) { measure(state, *theirs); })}) {
            benchmark->Repetitions(kRepetitions)->MinTime(kSecondsPerRepetition);
        }
        pairs.push_back(std::move(pair));
        shapes.push_back(&shape);
    }
    Collector collector;
    ::benchmark::RunSpecifiedBenchmarks(&collector);

    nlohmann::ordered_json json{{"what", "w8a8 layers, tinamix against XNNPACK qc8, one thread"},
                                {"processor", processor()},
                                {"kernels", isa},
                                {"xnnpack", TMX_XNNPACK_VERSION},
                                {"compiler", __VERSION__}};
    std::map<std::string, std::pair<double, int>> logs;
    json["layers"] = nlohmann::ordered_json::array();
    for (const LayerShape* shape : shapes) {
        const std::string name = layer_name(*shape);
        const double ours = collector.seconds("tinamix " + name), theirs = collector.seconds("xnnpack " + name);
        const double ratio = theirs / ours;
        auto& [sum, count] = logs[family(*shape)];
        sum += std::log(ratio);
        ++count;
        json["layers"].push_back({{"layer", name},
                                  {"tinamix_us", std::round(ours * 1e8) / 100},
                                  {"xnnpack_us", std::round(theirs * 1e8) / 100},
                                  {"gmac_per_s", std::round(static_cast<double>(shape->macs()) / ours / 1e8) / 10},
                                  {"ratio", std::round(ratio * 1000) / 1000}});
    }
    for (const auto& [name, log] : logs) {
        json["geometric_mean_ratio"][name] = std::round(std::exp(log.first / log.second) * 1000) / 1000;
    }
    print(json);
    if (!json_path.empty()) {
        std::ofstream file(json_path);
        file << json.dump(1) << '\n';
        if (!file.flush()) {
            std::fprintf(stderr, "cannot write %s\n", json_path.c_str());
            return 1;
        }
    }
    return 0;
}

}  // namespace
}  // namespace tmx::bench

int main(int argc, char** argv) { return tmx::bench::run(argc, argv); }
