// LSTM, GRU and RNN: one op per direction; directions are joined, and the last states cut out, by moving data.
#include <algorithm>
#include <limits>

#include "diagnostics/error.h"
#include "kernels/kernel_types.h"
#include "pack/lowering.h"
#include "quantize/recurrent.h"
#include "quantize/rescale.h"
#include "quantize/weights.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Precision;
using quantize::Quantization;

namespace {

/// Sums of gates: 2^-16.
constexpr float kSumScale = 0x1p-16F;

struct Layer {
    Lowering& lowering;
    const ir::Node& node;
    int64_t steps, batch, inputs, hidden, gates, directions;
    bool batch_first, is_lstm;

    bool is_float() const { return lowering.precision(node) == Precision::kF32; }
    int64_t rows() const { return gates * hidden; }
    bool has_input(size_t index) const { return index < node.inputs.size() && node.inputs[index] != ir::kNoValue; }
    ir::ValueId output(size_t index) const { return index < node.outputs.size() ? node.outputs[index] : ir::kNoValue; }
    const std::string& value_name(ir::ValueId value) const { return lowering.graph().value(value).name; }
    bool resets_after() const { return node.op == "GRU" && node.integer("linear_before_reset", 0) != 0; }
    fb::RecurrentCell cell() const {
        return is_lstm ? fb::RecurrentCell::Lstm : node.op == "GRU" ? fb::RecurrentCell::Gru : fb::RecurrentCell::Rnn;
    }
    /// Order in which [directions, batch, hidden] is stored: the same whichever way ONNX writes it.
    Layout state_layout() const { return batch_first ? Layout{1, 0, 2} : Layout{0, 1, 2}; }
    /// The same for [steps, directions, batch, hidden].
    Layout sequence_layout() const { return batch_first ? Layout{1, 2, 0, 3} : Layout{0, 1, 2, 3}; }

    /// Form of the state h or c.
    Quantization hidden_form, cell_form;
};

Layer describe(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& x = lowering.shape(node.inputs[0]);
    const ir::Shape& r = lowering.shape(node.inputs[2]);
    const bool batch_first = node.integer("layout", 0) == 1;
    Layer layer{lowering,
                node,
                x[batch_first ? 1 : 0],
                x[batch_first ? 0 : 1],
                x[2],
                r[2],
                r[1] / r[2],
                r[0],
                batch_first,
                node.op == "LSTM",
                {},
                {}};
    for (size_t i : {size_t{0}, size_t{1}}) {
        if (layer.output(i) != ir::kNoValue) layer.hidden_form = lowering.form(layer.output(i));
    }
    for (size_t i : {size_t{2}, size_t{3}}) {
        if (layer.output(i) != ir::kNoValue) layer.cell_form = lowering.form(layer.output(i));
    }
    return layer;
}

/// Rows of direction `direction` of W, R or half of B.
std::vector<float> direction_of(const ir::Tensor& tensor, int64_t direction, int64_t directions) {
    const std::vector<float> all = tensor.to_floats();
    const auto part = static_cast<std::ptrdiff_t>(all.size()) / directions;
    return {all.begin() + direction * part, all.begin() + (direction + 1) * part};
}

/// Biases of the input and of the recurrent product. What can be added before any function is in the first.
struct Biases {
    std::vector<float> input, recurrent;
};

Biases biases(const Layer& layer, int64_t direction) {
    const auto rows = static_cast<size_t>(layer.rows());
    Biases result{std::vector<float>(rows), std::vector<float>(rows)};
    if (!layer.has_input(3)) return result;
    const std::vector<float> both =
        direction_of(layer.lowering.constant_input(layer.node, 3), direction, layer.directions);
    const size_t first_after_reset = layer.resets_after() ? static_cast<size_t>(2 * layer.hidden) : rows;
    for (size_t row = 0; row < rows; ++row) {
        const bool apart = row >= first_after_reset;
        result.input[row] = apart ? both[row] : both[row] + both[rows + row];
        result.recurrent[row] = apart ? both[rows + row] : 0.0F;
    }
    return result;
}

std::unique_ptr<fb::Span> span(const fb::Span& value) { return std::make_unique<fb::Span>(value); }

std::unique_ptr<fb::GateProductT> pack_product(const Layer& layer, const std::vector<float>& weights,
                                               const std::vector<float>& bias, const Quantization& input) {
    WeightSegment& segment = layer.lowering.weights();
    auto product = std::make_unique<fb::GateProductT>();
    product->weights = std::make_unique<fb::PackedWeightsT>();
    if (layer.is_float()) {
        product->weights->type = fb::DataType::Float32;
        product->weights->span = span(segment.add(weights));
        product->bias = span(segment.add(bias));
        return product;
    }
    quantize::LayerWeights rows;
    rows.weights = weights;
    rows.bias = bias;
    rows.channels = layer.rows();
    rows.input = input;
    rows.output = {NumberFormat::kInt16, kSumScale, 0};
    rows.precision = layer.lowering.precision(layer.node);
    rows.where = layer.node.name;
    const quantize::QuantizedWeights quantized = quantize::quantize_weights(rows);
    const bool wide_weights = rows.precision == Precision::kW16A16;
    product->weights->type = wide_weights ? fb::DataType::Int16 : fb::DataType::Int8;
    product->weights->span =
        span(wide_weights ? segment.add(quantized.codes)
                          : segment.add(std::vector<int8_t>(quantized.codes.begin(), quantized.codes.end())));
    product->accumulator = quantized.wide_accumulator ? fb::Accumulator::Int64 : fb::Accumulator::Int32;
    product->bias = span(quantized.wide_accumulator
                             ? segment.add(quantized.bias)
                             : segment.add(std::vector<int32_t>(quantized.bias.begin(), quantized.bias.end())));
    std::vector<int32_t> multipliers;
    std::vector<uint8_t> shifts;
    for (const quantize::Rescale& rescale : quantized.rescale) {
        multipliers.push_back(rescale.multiplier);
        shifts.push_back(static_cast<uint8_t>(rescale.shift));
    }
    product->multipliers = span(segment.add(multipliers));
    product->shifts = span(segment.add(shifts));
    return product;
}

/// Functions of float32 layers.
std::unique_ptr<fb::GateFunctionT> float_function(const Layer& layer, const float_exec::GateActivation& activation) {
    struct Choice {
        const char* name;
        fb::UnaryFunction function;
    };
    constexpr Choice kChoices[] = {{"Sigmoid", fb::UnaryFunction::Sigmoid},
                                   {"Tanh", fb::UnaryFunction::Tanh},
                                   {"LeakyRelu", fb::UnaryFunction::LeakyRelu},
                                   {"HardSigmoid", fb::UnaryFunction::HardSigmoid}};
    auto result = std::make_unique<fb::GateFunctionT>();
    result->alpha = activation.alpha;
    result->beta = activation.beta;
    if (activation.name == "Relu") {
        result->function = fb::UnaryFunction::Clamp;
        result->alpha = 0.0F;
        result->beta = std::numeric_limits<float>::max();
        return result;
    }
    const auto* choice = std::find_if(std::begin(kChoices), std::end(kChoices),
                                      [&](const Choice& entry) { return activation.name == entry.name; });
    if (choice == std::end(kChoices)) {
        throw Error(layer.node.name, "the activation " + activation.name + " has no float32 board implementation",
                    "w8a16 and w16a16 have every one");
    }
    result->function = choice->function;
    return result;
}

void set_functions(const Layer& layer, int64_t direction, fb::RecurrentT& options) {
    const auto activations = float_exec::gate_activations(layer.node)[static_cast<size_t>(direction)];
    for (size_t i = 0; i < activations.size(); ++i) {
        if (layer.is_float()) {
            options.functions.push_back(float_function(layer, activations[i]));
            continue;
        }
        // The function that makes h itself, or is mixed into it, has its form; all others are gates.
        const bool makes_h = !layer.is_lstm && i + 1 == activations.size();
        const quantize::GateTable table = quantize::gate_table(
            activations[i], layer.node.real("clip", 0.0F), makes_h ? layer.hidden_form : quantize::gate_quantization());
        auto function = std::make_unique<fb::GateFunctionT>();
        function->table = span(layer.lowering.weights().add(table.entries));
        function->interval_bits = static_cast<uint8_t>(table.interval_bits);
        options.functions.push_back(std::move(function));
    }
}

void set_gate_arithmetic(const Layer& layer, fb::RecurrentT& options) {
    if (layer.is_float()) {
        options.clip = layer.node.real("clip", 0.0F);
        return;
    }
    const double gate = quantize::gate_quantization().scale;
    if (layer.is_lstm) {
        const double cell = layer.cell_form.scale;
        const quantize::AddRescale update = quantize::to_add_rescale(gate, gate * gate / cell, NumberFormat::kInt16);
        options.forget_multiplier = update.multiplier_a;
        options.input_multiplier = update.multiplier_b;
        options.cell_shift = update.shift;
        options.cell_to_sum = std::make_unique<fb::Rescale>(rescale_option(cell / static_cast<double>(kSumScale)));
        options.gate_product =
            std::make_unique<fb::Rescale>(rescale_option(gate * gate / static_cast<double>(layer.hidden_form.scale)));
    } else if (layer.cell() == fb::RecurrentCell::Gru) {
        options.gate_product = std::make_unique<fb::Rescale>(rescale_option(gate));
    }
}

/// Initial state `input` (h or c) of a direction as [batch, hidden]; zeros where the node has none.
int read_state(const Layer& layer, size_t input, int64_t direction, const Quantization& form) {
    const ir::Shape matrix = {layer.batch, layer.hidden};
    if (!layer.has_input(input)) {
        const std::vector<float> zeros(static_cast<size_t>(layer.batch * layer.hidden));
        return layer.lowering.constant(layer.node.name + "#zero_state", form, matrix, zeros);
    }
    const int all = layer.lowering.read(layer.node, input, layer.state_layout());
    if (layer.directions == 1) return layer.lowering.view(all, matrix);
    const std::string name = layer.value_name(layer.node.inputs[input]) + "#direction" + std::to_string(direction);
    const int part = layer.lowering.derive(name, form, {1, layer.batch, layer.hidden});
    fb::SliceT slice;
    slice.begin = {static_cast<int32_t>(direction), 0, 0};
    layer.lowering.emit(layer.node, std::move(slice), {all}, {part});
    return layer.lowering.view(part, matrix);
}

/// What one direction leaves: h of all steps [steps, batch, hidden], and the last c [batch, hidden] or -1.
struct DirectionResult {
    int sequence, cell;
    bool reverse;
};

DirectionResult emit_direction(const Layer& layer, int x, int64_t direction) {
    Lowering& lowering = layer.lowering;
    const ir::Node& node = layer.node;
    fb::RecurrentT options;
    options.cell = layer.cell();
    options.reverse = direction == 1 || node.text("direction", "forward") == "reverse";
    options.reset_after = layer.resets_after();
    const Biases bias = biases(layer, direction);
    options.input = pack_product(layer, direction_of(lowering.constant_input(node, 1), direction, layer.directions),
                                 bias.input, lowering.input_form(node, 0));
    options.recurrent = pack_product(layer, direction_of(lowering.constant_input(node, 2), direction, layer.directions),
                                     bias.recurrent, layer.hidden_form);
    set_functions(layer, direction, options);
    set_gate_arithmetic(layer, options);

    std::vector<int32_t> inputs = {x};
    if (layer.has_input(5) || layer.has_input(6)) {
        inputs.push_back(read_state(layer, 5, direction, layer.hidden_form));
        if (layer.is_lstm) inputs.push_back(read_state(layer, 6, direction, layer.cell_form));
    }
    const std::string suffix = layer.directions == 1 ? "" : std::to_string(direction);
    DirectionResult result{
        lowering.derive(node.name + "#h" + suffix, layer.hidden_form, {layer.steps, layer.batch, layer.hidden}), -1,
        options.reverse};
    std::vector<int32_t> outputs = {result.sequence};
    if (layer.is_lstm) {
        result.cell = lowering.derive(node.name + "#c" + suffix, layer.cell_form, {layer.batch, layer.hidden});
        outputs.push_back(result.cell);
    }
    const auto cell = static_cast<tmx::kernels::RecurrentCell>(options.cell);
    fb::OpT& op = lowering.emit(node, std::move(options), std::move(inputs), std::move(outputs));
    op.scratch_bytes = tmx::kernels::recurrent_scratch_bytes(cell, static_cast<int32_t>(layer.batch),
                                                             static_cast<int32_t>(layer.hidden));
    op.macs = static_cast<uint64_t>(layer.steps * layer.batch * layer.rows() * (layer.inputs + layer.hidden));
    return result;
}

/// Gives `value` the tensors of the directions, one after the other along storage axis `axis`.
void join(const Layer& layer, ir::ValueId value, const std::vector<int32_t>& parts, const ir::Shape& part_shape,
          int axis, const Layout& layout) {
    Lowering& lowering = layer.lowering;
    std::vector<int32_t> views;
    for (int32_t part : parts) views.push_back(lowering.view(part, part_shape));
    if (views.size() == 1) {
        lowering.define_alias(value, views.front(), layout);
        return;
    }
    fb::ConcatT concat;
    concat.axis = axis;
    for (size_t i = 0; i < views.size() && !layer.is_float(); ++i) concat.rescales.push_back(rescale_option(1.0));
    lowering.emit(layer.node, std::move(concat), views, {lowering.define(value, layout)});
}

/// h after the last step of a direction.
int last_step(const Layer& layer, const DirectionResult& direction, int index) {
    const ir::Shape shape = {1, layer.batch, layer.hidden};
    if (layer.steps == 1) return direction.sequence;
    const int last = layer.lowering.derive(layer.node.name + "#last" + std::to_string(index), layer.hidden_form, shape);
    fb::SliceT slice;
    slice.begin = {static_cast<int32_t>(direction.reverse ? 0 : layer.steps - 1), 0, 0};
    layer.lowering.emit(layer.node, std::move(slice), {direction.sequence}, {last});
    return last;
}

}  // namespace

void lower_recurrent(Lowering& lowering, const ir::Node& node) {
    const Layer layer = describe(lowering, node);
    const Layout order = layer.batch_first ? Layout{1, 0, 2} : Layout{0, 1, 2};
    const int x = lowering.read(node, 0, order);
    std::vector<int32_t> sequences, last, cells;
    for (int64_t direction = 0; direction < layer.directions; ++direction) {
        const DirectionResult result = emit_direction(layer, x, direction);
        sequences.push_back(result.sequence);
        cells.push_back(result.cell);
        if (layer.output(1) != ir::kNoValue) last.push_back(last_step(layer, result, static_cast<int>(direction)));
    }
    if (layer.output(0) != ir::kNoValue) {
        join(layer, node.outputs[0], sequences, {layer.steps, 1, layer.batch, layer.hidden}, 1,
             layer.sequence_layout());
    }
    const ir::Shape state = {1, layer.batch, layer.hidden};
    if (layer.output(1) != ir::kNoValue) join(layer, node.outputs[1], last, state, 0, layer.state_layout());
    if (layer.is_lstm && layer.output(2) != ir::kNoValue) {
        join(layer, node.outputs[2], cells, state, 0, layer.state_layout());
    }
}

}  // namespace tinamix::pack
