// Single operators, packed and run in every precision, against their definitions in plain C++: what quantization costs
// is bounded by steps of the output's range, indices and truth values are exact.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "pack/pack.h"
#include "packed_network.h"
#include "quantize/legality.h"

namespace tinamix::pack {
namespace {

using Floats = std::vector<float>;
using quantize::Precision;

struct OperatorCase {
    std::string name;
    std::string op;
    std::vector<ir::Shape> inputs;
    std::vector<ir::Shape> outputs;
    /// Outputs by definition.
    std::function<std::vector<Floats>(const std::vector<Floats>&)> expected;
    std::map<std::string, ir::Attribute> attributes = {};
    float low = -1.0F, high = 1.0F;  ///< range of the inputs
    std::vector<int> index_outputs = {};
    std::vector<int> truth_inputs = {};
    /// Steps of the output's range that the result may be off, beside what rounding of the inputs (half a step each)
    /// does to it: `gain` times half a step of the inputs' range.
    double gain = 1.0;
    std::vector<std::pair<ir::Shape, Floats>> constants = {};  ///< inputs behind the others
    std::vector<int64_t> parameter = {};                       ///< an int64 constant behind all others
    std::string domain = "";
};

void PrintTo(const OperatorCase& c, std::ostream* out) { *out << c.name; }

/// Numbers from a grid, each once as long as it lasts, so that no two are equal after rounding to int8.
Floats grid_values(size_t count, float low, float high, unsigned seed) {
    Floats values(count);
    for (size_t i = 0; i < count; ++i) {
        values[i] = low + (high - low) * (static_cast<float>(i % 64) + 0.5F) / 64.0F;
    }
    std::mt19937 random(seed);
    std::shuffle(values.begin(), values.end(), random);
    return values;
}

class PackedOperator : public testing::TestWithParam<std::tuple<OperatorCase, Precision>> {
  protected:
    void build(const OperatorCase& c) {
        graph_.name = "operator";
        graph_.opset = 13;
        ir::Node node;
        node.name = "node";
        node.op = c.op;
        node.domain = c.domain;
        node.attributes = c.attributes;
        for (size_t i = 0; i < c.inputs.size(); ++i) {
            const bool truth = contains(c.truth_inputs, i);
            const ir::ElementType type = truth ? ir::ElementType::kBool : ir::ElementType::kFloat32;
            const ValueId id = graph_.add_value("x" + std::to_string(i), type, c.inputs[i]);
            graph_.inputs.push_back(id);
            node.inputs.push_back(id);
            Floats values = grid_values(static_cast<size_t>(ir::element_count(c.inputs[i])), c.low, c.high,
                                        static_cast<unsigned>(i) + 1);
            if (truth) {
                for (float& value : values) value = value > 0.5F * (c.low + c.high) ? 1.0F : 0.0F;
            }
            values_.push_back(values);
            tensors_.push_back(ir::Tensor::from(c.inputs[i], values));
            ranges_.tensors["x" + std::to_string(i)] = {c.low, c.high, c.low, c.high};
        }
        for (const auto& [shape, values] : c.constants) {
            const std::string name = "c" + std::to_string(node.inputs.size());
            node.inputs.push_back(graph_.add_constant(name, ir::Tensor::from(shape, values)));
            values_.push_back(values);
        }
        if (!c.parameter.empty()) {
            const ir::Shape shape = {static_cast<int64_t>(c.parameter.size())};
            node.inputs.push_back(graph_.add_constant("p", ir::Tensor::from(shape, c.parameter)));
        }
        expected_ = c.expected(values_);
        for (size_t i = 0; i < c.outputs.size(); ++i) {
            const bool index = contains(c.index_outputs, i);
            const ir::ElementType type = index ? ir::ElementType::kInt64 : ir::ElementType::kFloat32;
            const ValueId id = graph_.add_value("y" + std::to_string(i), type, c.outputs[i]);
            node.outputs.push_back(id);
            graph_.outputs.push_back(id);
            const auto [least, most] = std::minmax_element(expected_[i].begin(), expected_[i].end());
            ranges_.tensors["y" + std::to_string(i)] = {*least, *most, *least, *most};
        }
        graph_.nodes.push_back(node);
    }
    static bool contains(const std::vector<int>& list, size_t i) {
        return std::find(list.begin(), list.end(), static_cast<int>(i)) != list.end();
    }

    ir::Graph graph_;
    calibrate::Ranges ranges_;
    std::vector<Floats> values_, expected_;
    std::vector<ir::Tensor> tensors_;
};

TEST_P(PackedOperator, IsWithinTheStepsOfItsPrecision) {
    const auto& [c, precision] = GetParam();
    build(c);
    quantize::PrecisionRules rules;
    rules.base = precision;
    const quantize::Plan plan = quantize::make_plan(graph_, ranges_, rules);
    const std::vector<uint8_t> file = pack(graph_, plan, target_from_name("generic"), "{}");
    const std::vector<std::vector<float>> actual = run_packed(graph_, file, tensors_, 1);
    EXPECT_EQ(actual, run_packed(graph_, file, tensors_, 2)) << "threads must not change a bit";
    ASSERT_EQ(actual.size(), expected_.size());
    // A step of int8 is 2^-8 of a range, of int16 2^-15 with a quarter of headroom on the larger side.
    const double step = precision == Precision::kW8A8 ? 1.0 / 255 : precision == Precision::kF32 ? 1e-6 : 1.25 / 32767;
    for (size_t i = 0; i < actual.size(); ++i) {
        if (contains(c.index_outputs, i)) {
            EXPECT_EQ(actual[i], expected_[i]) << "output " << i;
            continue;
        }
        double peak = 0.0;
        for (float value : expected_[i]) peak = std::max<double>(peak, std::fabs(value));
        const double input_span = std::max(c.high, 0.0F) - std::min(c.low, 0.0F);
        const double bound = step * (1.5 * 2.0 * peak + 0.5 * c.gain * input_span * 2.0) + 1e-6 * peak;
        for (size_t k = 0; k < actual[i].size(); ++k) {
            ASSERT_NEAR(actual[i][k], expected_[i][k], bound) << "output " << i << ", element " << k;
        }
    }
}

/// A function of one variable over [low, high].
OperatorCase unary(const std::string& op, float low, float high, double (*function)(double), double gain,
                   std::map<std::string, ir::Attribute> attributes = {}, const std::string& domain = "") {
    OperatorCase c{domain + op, op, {{2, 3, 5, 4}}, {{2, 3, 5, 4}}, {}, std::move(attributes), low, high};
    c.expected = [function](const std::vector<Floats>& x) {
        Floats y;
        for (float value : x[0]) y.push_back(static_cast<float>(function(value)));
        return std::vector<Floats>{y};
    };
    c.gain = gain;
    c.domain = domain;
    return c;
}

/// Two operands, the second one per channel of [2, 3, 5, 4].
OperatorCase binary(const std::string& op, float low, float high, float (*function)(float, float), double gain) {
    OperatorCase c{op, op, {{2, 3, 5, 4}, {3, 1, 1}}, {{2, 3, 5, 4}}, {}, {}, low, high};
    c.expected = [function](const std::vector<Floats>& x) {
        Floats y;
        for (size_t i = 0; i < x[0].size(); ++i) y.push_back(function(x[0][i], x[1][i / 20 % 3]));
        return std::vector<Floats>{y};
    };
    c.gain = gain;
    return c;
}

OperatorCase compare(const std::string& op, bool (*function)(float, float)) {
    OperatorCase c{op, op, {{2, 3, 5, 4}, {3, 1, 1}}, {{2, 3, 5, 4}}, {}, {}};
    c.expected = [function](const std::vector<Floats>& x) {
        Floats y;
        for (size_t i = 0; i < x[0].size(); ++i) y.push_back(function(x[0][i], x[1][i / 20 % 3]) ? 1.0F : 0.0F);
        return std::vector<Floats>{y};
    };
    c.index_outputs = {0};
    return c;
}

OperatorCase logic(const std::string& op, bool (*function)(bool, bool), bool two = true) {
    OperatorCase c = compare(op, nullptr);
    if (!two) c.inputs.pop_back();
    c.expected = [function, two](const std::vector<Floats>& x) {
        Floats y;
        for (size_t i = 0; i < x[0].size(); ++i) {
            y.push_back(function(x[0][i] != 0.0F, two && x[1][i / 20 % 3] != 0.0F) ? 1.0F : 0.0F);
        }
        return std::vector<Floats>{y};
    };
    c.truth_inputs = {0, 1};
    return c;
}

/// [2, 3, 5, 4] reduced over dimensions 1 and 3 (apart from each other in either storage order).
OperatorCase reduce(const std::string& op, float (*function)(const Floats&), double gain) {
    OperatorCase c{op,       op, {{2, 3, 5, 4}},
                   {{2, 5}}, {}, {{"axes", std::vector<int64_t>{1, -1}}, {"keepdims", int64_t{0}}}};
    c.expected = [function](const std::vector<Floats>& x) {
        Floats y;
        for (size_t n = 0; n < 2; ++n) {
            for (size_t h = 0; h < 5; ++h) {
                Floats part;
                for (size_t k = 0; k < 3; ++k) {
                    for (size_t w = 0; w < 4; ++w) part.push_back(x[0][((n * 3 + k) * 5 + h) * 4 + w]);
                }
                y.push_back(function(part));
            }
        }
        return std::vector<Floats>{y};
    };
    c.gain = gain;
    return c;
}

float sum_of(const Floats& x) { return std::accumulate(x.begin(), x.end(), 0.0F); }
float squares_of(const Floats& x) { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0F); }

/// Dimension 1 of [2, 8, 3], by order of its elements.
std::vector<size_t> order_of(const Floats& x, size_t n, size_t inner, bool largest) {
    std::vector<size_t> order(8);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const float left = x[(n * 8 + a) * 3 + inner], right = x[(n * 8 + b) * 3 + inner];
        return largest ? left > right : left < right;
    });
    return order;
}

OperatorCase arg_max(const std::string& op, bool largest) {
    OperatorCase c{op, op, {{2, 8, 3}}, {{2, 1, 3}}, {}, {{"axis", int64_t{1}}}};
    c.index_outputs = {0};
    c.expected = [largest](const std::vector<Floats>& x) {
        Floats y;
        for (size_t n = 0; n < 2; ++n) {
            for (size_t i = 0; i < 3; ++i) y.push_back(static_cast<float>(order_of(x[0], n, i, largest)[0]));
        }
        return std::vector<Floats>{y};
    };
    return c;
}

OperatorCase top_k(const std::string& name, bool largest) {
    OperatorCase c{name,        "TopK",
                   {{2, 8, 3}}, {{2, 3, 3}, {2, 3, 3}},
                   {},          {{"axis", int64_t{-2}}, {"largest", int64_t{largest ? 1 : 0}}}};
    c.index_outputs = {1};
    c.parameter = {3};
    c.expected = [largest](const std::vector<Floats>& x) {
        Floats values(18), indices(18);
        for (size_t n = 0; n < 2; ++n) {
            for (size_t i = 0; i < 3; ++i) {
                for (size_t place = 0; place < 3; ++place) {
                    const size_t at = order_of(x[0], n, i, largest)[place];
                    values[(n * 3 + place) * 3 + i] = x[0][(n * 8 + at) * 3 + i];
                    indices[(n * 3 + place) * 3 + i] = static_cast<float>(at);
                }
            }
        }
        return std::vector<Floats>{values, indices};
    };
    return c;
}

OperatorCase where() {
    OperatorCase c{"Where", "Where", {{2, 3, 1, 4}, {2, 3, 5, 4}, {3, 1, 1}}, {{2, 3, 5, 4}}, {}, {}};
    c.truth_inputs = {0};
    c.expected = [](const std::vector<Floats>& x) {
        Floats y;
        for (size_t i = 0; i < x[1].size(); ++i) {
            y.push_back(x[0][i / 20 * 4 + i % 4] != 0.0F ? x[1][i] : x[2][i / 20 % 3]);
        }
        return std::vector<Floats>{y};
    };
    return c;
}

OperatorCase with_constant(OperatorCase c, const std::string& name, const Floats& values) {
    c.name = name;
    c.constants = {{c.inputs[1], values}};
    c.inputs.pop_back();
    return c;
}

std::vector<OperatorCase> all_cases() {
    using D = double;
    std::vector<OperatorCase> cases = {
        unary(
            "Neg", -3, 3, [](D x) { return -x; }, 1),
        unary(
            "Abs", -3, 3, [](D x) { return std::fabs(x); }, 1),
        unary("Elu", -3, 3, [](D x) { return x < 0 ? 0.5 * std::expm1(x) : x; }, 1, {{"alpha", 0.5F}}),
        unary(
            "Selu", -3, 3, [](D x) { return 1.0507009873 * (x < 0 ? 1.6732632423 * std::expm1(x) : x); }, 1.8),
        unary("Celu", -3, 3, [](D x) { return x < 0 ? 2 * std::expm1(x / 2) : x; }, 1, {{"alpha", 2.0F}}),
        unary(
            "Gelu", -4, 4, [](D x) { return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5))); }, 1.2, {}, "tinamix"),
        unary("Gelu", -4, 4,
              [](D x) { return 0.5 * x * (1 + std::tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))); }, 1.2,
              {{"approximate", std::string("tanh")}}),
        unary(
            "Erf", -3, 3, [](D x) { return std::erf(x); }, 1.2),
        unary(
            "Mish", -4, 4, [](D x) { return x * std::tanh(std::log1p(std::exp(x))); }, 1.2, {}, "tinamix"),
        unary(
            "Log", 0.5F, 4, [](D x) { return std::log(x); }, 2),
        unary(
            "Sqrt", 0.25F, 9, [](D x) { return std::sqrt(x); }, 1),
        unary(
            "Reciprocal", 0.5F, 4, [](D x) { return 1 / x; }, 4),
        unary(
            "Softplus", -6, 6, [](D x) { return std::log1p(std::exp(x)); }, 1),
        unary(
            "Softsign", -6, 6, [](D x) { return x / (1 + std::fabs(x)); }, 1),
        unary(
            "Sign", -3, 3, [](D x) { return x > 0 ? 1.0 : -1.0; }, 0),
        unary(
            "Sin", -6, 6, [](D x) { return std::sin(x); }, 1),
        unary(
            "Cos", -6, 6, [](D x) { return std::cos(x); }, 1),
        unary(
            "Exp", -4, 2, [](D x) { return std::exp(x); }, 8),
        binary(
            "Div", 0.5F, 2, [](float a, float b) { return a / b; }, 12),
        binary(
            "Min", -2, 2, [](float a, float b) { return std::min(a, b); }, 1),
        binary(
            "Max", -2, 2, [](float a, float b) { return std::max(a, b); }, 1),
        binary(
            "PRelu", -2, 2, [](float a, float b) { return a < 0 ? a * b : a; }, 4),
        with_constant(binary(
                          "Max", -2, 2, [](float a, float b) { return std::max(a, b); }, 1),
                      "MaxOfAConstant", {0.25F, -0.5F, 1.0F}),
        with_constant(binary(
                          "PRelu", -2, 2, [](float a, float b) { return a < 0 ? a * b : a; }, 3),
                      "PReluPerChannel", {0.25F, 0.1F, -0.5F}),
        with_constant(binary(
                          "Div", 0.5F, 2, [](float a, float b) { return a / b; }, 4),
                      "DivByAConstant", {0.5F, 1.0F, -2.0F}),
        compare("Equal", [](float a, float b) { return a == b; }),
        compare("Greater", [](float a, float b) { return a > b; }),
        compare("GreaterOrEqual", [](float a, float b) { return a >= b; }),
        compare("Less", [](float a, float b) { return a < b; }),
        compare("LessOrEqual", [](float a, float b) { return a <= b; }),
        logic("And", [](bool a, bool b) { return a && b; }),
        logic("Or", [](bool a, bool b) { return a || b; }),
        logic("Xor", [](bool a, bool b) { return a != b; }),
        logic(
            "Not", [](bool a, bool) { return !a; }, false),
        where(),
        reduce("ReduceSum", sum_of, 12),
        reduce(
            "ReduceMean", [](const Floats& x) { return sum_of(x) / 12; }, 1),
        reduce(
            "ReduceMax", [](const Floats& x) { return *std::max_element(x.begin(), x.end()); }, 1),
        reduce(
            "ReduceMin", [](const Floats& x) { return *std::min_element(x.begin(), x.end()); }, 1),
        reduce("ReduceSumSquare", squares_of, 24),
        reduce(
            "ReduceL1",
            [](const Floats& x) {
                float y = 0;
                for (float v : x) y += std::fabs(v);
                return y;
            },
            12),
        reduce(
            "ReduceL2", [](const Floats& x) { return std::sqrt(squares_of(x)); }, 4),
        arg_max("ArgMax", true),
        arg_max("ArgMin", false),
        top_k("TopKLargest", true),
        top_k("TopKSmallest", false),
    };
    OperatorCase pow = unary(
        "Pow", -2, 2, [](D x) { return x * x * x; }, 12);
    pow.constants = {{{}, {3.0F}}};
    cases.push_back(pow);
    OperatorCase root = unary(
        "Pow", 0.1F, 4, [](D x) { return std::pow(x, 0.3F); }, 2);
    root.name = "PowFraction";
    root.constants = {{{}, {0.3F}}};
    cases.push_back(root);
    for (const char* op : {"Floor", "Ceil", "Round"}) {
        // The grid has no whole numbers; int8 moves a number by less than the distance to the next.
        cases.push_back(unary(
            op, -4, 4,
            op[0] == 'F'   ? +[](D x) { return std::floor(x); }
            : op[0] == 'C' ? +[](D x) { return std::ceil(x); }
                           : +[](D x) { return std::nearbyint(x); },
            0));
    }
    OperatorCase cast{"CastOfTruth", "Cast", {{4, 5}}, {{4, 5}}, [](const std::vector<Floats>& x) { return x; }};
    cast.truth_inputs = {0};
    cases.push_back(cast);
    return cases;
}

std::string precision_case_name(const testing::TestParamInfo<PackedOperator::ParamType>& info) {
    return std::get<0>(info.param).name + "_" + std::string(quantize::precision_name(std::get<1>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(Operators, PackedOperator,
                         testing::Combine(testing::ValuesIn(all_cases()),
                                          testing::Values(Precision::kW8A8, Precision::kW16A16, Precision::kF32)),
                         precision_case_name);

}  // namespace
}  // namespace tinamix::pack
