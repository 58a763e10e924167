// One network on the host, in float32 by the converter's executor (XNNPACK) and in integers by the simulation, which is
// the runtime itself: both in one process, one thread. Prints milliseconds of every inference as JSON.
//   network_on_host MODEL.onnx MODEL.tmx [RUNS [THREADS]]
#include <tinamix.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "optimize/optimize.h"
#include "tool/simulation.h"

namespace {

using tinamix::ir::Tensor;

constexpr int kWarmUps = 3;

/// Values between -1 and 1 that repeat only after 2^32 elements. Throws Error for inputs that are not float32.
std::vector<Tensor> inputs_of(const tinamix::ir::Graph& graph) {
    std::vector<Tensor> inputs;
    uint32_t state = 1;
    for (const tinamix::ir::ValueId id : graph.inputs) {
        const tinamix::ir::Value& value = graph.value(id);
        std::vector<float> values(static_cast<size_t>(tinamix::ir::element_count(value.shape)));
        for (float& x : values) {
            state = state * 1664525U + 1013904223U;
            x = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31F;
        }
        inputs.push_back(Tensor::from<float>(value.shape, std::move(values)));
    }
    return inputs;
}

template <typename Run>
double milliseconds(const Run& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

int measure(const std::string& network, const std::string& model, int runs, int threads) {
    tinamix::ir::Graph graph = tinamix::import::import_onnx(network, {});
    tinamix::optimize::optimize(graph);
    tinamix::float_exec::Executor executor(graph, {threads});
    tinamix::tool::Simulation simulation(model, threads);
    const std::vector<Tensor> inputs = inputs_of(graph);
    const auto in_float = [&] { (void)executor.run(inputs); };
    // What a user of the simulation does: float32 in, float32 out.
    const auto in_integers = [&] {
        for (size_t i = 0; i < inputs.size(); ++i) simulation.set_input(static_cast<int32_t>(i), inputs[i]);
        simulation.run();
        for (int32_t i = 0; i < simulation.info().output_count; ++i) (void)simulation.output_values(i);
    };
    // One after the other, as their users run them: the weights of one push those of the other out of the caches.
    const auto times = [runs](const auto& run) {
        for (int i = 0; i < kWarmUps; ++i) run();
        std::vector<double> ms;
        for (int i = 0; i < runs; ++i) ms.push_back(milliseconds(run));
        return ms;
    };
    const std::vector<double> float_ms = times(in_float), simulation_ms = times(in_integers);
    const nlohmann::ordered_json json{{"kernels", simulation.info().isa},
                                      {"threads", threads},
                                      {"float_ms", float_ms},
                                      {"simulation_ms", simulation_ms}};
    std::printf("%s\n", json.dump().c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const int runs = argc > 3 ? std::atoi(argv[3]) : 50, threads = argc > 4 ? std::atoi(argv[4]) : 1;
    if (argc < 3 || argc > 5 || runs < 1 || threads < 1) {
        std::fprintf(stderr, "usage: %s MODEL.onnx MODEL.tmx [RUNS [THREADS]]\n", argv[0]);
        return 2;
    }
    try {
        return measure(argv[1], argv[2], runs, threads);
    } catch (const tinamix::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
