// Activations that exporters write out in small steps: Gelu by Erf or Tanh, HardSwish and HardSigmoid by Clip, Mish. As
// one function of one variable they are one table, and calibration does not have to split the range between steps.
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// How far a constant may be from the true one: exporters round sqrt(2) and its kin to a few digits.
constexpr double kTolerance = 1e-4;

bool is_near(double value, double wanted) { return std::fabs(value - wanted) <= kTolerance * std::fabs(wanted); }

/// The value of a constant of one element (or of equal ones).
std::optional<double> scalar(const ir::Graph& graph, ir::ValueId id) {
    if (!graph.is_constant(id) || graph.value(id).type != ir::ElementType::kFloat32) return std::nullopt;
    const std::vector<float> values = graph.value(id).constant->to_floats();
    for (float value : values) {
        if (value != values.front()) return std::nullopt;
    }
    return values.empty() ? std::nullopt : std::optional<double>(values.front());
}

/// `node` combines a constant and something else: both, whichever side they stand on.
struct WithConstant {
    ir::ValueId other;
    double constant;
};
std::optional<WithConstant> with_constant(const ir::Graph& graph, const ir::Node* node) {
    if (node == nullptr || node->inputs.size() != 2) return std::nullopt;
    for (size_t side = 0; side < 2; ++side) {
        const std::optional<double> constant = scalar(graph, node->inputs[side]);
        if (constant && !graph.is_constant(node->inputs[1 - side])) {
            return WithConstant{node->inputs[1 - side], *constant};
        }
    }
    return std::nullopt;
}

/// What a chain of products that starts at `factor` multiplies it by, as far as it is one tensor `x` and constants.
struct Product {
    int last = -1;  ///< node that gives the whole product
    int times_x = 0;
    double constant = 1.0;
};

/// Follows the only readers of `factor` while they are products with `x` or constants, until `done` says the product is
/// the one that is looked for. Products of x with a constant may stand before the chain, too.
template <typename Done>
std::optional<Product> product_chain(const ir::Graph& graph, ir::ValueId factor, ir::ValueId x, const Done& done) {
    Product product;
    for (ir::ValueId so_far = factor;;) {
        const int index = only_reader(graph, so_far);
        if (index < 0) return std::nullopt;
        const ir::Node& node = graph.nodes[static_cast<size_t>(index)];
        if (node.op != "Mul" || !node.domain.empty()) return std::nullopt;
        const ir::ValueId other = node.inputs[node.inputs[0] == so_far ? 1 : 0];
        if (const std::optional<double> constant = scalar(graph, other)) {
            product.constant *= *constant;
        } else if (other == x) {
            ++product.times_x;
        } else {
            const std::optional<WithConstant> scaled = with_constant(graph, producer_of(graph, other, "Mul"));
            if (!scaled || scaled->other != x) return std::nullopt;
            ++product.times_x;
            product.constant *= scaled->constant;
        }
        product.last = index;
        if (done(product)) return product;
        so_far = node.outputs[0];
    }
}

/// Node `index` becomes `op` of x. What it no longer reads is removed as dead code.
void become(ir::Graph& graph, int index, const std::string& op, const std::string& domain, ir::ValueId x,
            std::map<std::string, ir::Attribute> attributes, const ir::Node& core) {
    ir::Node& node = graph.nodes[static_cast<size_t>(index)];
    node.fused = fused_name(core) + "+" + fused_name(node);
    inherit_names(node, core);
    node.op = op;
    node.domain = domain;
    node.attributes = std::move(attributes);
    node.inputs = {x};
}

/// x where `argument` is x / sqrt(2).
ir::ValueId erf_variable(const ir::Graph& graph, ir::ValueId argument) {
    const std::optional<WithConstant> scaled = with_constant(graph, producer_of(graph, argument, "Mul"));
    return scaled && is_near(scaled->constant, std::sqrt(0.5)) ? scaled->other : ir::kNoValue;
}

/// Is `id` x cubed?
bool is_cube(const ir::Graph& graph, ir::ValueId id, ir::ValueId x) {
    if (const ir::Node* power = producer_of(graph, id, "Pow")) {
        const std::optional<double> exponent = scalar(graph, power->inputs[1]);
        return power->inputs[0] == x && exponent && *exponent == 3.0;
    }
    const ir::Node* product = producer_of(graph, id, "Mul");
    if (product == nullptr) return false;
    for (size_t side = 0; side < 2; ++side) {
        const ir::Node* square = producer_of(graph, product->inputs[side], "Mul");
        if (product->inputs[1 - side] == x && square != nullptr && square->inputs[0] == x && square->inputs[1] == x) {
            return true;
        }
    }
    return false;
}

/// x where `argument` is sqrt(2 / pi) * (x + 0.044715 * x^3).
ir::ValueId tanh_variable(const ir::Graph& graph, ir::ValueId argument) {
    constexpr double kTwoOverPi = 0.63661977236758134;
    const std::optional<WithConstant> scaled = with_constant(graph, producer_of(graph, argument, "Mul"));
    if (!scaled || !is_near(scaled->constant, std::sqrt(kTwoOverPi))) return ir::kNoValue;
    const ir::Node* sum = producer_of(graph, scaled->other, "Add");
    if (sum == nullptr) return ir::kNoValue;
    for (size_t side = 0; side < 2; ++side) {
        const std::optional<WithConstant> cubic = with_constant(graph, producer_of(graph, sum->inputs[side], "Mul"));
        const ir::ValueId x = sum->inputs[1 - side];
        if (cubic && is_near(cubic->constant, 0.044715) && is_cube(graph, cubic->other, x)) return x;
    }
    return ir::kNoValue;
}

/// 0.5 * x * (1 + Erf(x / sqrt(2))), or the form with Tanh, in any order of the products.
bool fuse_gelu(ir::Graph& graph, int index) {
    const ir::Node core = graph.nodes[static_cast<size_t>(index)];
    const bool by_erf = core.op == "Erf";
    const ir::ValueId x = by_erf ? erf_variable(graph, core.inputs[0]) : tanh_variable(graph, core.inputs[0]);
    const int reader = x == ir::kNoValue ? -1 : only_reader(graph, core.outputs[0]);
    if (reader < 0) return false;
    const ir::Node& sum = graph.nodes[static_cast<size_t>(reader)];
    const std::optional<WithConstant> plus = with_constant(graph, &sum);
    if (sum.op != "Add" || !plus || !is_near(plus->constant, 1.0)) return false;
    const auto product = product_chain(graph, sum.outputs[0], x, [](const Product& so_far) {
        return so_far.times_x == 1 && is_near(so_far.constant, 0.5);
    });
    if (!product) return false;
    std::map<std::string, ir::Attribute> form;
    if (!by_erf) form["approximate"] = std::string("tanh");
    become(graph, product->last, "Gelu", "tinamix", x, std::move(form), core);
    return true;
}

/// x where `clip` is Clip(x + 3, 0, 6).
ir::ValueId hard_variable(const ir::Graph& graph, const ir::Node& clip) {
    const bool attributes = clip.has("min") || clip.has("max");
    const auto bound = [&](size_t input, const char* name) -> std::optional<double> {
        if (attributes) return clip.has(name) ? std::optional<double>(clip.real(name, 0.0F)) : std::nullopt;
        return input < clip.inputs.size() ? scalar(graph, clip.inputs[input]) : std::nullopt;
    };
    const std::optional<double> low = bound(1, "min"), high = bound(2, "max");
    if (!low || *low != 0.0 || !high || *high != 6.0) return ir::kNoValue;
    const std::optional<WithConstant> shifted = with_constant(graph, producer_of(graph, clip.inputs[0], "Add"));
    return shifted && shifted->constant == 3.0 ? shifted->other : ir::kNoValue;
}

/// Clip(x + 3, 0, 6) / 6 is HardSigmoid, times x HardSwish.
bool fuse_hard(ir::Graph& graph, int index) {
    const ir::Node clip = graph.nodes[static_cast<size_t>(index)];
    const ir::ValueId x = hard_variable(graph, clip);
    if (x == ir::kNoValue) return false;
    constexpr double kSixth = 1.0 / 6.0;
    const auto is_swish = [](const Product& product) {
        return product.times_x == 1 && is_near(product.constant, kSixth);
    };
    const auto is_sigmoid = [](const Product& product) {
        return product.times_x == 0 && is_near(product.constant, kSixth);
    };
    if (const auto product = product_chain(graph, clip.outputs[0], x, is_swish)) {
        become(graph, product->last, "HardSwish", "", x, {}, clip);
        return true;
    }
    const auto product = product_chain(graph, clip.outputs[0], x, is_sigmoid);
    if (!product) return false;
    become(graph, product->last, "HardSigmoid", "", x, {{"alpha", static_cast<float>(kSixth)}, {"beta", 0.5F}}, clip);
    return true;
}

/// x * HardSigmoid(x) with a slope of 1/6 is HardSwish; x * Tanh(Softplus(x)) is Mish.
bool fuse_gate(ir::Graph& graph, int index) {
    const ir::Node gate = graph.nodes[static_cast<size_t>(index)];
    const int reader = only_reader(graph, gate.outputs[0]);
    if (reader < 0 || graph.nodes[static_cast<size_t>(reader)].op != "Mul") return false;
    const ir::Node& product = graph.nodes[static_cast<size_t>(reader)];
    const ir::ValueId x = product.inputs[product.inputs[0] == gate.outputs[0] ? 1 : 0];
    if (gate.op == "HardSigmoid") {
        const bool sixth = is_near(gate.real("alpha", 0.2F), 1.0 / 6.0) && is_near(gate.real("beta", 0.5F), 0.5);
        if (gate.inputs[0] != x || !sixth) return false;
        become(graph, reader, "HardSwish", "", x, {}, gate);
        return true;
    }
    const ir::Node* softplus = producer_of(graph, gate.inputs[0], "Softplus");
    if (softplus == nullptr || softplus->inputs[0] != x) return false;
    become(graph, reader, "Mish", "tinamix", x, {}, gate);
    return true;
}

}  // namespace

void fuse_activations(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::Node& node = graph.nodes[i];
        const auto index = static_cast<int>(i);
        if (!node.domain.empty() || node.outputs.empty() || node.outputs[0] == ir::kNoValue ||
            graph.value(node.outputs[0]).type != ir::ElementType::kFloat32) {
            continue;
        }
        if (node.op == "Erf") fuse_gelu(graph, index);
        if (node.op == "Clip") fuse_hard(graph, index);
        if (node.op == "HardSigmoid") fuse_gate(graph, index);
        if (node.op == "Tanh" && !fuse_gelu(graph, index)) fuse_gate(graph, index);
    }
    graph.remove_dead();
}

}  // namespace tinamix::optimize
