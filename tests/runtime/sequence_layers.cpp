#include "sequence_layers.h"

#include <cmath>

#include "kernels/kernel_types.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

constexpr float kGateScale = 1.0F / 32767;
constexpr int kIntervalBits = 10;

std::unique_ptr<format::GateProductT> product(ModelBuilder& b, Random& random, Precision precision, int32_t rows,
                                              int32_t depth) {
    auto result = std::make_unique<format::GateProductT>();
    result->weights = std::make_unique<format::PackedWeightsT>();
    result->weights->type = weight_type(precision);
    result->weights->span = b.add_span(random_bytes(random, result->weights->type, static_cast<size_t>(rows * depth)));
    if (precision == Precision::F32) {
        result->bias = b.add_span(random_bytes(random, DataType::Float32, static_cast<size_t>(rows)));
        return result;
    }
    const bool wide = precision == Precision::W16A16;
    result->accumulator = wide ? format::Accumulator::Int64 : format::Accumulator::Int32;
    std::vector<int32_t> bias, multipliers;
    std::vector<int64_t> wide_bias;
    for (int32_t row = 0; row < rows; ++row) {
        bias.push_back(random.between(-100000, 100000));
        wide_bias.push_back(bias.back());
        multipliers.push_back(random.between(1 << 30, INT32_MAX));
    }
    result->bias = wide ? b.add_values(wide_bias) : b.add_values(bias);
    result->multipliers = b.add_values(multipliers);
    result->shifts = b.add_values(std::vector<uint8_t>(static_cast<size_t>(rows), wide ? 46 : 38));
    return result;
}

std::unique_ptr<format::GateFunctionT> function(ModelBuilder& b, Precision precision, bool sigmoid) {
    auto result = std::make_unique<format::GateFunctionT>();
    if (precision == Precision::F32) {
        result->function = sigmoid ? format::UnaryFunction::Sigmoid : format::UnaryFunction::Tanh;
        return result;
    }
    std::vector<int16_t> table;
    for (int i = -512; i <= 512; ++i) {
        const double x = std::ldexp(i, kIntervalBits) / 65536;
        table.push_back(static_cast<int16_t>(std::lround(32767 * (sigmoid ? 1 / (1 + std::exp(-x)) : std::tanh(x)))));
    }
    result->table = b.add_values(table);
    result->interval_bits = kIntervalBits;
    return result;
}

}  // namespace

int32_t add_matmul(ModelBuilder& builder, Precision precision, int32_t a, std::vector<uint8_t> a_axes, int32_t b,
                   std::vector<uint8_t> b_axes, std::vector<int32_t> shape) {
    const DataType type = activation_type(precision);
    const int32_t out =
        builder.tensor("matmul_" + std::to_string(builder.model.ops.size()) + ":out", type, std::move(shape),
                       type == DataType::Float32 ? 1.0F : 0.125F, type == DataType::Int8 ? -7 : 0);
    format::MatMulT options;
    options.a_axes = std::move(a_axes);
    options.b_axes = std::move(b_axes);
    if (type != DataType::Float32) {
        options.rescale = std::make_unique<format::Rescale>(1518500250, type == DataType::Int8 ? 39 : 48);
        options.clamp_min = lowest_code(type) + 3;
        options.clamp_max = highest_code(type) - 3;
    }
    builder.op("matmul_" + std::to_string(builder.model.ops.size()), precision, std::move(options), {a, b}, out);
    return out;
}

int32_t add_normalize(ModelBuilder& builder, Precision precision, int32_t input, int32_t row) {
    const DataType type = activation_type(precision);
    const std::string name = "normalize_" + std::to_string(builder.model.ops.size());
    const std::vector<int32_t> shape = builder.model.tensors[static_cast<size_t>(input)]->shape;
    const int32_t out = builder.tensor(name + ":out", type, shape);
    format::NormalizeT options;
    options.row_elements = options.run = row;
    options.centered = true;
    if (type == DataType::Float32) {
        options.gains = builder.add_values(std::vector<float>{1.0F});
        options.biases = builder.add_values(std::vector<float>{0.0F});
    } else {
        options.gains = builder.add_values(std::vector<int32_t>{1 << 29});
        options.biases = builder.add_values(std::vector<int64_t>{0});
        options.shift = type == DataType::Int8 ? 44 : 37;
        options.clamp_min = lowest_code(type);
        options.clamp_max = highest_code(type);
    }
    builder.op(name, precision, std::move(options), {input}, out);
    return out;
}

int32_t add_recurrent(ModelBuilder& builder, Random& random, int32_t x, const RecurrentSpec& spec) {
    const std::vector<int32_t> in = builder.model.tensors[static_cast<size_t>(x)]->shape;
    const std::string name = "recurrent_" + std::to_string(builder.model.ops.size());
    const bool is_float = spec.precision == Precision::F32, lstm = spec.cell == format::RecurrentCell::Lstm;
    const DataType type = activation_type(spec.precision);
    const auto cell = static_cast<kernels::RecurrentCell>(spec.cell);
    const int32_t rows = kernels::gate_count(cell) * spec.hidden;
    format::RecurrentT options;
    options.cell = spec.cell;
    options.reverse = spec.reverse;
    options.input = product(builder, random, spec.precision, rows, in[2]);
    options.recurrent = product(builder, random, spec.precision, rows, spec.hidden);
    const int functions = lstm ? 3 : spec.cell == format::RecurrentCell::Gru ? 2 : 1;
    for (int i = 0; i < functions; ++i) {
        options.functions.push_back(function(builder, spec.precision, i == 0 && functions > 1));
    }
    if (!is_float) {
        options.forget_multiplier = 536887296;
        options.input_multiplier = 1 << 28;
        options.cell_shift = 44;
        options.cell_to_sum = std::make_unique<format::Rescale>(1 << 30, 28);
        options.gate_product = std::make_unique<format::Rescale>(1073774592, 45);
    }
    const float h_scale = is_float ? 1.0F : kGateScale, c_scale = is_float ? 1.0F : 4 * kGateScale;
    std::vector<int32_t> inputs = {x};
    if (spec.initial_states) {
        inputs.push_back(builder.input(name + ":h0", type, {in[1], spec.hidden}, h_scale));
        if (lstm) inputs.push_back(builder.input(name + ":c0", type, {in[1], spec.hidden}, c_scale));
    }
    const int32_t h = builder.tensor(name + ":h", type, {in[0], in[1], spec.hidden}, h_scale);
    const int32_t c = lstm ? builder.tensor(name + ":c", type, {in[1], spec.hidden}, c_scale) : -1;
    format::OpT& op = builder.op(name, spec.precision, std::move(options), inputs, h,
                                 kernels::recurrent_scratch_bytes(cell, in[1], spec.hidden));
    if (lstm) op.outputs.push_back(c);
    return h;
}

}  // namespace tmx::testing
