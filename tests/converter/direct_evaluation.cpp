// A few operators in double, one loop each.
#include "direct_evaluation.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "diagnostics/error.h"
#include "float/direct_conv.h"

namespace tinamix {

namespace {

using Reals = std::vector<double>;

class Evaluation {
  public:
    explicit Evaluation(const ir::Graph& graph) : graph_(graph) {
        for (size_t i = 0; i < graph.values.size(); ++i) {
            const auto id = static_cast<ir::ValueId>(i);
            if (graph.is_constant(id)) {
                set(id, *graph.value(id).constant);
            }
        }
    }
    void set(ir::ValueId id, const ir::Tensor& tensor) {
        if (tensor.type() == ir::ElementType::kFloat32) {
            const std::vector<float> floats = tensor.to_floats();
            values_[id] = Reals(floats.begin(), floats.end());
        } else {
            const std::vector<int64_t> integers = tensor.to_ints();
            values_[id] = Reals(integers.begin(), integers.end());
        }
    }
    const Reals& value(ir::ValueId id) const { return values_.at(id); }

    void run(const ir::Node& node) { values_[node.outputs[0]] = result(node); }

  private:
    bool has(const ir::Node& node, size_t index) const {
        return index < node.inputs.size() && node.inputs[index] != ir::kNoValue;
    }
    const Reals& input(const ir::Node& node, size_t index) const { return values_.at(node.inputs[index]); }
    const ir::Shape& shape(const ir::Node& node, size_t index) const { return graph_.value(node.inputs[index]).shape; }

    Reals result(const ir::Node& node) const {
        if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear") return linear(node);
        if (node.op == "Conv") return conv(node);
        if (node.op == "Gemm") return gemm(node);
        if (node.op == "GlobalAveragePool") return average(node);
        if (node.op == "Softmax") return softmax(node);
        Reals x = input(node, 0);
        if (node.op == "Add" && shape(node, 0) == shape(node, 1)) {
            for (size_t i = 0; i < x.size(); ++i) x[i] += input(node, 1)[i];
        } else if (node.op == "Relu" || node.op == "Clip") {
            const double low = has(node, 1) ? input(node, 1)[0] : node.op == "Relu" ? 0.0 : -HUGE_VAL;
            const double high = has(node, 2) ? input(node, 2)[0] : HUGE_VAL;
            for (double& value : x) value = std::clamp(value, low, high);
        } else if (node.op != "Flatten") {
            throw Error(node.op, "is not among the operators of this evaluation");
        }
        return x;
    }

    Reals linear(const ir::Node& node) const {
        const bool quantizes = node.op == "QuantizeLinear";
        const ir::Shape& from = shape(node, 0);
        const Reals &x = input(node, 0), &scale = input(node, 1);
        const auto rank = static_cast<int64_t>(from.size()), given = node.integer("axis", 1);
        const int64_t axis = scale.size() == 1 ? 0 : given < 0 ? given + rank : given;
        int64_t inner = 1;
        for (int64_t i = axis + 1; i < rank; ++i) inner *= from[static_cast<size_t>(i)];
        const auto [low, high] = limits(graph_.value(node.outputs[0]).type);
        Reals y(x.size());
        for (size_t i = 0; i < x.size(); ++i) {
            const size_t channel = scale.size() == 1 ? 0 : i / static_cast<size_t>(inner) % scale.size();
            const double zero = has(node, 2) ? input(node, 2)[channel] : 0;
            y[i] = quantizes ? std::clamp(std::nearbyint(x[i] / scale[channel]) + zero, low, high)
                             : (x[i] - zero) * scale[channel];
        }
        return y;
    }

    static std::pair<double, double> limits(ir::ElementType type) {
        switch (type) {
            case ir::ElementType::kInt8:
                return {-128, 127};
            case ir::ElementType::kUInt8:
                return {0, 255};
            case ir::ElementType::kInt16:
                return {-32768, 32767};
            case ir::ElementType::kUInt16:
                return {0, 65535};
            default:
                return {-HUGE_VAL, HUGE_VAL};
        }
    }

    Reals conv(const ir::Node& node) const {
        const float_exec::ConvGeometry g = float_exec::conv_geometry(node, shape(node, 0), shape(node, 1));
        Reals y(static_cast<size_t>(ir::element_count(g.result)));
        float_exec::direct_conv(g, input(node, 0).data(), input(node, 1).data(), y.data(), nullptr);
        for (size_t i = 0; has(node, 2) && i < y.size(); ++i) {
            y[i] += input(node, 2)[i / static_cast<size_t>(g.output_pixels()) % static_cast<size_t>(g.outputs)];
        }
        return y;
    }

    Reals gemm(const ir::Node& node) const {
        const bool turned = node.integer("transB", 0) != 0;
        const auto rows = static_cast<size_t>(shape(node, 0)[0]), inner = static_cast<size_t>(shape(node, 0)[1]);
        const auto columns = static_cast<size_t>(shape(node, 1)[turned ? 0 : 1]);
        Reals y;
        for (size_t i = 0; i < rows * columns; ++i) {
            double sum = has(node, 2) ? input(node, 2)[i % columns] : 0;
            for (size_t k = 0; k < inner; ++k) {
                sum += input(node, 0)[i / columns * inner + k] *
                       input(node, 1)[turned ? i % columns * inner + k : k * columns + i % columns];
            }
            y.push_back(sum);
        }
        return y;
    }

    Reals average(const ir::Node& node) const {
        const ir::Shape& from = shape(node, 0);
        const size_t planes = static_cast<size_t>(from[0] * from[1]), pixels = input(node, 0).size() / planes;
        Reals y(planes, 0);
        for (size_t i = 0; i < planes * pixels; ++i) y[i / pixels] += input(node, 0)[i] / static_cast<double>(pixels);
        return y;
    }

    Reals softmax(const ir::Node& node) const {
        Reals y = input(node, 0);
        const auto count = static_cast<size_t>(shape(node, 0).back());
        for (size_t first = 0; first < y.size(); first += count) {
            const auto begin = y.begin() + static_cast<std::ptrdiff_t>(first);
            const auto end = begin + static_cast<std::ptrdiff_t>(count);
            const double largest = *std::max_element(begin, end);
            double sum = 0;
            for (auto at = begin; at != end; ++at) sum += * at = std::exp(*at - largest);
            for (auto at = begin; at != end; ++at) *at /= sum;
        }
        return y;
    }

    const ir::Graph& graph_;
    std::map<ir::ValueId, Reals> values_;
};

}  // namespace

std::vector<double> evaluate_directly(const ir::Graph& graph, const ir::Tensor& input) {
    Evaluation evaluation(graph);
    evaluation.set(graph.inputs[0], input);
    for (const ir::Node& node : graph.nodes) evaluation.run(node);
    return evaluation.value(graph.outputs[0]);
}

}  // namespace tinamix
