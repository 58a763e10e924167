#include "calibrate/ranges.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/samples.h"
#include "temporary_folder.h"

namespace tinamix::calibrate {
namespace {

using ir::ElementType;
using test::TemporaryFolder;

/// x -> Relu -> r -> Reshape -> y (output), and r -> Sigmoid -> s (output).
ir::Graph small_graph() {
    ir::Graph graph;
    graph.name = "small";
    graph.opset = 13;
    const ir::Shape shape{1, 1000};
    const ir::ValueId x = graph.add_value("x", ElementType::kFloat32, shape);
    const ir::ValueId hidden = graph.add_value("hidden: 1", ElementType::kFloat32, shape);
    const ir::ValueId r = graph.add_value("r", ElementType::kFloat32, shape);
    const ir::ValueId y = graph.add_value("y", ElementType::kFloat32, {10, 100});
    const ir::ValueId s = graph.add_value("s", ElementType::kFloat32, shape);
    ir::Tensor target(ElementType::kInt64, {2});
    target.data<int64_t>()[0] = 10;
    target.data<int64_t>()[1] = 100;
    const ir::ValueId target_shape = graph.add_constant("target", target);
    graph.inputs = {x};
    graph.outputs = {y, s};
    graph.nodes.push_back({"relu0", "Relu", "", {}, {x}, {hidden}, ""});
    graph.nodes.push_back({"relu", "Relu", "", {}, {hidden}, {r}, ""});
    graph.nodes.push_back({"reshape", "Reshape", "", {}, {r, target_shape}, {y}, ""});
    graph.nodes.push_back({"sigmoid", "Sigmoid", "", {}, {r}, {s}, ""});
    return graph;
}

/// A hundred samples: most values within 1, sample 70 has one of 50.
class MadeSamples : public data::SampleSource {
  public:
    size_t size() const override { return 100; }
    std::vector<ir::Tensor> load(size_t index) const override {
        ir::Tensor tensor(ElementType::kFloat32, {1, 1000});
        for (size_t i = 0; i < 1000; ++i)
            tensor.data<float>()[i] = std::sin(static_cast<float>(index * 1000 + i)) * static_cast<float>(i) / 1000;
        if (index == 70) tensor.data<float>()[5] = 50;
        if (index >= first_bad_) tensor.data<float>()[17] = NAN;
        return {tensor};
    }
    std::string name(size_t index) const override { return "made[" + std::to_string(index) + "]"; }
    size_t first_bad_ = 1000;
};

TEST(Calibrate, MinMaxCoversEverySample) {
    const Ranges ranges = calibrate(small_graph(), MadeSamples(), {});
    EXPECT_EQ(ranges.samples, 100U);
    EXPECT_EQ(ranges.model, "small");
    EXPECT_EQ(ranges.method, Method::kMinMax);
    ASSERT_EQ(ranges.tensors.size(), 5U);  // not the constant
    EXPECT_EQ(ranges.tensors.at("x").max, 50);
    EXPECT_LT(ranges.tensors.at("x").min, -0.99F);
    EXPECT_EQ(ranges.tensors.at("r").min, 0);
    EXPECT_EQ(ranges.tensors.at("y").max, 50);
    EXPECT_EQ(ranges.tensors.at("s").min, 0.5F);
}

TEST(Calibrate, KlClipsInsideButNeitherInputsNorOutputs) {
    CalibrationOptions options;
    options.method = Method::kKl;
    const Ranges ranges = calibrate(small_graph(), MadeSamples(), options);
    EXPECT_LT(ranges.tensors.at("hidden: 1").max, 5);
    EXPECT_EQ(ranges.tensors.at("hidden: 1").observed_max, 50);
    EXPECT_EQ(ranges.tensors.at("x").max, 50);
    EXPECT_EQ(ranges.tensors.at("y").max, 50);
    EXPECT_EQ(ranges.tensors.at("r").max, 50);  // becomes the output y by Reshape
}

TEST(Calibrate, NeverClipsTheScoresBehindASoftmaxOrAnAverageAtTheEnd) {
    for (const char* op : {"Softmax", "ReduceMean", "Abs"}) {
        ir::Graph graph = small_graph();
        const ir::ValueId hidden = graph.find_value("hidden: 1");
        ir::Node last;
        last.name = last.op = op;
        last.inputs = {hidden};
        const bool averages = last.op == "ReduceMean";
        last.outputs = {
            graph.add_value("p", ir::ElementType::kFloat32,
                            averages ? ir::Shape(graph.value(hidden).shape.size(), 1) : graph.value(hidden).shape)};
        graph.nodes.push_back(last);
        graph.outputs.push_back(last.outputs[0]);
        CalibrationOptions options;
        options.method = Method::kKl;
        const float max = calibrate(graph, MadeSamples(), options).tensors.at("hidden: 1").max;
        if (last.op == "Abs") {
            EXPECT_LT(max, 5);
        } else {
            EXPECT_EQ(max, 50) << op;
        }
    }
}

TEST(Calibrate, LooksBehindTheFunctionThatAloneReadsATensor) {
    const ir::Graph graph = small_graph();
    const auto hidden = [&](const CalibrationOptions& options) {
        return calibrate(graph, MadeSamples(), options).tensors.at("hidden: 1");
    };
    CalibrationOptions options;
    options.method = Method::kMse;
    const Range plain = hidden(options);
    // As if whatever reads it were flat above 1.
    options.function_of = [](const ir::Node&) -> RealFunction { return [](double x) { return std::min(x, 1.0); }; };
    const Range behind = hidden(options);
    EXPECT_LT(behind.max, 2);
    EXPECT_GT(behind.max, 0.9F);
    EXPECT_GT(plain.max, behind.max);
}

TEST(Calibrate, GivesTheSameBytesForAnyNumberOfThreads) {
    const ir::Graph graph = small_graph();
    for (const std::string& method : method_names()) {
        CalibrationOptions options;
        options.method = method_from_name(method);
        const std::string one = ranges_to_yaml(calibrate(graph, MadeSamples(), options), graph);
        for (const int threads : {2, 3, 8}) {
            options.threads = threads;
            EXPECT_EQ(ranges_to_yaml(calibrate(graph, MadeSamples(), options), graph), one) << method;
        }
    }
}

TEST(Calibrate, AutoSaysPerTensorWhichMethodWon) {
    const TemporaryFolder folder;
    const ir::Graph graph = small_graph();
    CalibrationOptions options;
    options.method = Method::kAuto;
    const Ranges ranges = calibrate(graph, MadeSamples(), options);
    EXPECT_LT(ranges.tensors.at("hidden: 1").max, 5);
    ASSERT_TRUE(ranges.tensors.at("hidden: 1").method);
    EXPECT_NE(*ranges.tensors.at("hidden: 1").method, Method::kMinMax);
    EXPECT_FALSE(ranges.tensors.at("y").method) << "outputs are never clipped";
    EXPECT_EQ(ranges.tensors.at("y").max, 50);
    const std::string text = ranges_to_yaml(ranges, graph);
    const Ranges read = ranges_from_yaml(folder.write("auto.yaml", text));
    EXPECT_EQ(read.tensors.at("hidden: 1").method, ranges.tensors.at("hidden: 1").method);
    EXPECT_EQ(ranges_to_yaml(read, graph), text);
}

TEST(Calibrate, KeepsToTheMemoryLimit) {
    CalibrationOptions options;
    options.method = Method::kAuto;
    options.threads = 4;
    options.memory_limit_bytes = size_t{64} << 10;
    EXPECT_ERROR(calibrate(small_graph(), MadeSamples(), options), "the limit is 0 MB (raise it with --memory-limit");
    // Room for one thread: the same result as with any number.
    options.memory_limit_bytes = size_t{512} << 10;
    const std::string text = ranges_to_yaml(calibrate(small_graph(), MadeSamples(), options), small_graph());
    options.memory_limit_bytes = 0;
    EXPECT_EQ(ranges_to_yaml(calibrate(small_graph(), MadeSamples(), options), small_graph()), text);
}

TEST(Calibrate, NamesTensorAndSampleOfTheFirstNaN) {
    MadeSamples samples;
    samples.first_bad_ = 41;
    for (const int threads : {1, 4}) {
        CalibrationOptions options;
        options.threads = threads;
        EXPECT_ERROR(calibrate(small_graph(), samples, options),
                     "made[41]: tensor `x` has a NaN or infinite value for this sample");
    }
}

TEST(Calibrate, ReportsProgressOncePerSample) {
    std::vector<size_t> seen;
    CalibrationOptions options;
    options.threads = 2;
    options.progress = [&](size_t done, size_t total) {
        EXPECT_EQ(total, 100U);
        seen.push_back(done);
    };
    calibrate(small_graph(), MadeSamples(), options);
    ASSERT_EQ(seen.size(), 100U);
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
}

TEST(Calibrate, RefusesSenselessOptions) {
    CalibrationOptions options;
    options.histogram_bins = 10;
    EXPECT_ERROR(calibrate(small_graph(), MadeSamples(), options), "histogram bins 10 are outside 256 to 65536");
    options = {};
    options.percent = 30;
    EXPECT_ERROR(calibrate(small_graph(), MadeSamples(), options), "percentile");
    options = {};
    options.moving_average_weight = 0;
    EXPECT_ERROR(calibrate(small_graph(), MadeSamples(), options), "moving average");
    options = {};
    options.threads = 0;
    EXPECT_ERROR(calibrate(small_graph(), MadeSamples(), options), "at least one thread");
}

TEST(Method, HasNames) {
    EXPECT_EQ(method_name(Method::kKl), "kl");
    EXPECT_EQ(method_from_name("minmax"), Method::kMinMax);
    EXPECT_ERROR(method_from_name("minmx"), "unknown calibration method `minmx` (did you mean `minmax`?)");
    EXPECT_ERROR(method_from_name("entropy"), "(minmax, moving_average, percentile");
}

TEST(RangesYaml, ReadsBackExactly) {
    const TemporaryFolder folder;
    const ir::Graph graph = small_graph();
    CalibrationOptions options;
    options.method = Method::kKl;
    const Ranges ranges = calibrate(graph, MadeSamples(), options);
    const std::string text = ranges_to_yaml(ranges, graph);
    const Ranges read = ranges_from_yaml(folder.write("r.yaml", text));
    EXPECT_EQ(read.method, ranges.method);
    EXPECT_EQ(read.samples, ranges.samples);
    EXPECT_EQ(read.model, ranges.model);
    EXPECT_EQ(ranges_to_yaml(read, graph), text);
    for (const auto& [name, range] : ranges.tensors) {
        EXPECT_EQ(read.tensors.at(name).min, range.min);
        EXPECT_EQ(read.tensors.at(name).max, range.max);
        EXPECT_EQ(read.tensors.at(name).observed_min, range.observed_min);
        EXPECT_EQ(read.tensors.at(name).observed_max, range.observed_max);
    }
}

TEST(RangesYaml, ListsTensorsInOrderOfExecution) {
    const ir::Graph graph = small_graph();
    const std::string text = ranges_to_yaml(calibrate(graph, MadeSamples(), {}), graph);
    EXPECT_LT(text.find("\n  x:"), text.find("\n  \"hidden: 1\":"));
    EXPECT_LT(text.find("\n  \"hidden: 1\":"), text.find("\n  r:"));
    EXPECT_LT(text.find("\n  r:"), text.find("\n  y:"));
    EXPECT_LT(text.find("\n  y:"), text.find("\n  s:"));
}

TEST(RangesYaml, HoldsEveryNameAndFloat) {
    const TemporaryFolder folder;
    ir::Graph graph;
    Ranges ranges;
    ranges.model = "a: b";
    const Range edges{-1e-45F, 3.4028235e38F, -3.4028235e38F, 3.4028235e38F};
    for (const std::string& name : {std::string("/model.9/Conv"), std::string("465"), std::string("a: \"b\" #c"),
                                    std::string(3000, 'n'), std::string("\xc3\xa4\n")}) {
        graph.inputs.push_back(graph.add_value(name, ElementType::kFloat32, {1}));
        ranges.tensors[name] = edges;
    }
    const Ranges read = ranges_from_yaml(folder.write("r.yaml", ranges_to_yaml(ranges, graph)));
    EXPECT_EQ(read.model, "a: b");
    ASSERT_EQ(read.tensors.size(), ranges.tensors.size());
    for (const auto& [name, range] : read.tensors) {
        ASSERT_TRUE(ranges.tensors.count(name));
        EXPECT_EQ(range.min, edges.min);
        EXPECT_EQ(range.observed_max, edges.observed_max);
    }
}

TEST(RangesYaml, RefusesTensorsThatTheGraphHasNot) {
    Ranges ranges;
    ranges.tensors["ghost"] = {};
    EXPECT_ERROR(ranges_to_yaml(ranges, small_graph()), "there is a range for tensor `ghost`");
}

TEST(RangesYaml, IsReadStrictly) {
    const TemporaryFolder folder;
    const std::string head = "version: 1\nmodel: m\nmethod: kl\nsamples: 3\n";
    const auto error = [&](const std::string& text) {
        return test::error_of([&] { ranges_from_yaml(folder.write("r.yaml", text)); });
    };
    const auto expect = [&](const std::string& text, const std::string& part) {
        EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, error(text));
    };
    expect(head + "tensors: {a: {min: 0, max: 1}}", "(no error)");
    expect(head + "tensors: {}", "(no error)");
    expect(head + "tensors:\n  a: {min: 0, maxx: 1}", "r.yaml:6: unknown key `maxx` (did you mean `max`?)");
    expect(head + "tensors:\n  a: {min: 0}", "r.yaml:6: key `max` is missing in `tensors.a`");
    expect(head + "tensors:\n  a: {min: 0, max: one}", "r.yaml:6: `tensors.a.max` must be a finite number, not `one`");
    expect(head + "tensors:\n  a: {min: 2, max: 1}", "`tensors.a`: min is larger than max");
    expect(head + "tensors:\n  a: {min: 0, max: 1}\n  a: {min: 0, max: 1}", "r.yaml:7: key `a` stands twice");
    expect(head + "tensors: []", "r.yaml:5: `tensors` must be a mapping");
    expect(head, "key `tensors` is missing");
    expect(head + "tensor: {}", "unknown key `tensor` (did you mean `tensors`?)");
    expect("version: 2\nmodel: m\nmethod: kl\nsamples: 3\ntensors: {}", "r.yaml:1: version 2 of the ranges file");
    expect("version: 1\nmodel: m\nmethod: k\nsamples: 3\ntensors: {}", "r.yaml:3: unknown calibration method `k`");
    expect("version: 1\nmodel: m\nmethod: kl\nsamples: -3\ntensors: {}", "r.yaml:4: `samples` is `-3`");
}

}  // namespace
}  // namespace tinamix::calibrate
