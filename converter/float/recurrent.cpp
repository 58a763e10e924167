// The loop over directions, sequences and steps.
#include "float/recurrent.h"

#include <algorithm>

#include "diagnostics/error.h"

namespace tinamix::float_exec {

namespace {

/// The tensors of a call, with shapes checked.
struct Operands {
    int64_t steps, batch, inputs, directions;
    const float *x, *w, *r;
    const float *b = nullptr, *initial_h = nullptr, *initial_c = nullptr, *p = nullptr;
    std::vector<int64_t> lengths;  ///< per sequence
};

const float* optional_floats(const Call& call, size_t index, const ir::Shape& shape, const char* what) {
    if (!call.has(index)) {
        return nullptr;
    }
    const ir::Tensor& tensor = call.input(index);
    if (tensor.type() != ir::ElementType::kFloat32 || tensor.shape() != shape) {
        call.fail(std::string(what) + " must be float32 " + ir::shape_text(shape) + ", not " +
                  std::string(ir::element_type_name(tensor.type())) + " " + ir::shape_text(tensor.shape()));
    }
    return tensor.data<float>();
}

const float* floats(const Call& call, size_t index, const ir::Shape& shape, const char* what) {
    call.input(index);
    return optional_floats(call, index, shape, what);
}

std::vector<int64_t> sequence_lengths(const Call& call, const Operands& operands) {
    if (!call.has(4)) {
        return std::vector<int64_t>(static_cast<size_t>(operands.batch), operands.steps);
    }
    std::vector<int64_t> lengths = call.ints(4);
    call.require(static_cast<int64_t>(lengths.size()) == operands.batch, "sequence_lens needs one entry per sequence");
    for (int64_t length : lengths) {
        call.require(length >= 0 && length <= operands.steps, "an entry of sequence_lens is outside the sequence");
    }
    return lengths;
}

Operands operands_of(const Call& call, const RecurrentAttributes& attributes, int64_t gates, bool has_cell_state) {
    const ir::Shape x_shape = call.input(0).shape();
    call.require(x_shape.size() == 3, "X must have three dimensions");
    const int64_t h = attributes.hidden, rows = gates * h;
    Operands operands{};
    operands.steps = x_shape[attributes.batch_first ? 1 : 0];
    operands.batch = x_shape[attributes.batch_first ? 0 : 1];
    operands.inputs = x_shape[2];
    operands.directions = static_cast<int64_t>(attributes.reverse.size());
    const int64_t d = operands.directions, n = operands.batch;
    const ir::Shape state = attributes.batch_first ? ir::Shape{n, d, h} : ir::Shape{d, n, h};
    operands.x = floats(call, 0, x_shape, "X");
    operands.w = floats(call, 1, {d, rows, operands.inputs}, "W");
    operands.r = floats(call, 2, {d, rows, h}, "R");
    operands.b = optional_floats(call, 3, {d, 2 * rows}, "B");
    operands.initial_h = optional_floats(call, 5, state, "initial_h");
    if (has_cell_state) {
        operands.initial_c = optional_floats(call, 6, state, "initial_c");
        operands.p = optional_floats(call, 7, {d, 3 * h}, "P");
    }
    operands.lengths = sequence_lengths(call, operands);
    return operands;
}

/// First element of sequence `n` at step `t` of direction `d` in an output.
struct OutputIndex {
    int64_t directions, batch, hidden, steps;
    bool batch_first;
    int64_t y(int64_t t, int64_t d, int64_t n) const {
        return (batch_first ? (n * steps + t) * directions + d : (t * directions + d) * batch + n) * hidden;
    }
    int64_t state(int64_t d, int64_t n) const { return (batch_first ? n * directions + d : d * batch + n) * hidden; }
};

}  // namespace

std::string recurrent_refusal(const ir::Node& node) {
    const std::string direction = node.text("direction", "forward");
    if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
        return "direction `" + direction + "` is none of forward, reverse, bidirectional";
    }
    if (node.integer("hidden_size", 0) <= 0) {
        return "the attribute hidden_size is missing or not positive";
    }
    if (node.real("clip", 0) < 0) {
        return "clip is negative";
    }
    if (const int64_t layout = node.integer("layout", 0); layout != 0 && layout != 1) {
        return "layout " + std::to_string(layout) + " is neither 0 nor 1";
    }
    try {
        gate_activations(node);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

RecurrentAttributes recurrent_attributes(const ir::Node& node) {
    if (const std::string reason = recurrent_refusal(node); !reason.empty()) {
        throw Error(where(node), reason);
    }
    RecurrentAttributes attributes;
    attributes.hidden = node.integer("hidden_size", 0);
    attributes.batch_first = node.integer("layout", 0) == 1;
    const std::string direction = node.text("direction", "forward");
    attributes.reverse =
        direction == "bidirectional" ? std::vector<bool>{false, true} : std::vector<bool>{direction == "reverse"};
    attributes.functions = gate_activations(node);
    attributes.clip = node.real("clip", 0);
    return attributes;
}

void add_product(std::span<const float> x, const float* matrix, std::span<float> y) {
    // Eight partial sums, so that the compiler may use vectors without reordering anything.
    constexpr size_t kLanes = 8;
    for (size_t j = 0; j < y.size(); ++j) {
        const float* row = matrix + j * x.size();
        float lanes[kLanes] = {};
        size_t i = 0;
        for (; i + kLanes <= x.size(); i += kLanes) {
            for (size_t lane = 0; lane < kLanes; ++lane) {
                lanes[lane] += x[i + lane] * row[i + lane];
            }
        }
        float sum = 0;
        for (; i < x.size(); ++i) {
            sum += x[i] * row[i];
        }
        for (float lane : lanes) {
            sum += lane;
        }
        y[j] += sum;
    }
}

void RecurrentCell::add_recurrent(int64_t gate, std::span<const float> h, std::span<float> to) const {
    add_product(h, r + gate * hidden * hidden, to);
    for (int64_t j = 0; r_bias != nullptr && j < hidden; ++j) {
        to[static_cast<size_t>(j)] += r_bias[gate * hidden + j];
    }
}

Tensors run_recurrent(Call& call, int64_t gates, bool has_cell_state, const RecurrentStep& step) {
    const RecurrentAttributes attributes = recurrent_attributes(call.node());
    const Operands in = operands_of(call, attributes, gates, has_cell_state);
    const int64_t h = attributes.hidden, rows = gates * h;
    const auto hidden = static_cast<size_t>(h), sums = static_cast<size_t>(rows);
    const OutputIndex index{in.directions, in.batch, h, in.steps, attributes.batch_first};
    const ir::Shape state_shape =
        index.batch_first ? ir::Shape{in.batch, in.directions, h} : ir::Shape{in.directions, in.batch, h};
    ir::Tensor y(ir::ElementType::kFloat32, index.batch_first ? ir::Shape{in.batch, in.steps, in.directions, h}
                                                              : ir::Shape{in.steps, in.directions, in.batch, h});
    ir::Tensor last_h(ir::ElementType::kFloat32, state_shape), last_c(ir::ElementType::kFloat32, state_shape);
    ir::Tensor cell_range(ir::ElementType::kFloat32, {2});
    const auto widen = [range = cell_range.data<float>()](std::span<const float> values) {
        for (const float value : values) {
            range[0] = std::min(range[0], value);
            range[1] = std::max(range[1], value);
        }
    };

    for (int64_t d = 0; d < in.directions; ++d) {
        const float* bias = in.b == nullptr ? nullptr : in.b + d * 2 * rows;
        const RecurrentCell cell{h,
                                 &attributes.functions[static_cast<size_t>(d)],
                                 attributes.clip,
                                 in.r + d * rows * h,
                                 bias == nullptr ? nullptr : bias + rows,
                                 in.p == nullptr ? nullptr : in.p + d * 3 * h};
        for (int64_t n = 0; n < in.batch; ++n) {
            const std::span<float> state_h(last_h.data<float>() + index.state(d, n), hidden);
            const std::span<float> state_c(last_c.data<float>() + index.state(d, n), has_cell_state ? hidden : 0);
            if (in.initial_h != nullptr) {
                std::copy_n(in.initial_h + index.state(d, n), h, state_h.begin());
            }
            if (in.initial_c != nullptr) {
                std::copy_n(in.initial_c + index.state(d, n), h, state_c.begin());
            }
            widen(state_c);
            const int64_t length = in.lengths[static_cast<size_t>(n)];
            std::vector<float> sum(sums);
            for (int64_t i = 0; i < length; ++i) {
                const int64_t t = attributes.reverse[static_cast<size_t>(d)] ? length - 1 - i : i;
                const int64_t row = index.batch_first ? n * in.steps + t : t * in.batch + n;
                std::fill(sum.begin(), sum.end(), 0.0F);
                if (bias != nullptr) {
                    std::copy_n(bias, rows, sum.begin());
                }
                add_product({in.x + row * in.inputs, static_cast<size_t>(in.inputs)}, in.w + d * rows * in.inputs, sum);
                step(cell, sum, state_h, state_c);
                widen(state_c);
                std::copy(state_h.begin(), state_h.end(), y.data<float>() + index.y(t, d, n));
            }
        }
    }
    Tensors results;
    results.push_back(std::move(y));
    results.push_back(std::move(last_h));
    if (has_cell_state) {
        results.push_back(std::move(last_c));
        results.push_back(std::move(cell_range));
    }
    return results;
}

}  // namespace tinamix::float_exec
