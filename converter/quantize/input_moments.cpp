// Every thread runs whole samples; the sums of a layer are shared and locked, because they are what takes the memory.
#include "quantize/input_moments.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "float/sample_loop.h"
#include "quantize/scalar_functions.h"

namespace tinamix::quantize {

namespace {

constexpr double kRealStepsPerCode = 256;
/// Columns that are multiplied at once: constant, so that the loop over them becomes vector instructions.
constexpr size_t kBlock = 32;

/// How a layer reads its input: x quantized, or f(y quantized) quantized where a table makes x of y.
struct Reading {
    Quantization form;                    ///< of x, or a coarser one of 8 bits
    bool coarser = false;                 ///< then x itself, for the means, is as good as exact
    ir::ValueId argument = ir::kNoValue;  ///< y
    Quantization argument_form;
    std::vector<float> result_of_argument;  ///< per code of y, -128..127: x as the table makes it
};

/// The products have no room for more than 256 codes (and need no more).
Quantization statistics_form(const Quantization& form) {
    if (form.format == NumberFormat::kInt8) return form;
    return {NumberFormat::kInt8, form.scale * 256.0F, 0};
}

Reading reading_of(const ir::Graph& graph, const Plan& plan, const WeightLayer& layer) {
    Reading reading;
    const Quantization& form = plan.node_input[static_cast<size_t>(layer.node)].front();
    reading.form = statistics_form(form);
    reading.coarser = form.format != NumberFormat::kInt8;
    const int producer = graph.producer(layer.input);
    if (producer < 0) return reading;
    const ir::Node& node = graph.nodes[static_cast<size_t>(producer)];
    if (!is_tabulated(graph, node) || graph.is_constant(node.inputs.front())) return reading;
    if (plan.node_precision[static_cast<size_t>(producer)] != Precision::kW8A8) return reading;
    reading.argument = node.inputs.front();
    reading.argument_form = plan.node_input[static_cast<size_t>(producer)].front();
    const ScalarFunction function = scalar_function(graph, node);
    const Quantization& made = plan.value[static_cast<size_t>(layer.input)];
    for (int code = -128; code <= 127; ++code) {
        const double y = static_cast<double>(reading.argument_form.scale) * (code - reading.argument_form.zero_point);
        const int32_t x = quantize_value(made, function(y)) - made.zero_point;
        reading.result_of_argument.push_back(made.scale * static_cast<float>(x));
    }
    return reading;
}

/// Rounds halves away from zero; std::round is a call.
int64_t rounded(double x) { return static_cast<int64_t>(x + (x < 0 ? -0.5 : 0.5)); }

/// quantize_value() without its zero point, with what it asks for every value looked up once.
struct Coder {
    explicit Coder(const Quantization& form)
        : scale(form.scale),
          zero_point(form.zero_point),
          lowest(code_range(form.format).min - form.zero_point),
          highest(code_range(form.format).max - form.zero_point) {}
    /// Beyond the codes first: what is left fits an integer.
    double clamped_steps(float x) const { return std::clamp<double>(static_cast<double>(x) / scale, lowest, highest); }
    int32_t operator()(float x) const { return static_cast<int32_t>(rounded(clamped_steps(x))); }
    double scale;
    int32_t zero_point;
    double lowest, highest;
};

/// The sums of one layer and the columns that wait to be multiplied.
class LayerSums {
  public:
    LayerSums(const ir::Graph& graph, const Plan& plan, WeightLayer layer, const MomentsOptions& options)
        : reading_(reading_of(graph, plan, layer)),
          read_(reading_.form),
          argument_(reading_.argument == ir::kNoValue ? reading_.form : reading_.argument_form) {
        moments_.layer = std::move(layer);
        moments_.scale = reading_.form.scale;
        const WeightLayer& of = moments_.layer;
        const auto rows = static_cast<size_t>(of.groups * of.inputs);
        moments_.quantized.resize(rows);
        moments_.real.resize(rows);
        if (of.inputs <= options.most_inputs) {
            moments_.products.resize(rows * static_cast<size_t>(of.inputs));
            waiting_.resize(rows * kBlock);
        }
        without_tails_ = std::find(options.without_tails.begin(), options.without_tails.end(), of.input) !=
                         options.without_tails.end();
        const auto samples = static_cast<int64_t>(options.samples.size());
        per_sample_ = std::min(of.positions, std::max<int64_t>(1, (options.columns + samples - 1) / samples));
    }

    const WeightLayer& layer() const { return moments_.layer; }
    ir::ValueId argument() const { return reading_.argument; }

    /// `y` is null unless argument() is a value.
    void add(const ir::Tensor& x, const ir::Tensor* y, size_t sample) {
        const std::lock_guard lock(mutex_);
        for (int64_t i = 0; i < per_sample_; ++i) {
            // Spread evenly, from another start in every sample (golden section: no two starts are close).
            const double start = static_cast<double>(sample) * 0.6180339887498949;
            const double part = (static_cast<double>(i) + start - std::floor(start)) / static_cast<double>(per_sample_);
            const auto position = static_cast<int64_t>(part * static_cast<double>(moments_.layer.positions));
            add_column(x, y, std::min(position, moments_.layer.positions - 1));
        }
    }

    InputMoments finish() {
        multiply();
        moments_.exact_input = reading_.coarser;
        const auto n = static_cast<size_t>(moments_.layer.inputs);
        for (size_t group = 0; group * n * n < moments_.products.size(); ++group) {
            int32_t* products = moments_.products.data() + group * n * n;
            for (size_t i = 0; i < n; ++i)
                for (size_t j = 0; j < i; ++j) products[j * n + i] = products[i * n + j];
        }
        return std::move(moments_);
    }

  private:
    void add_column(const ir::Tensor& x, const ir::Tensor* y, int64_t position) {
        const WeightLayer& layer = moments_.layer;
        for (int64_t group = 0; group < layer.groups; ++group) {
            layer.offsets(group, position, offsets_);
            for (int64_t i = 0; i < layer.inputs; ++i) {
                const int64_t offset = offsets_[static_cast<size_t>(i)];
                const auto row = static_cast<size_t>(group * layer.inputs + i);
                int32_t code = 0;
                if (offset >= 0) {
                    const float real = x.data<float>()[offset];
                    code = code_of(real, y == nullptr ? 0.0F : y->data<float>()[offset]);
                    const double steps =
                        without_tails_ ? read_.clamped_steps(real) : static_cast<double>(real) / moments_.scale;
                    moments_.real[row] += rounded(steps * kRealStepsPerCode);
                }
                moments_.quantized[row] += code;
                if (!waiting_.empty()) waiting_[row * kBlock + waiting_columns_] = static_cast<int16_t>(code);
            }
        }
        ++moments_.columns;
        if (!waiting_.empty() && ++waiting_columns_ == kBlock) multiply();
    }

    /// Without its zero point.
    int32_t code_of(float x, float y) const {
        if (!reading_.result_of_argument.empty()) {
            x = reading_.result_of_argument[static_cast<size_t>(argument_(y) + argument_.zero_point + 128)];
        }
        return read_(x);
    }

    /// Adds the lower triangle of the products of the waiting columns.
    void multiply() {
        if (waiting_columns_ == 0) return;
        const auto n = static_cast<size_t>(moments_.layer.inputs);
        for (size_t group = 0; group * n * kBlock < waiting_.size(); ++group) {
            const int16_t* columns = waiting_.data() + group * n * kBlock;
            int32_t* products = moments_.products.data() + group * n * n;
            for (size_t i = 0; i < n; ++i) {
                const int16_t* a = columns + i * kBlock;
                for (size_t j = 0; j <= i; ++j) {
                    const int16_t* b = columns + j * kBlock;
                    int32_t sum = 0;
                    for (size_t k = 0; k < kBlock; ++k) sum += a[k] * b[k];
                    products[i * n + j] += sum;
                }
            }
        }
        std::fill(waiting_.begin(), waiting_.end(), int16_t{0});
        waiting_columns_ = 0;
    }

    Reading reading_;
    Coder read_, argument_;
    InputMoments moments_;
    bool without_tails_ = false;
    int64_t per_sample_ = 1;
    std::mutex mutex_;
    std::vector<int64_t> offsets_;
    std::vector<int16_t> waiting_;  ///< [groups][inputs][kBlock]
    size_t waiting_columns_ = 0;
};

using AllSums = std::vector<std::unique_ptr<LayerSums>>;

/// Runs one sample and hands every layer its input, with what the function before it read.
void observe(float_exec::Executor& executor, const std::vector<ir::Tensor>& inputs, size_t sample, AllSums& all,
             size_t values) {
    std::vector<std::vector<LayerSums*>> readers(values);
    std::vector<bool> is_argument(values, false);
    for (const auto& sums : all) {
        readers[static_cast<size_t>(sums->layer().input)].push_back(sums.get());
        if (sums->argument() != ir::kNoValue) is_argument[static_cast<size_t>(sums->argument())] = true;
    }
    std::map<ir::ValueId, ir::Tensor> arguments;
    executor.run(inputs, [&](ir::ValueId id, const ir::Tensor& tensor) {
        for (LayerSums* sums : readers[static_cast<size_t>(id)]) {
            const auto argument = arguments.find(sums->argument());
            sums->add(tensor, argument == arguments.end() ? nullptr : &argument->second, sample);
        }
        if (is_argument[static_cast<size_t>(id)]) arguments[id] = tensor;
    });
}

}  // namespace

double InputMoments::quantized_mean(int64_t index) const {
    if (exact_input) return real_mean(index);
    return static_cast<double>(quantized[static_cast<size_t>(index)]) * scale / static_cast<double>(columns);
}

double InputMoments::real_mean(int64_t index) const {
    return static_cast<double>(real[static_cast<size_t>(index)]) * scale / kRealStepsPerCode /
           static_cast<double>(columns);
}

std::vector<InputMoments> measure_input_moments(const ir::Graph& graph, const Plan& plan,
                                                const data::SampleSource& samples, const MomentsOptions& options) {
    AllSums all;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const Precision precision = plan.node_precision[i];
        if (precision != Precision::kW8A8 && precision != Precision::kW8A16) continue;
        if (auto layer = weight_layer(graph, static_cast<int>(i))) {
            all.push_back(std::make_unique<LayerSums>(graph, plan, std::move(*layer), options));
        }
    }
    float_exec::for_each_sample(
        graph, options.samples.size(), static_cast<size_t>(options.threads),
        [&](float_exec::Executor& executor, size_t, size_t taken) {
            observe(executor, samples.load(options.samples[taken]), taken, all, graph.values.size());
        },
        options.progress);
    std::vector<InputMoments> result;
    for (const auto& sums : all) result.push_back(sums->finish());
    return result;
}

}  // namespace tinamix::quantize
