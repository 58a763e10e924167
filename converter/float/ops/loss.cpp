// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: scores [n, classes, d...] against class indices [n, d...].
#include <algorithm>
#include <cmath>
#include <optional>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// Minus the weighted log probability of each label, and what `reduction` makes of them.
ir::Tensor likelihood_loss(const Call& call, const ir::Tensor& log_probabilities) {
    const ir::Shape& shape = log_probabilities.shape();
    const ir::Tensor& labels = call.input(1);
    const int64_t batch = shape[0], classes = shape[1], inner = labels.elements() / std::max<int64_t>(1, batch);
    const std::vector<int64_t> label_values = call.ints(1);
    const float* weights = nullptr;
    if (call.has(2)) {
        call.require(call.input(2).type() == ir::ElementType::kFloat32 && call.input(2).elements() == classes,
                     "one float32 weight per class is needed");
        weights = call.input(2).data<float>();
    }
    const bool ignores = call.node().has("ignore_index");
    const int64_t ignored = call.node().integer("ignore_index", 0);
    ir::Tensor losses(ir::ElementType::kFloat32, labels.shape());
    double sum = 0, weight_sum = 0;
    for (int64_t i = 0; i < labels.elements(); ++i) {
        const int64_t label = label_values[static_cast<size_t>(i)];
        if (ignores && label == ignored) {
            continue;
        }
        if (label < 0 || label >= classes) {
            call.fail("label " + std::to_string(label) + " of " + std::to_string(classes) + " classes");
        }
        const float weight = weights == nullptr ? 1.0F : weights[label];
        const float loss = -weight * log_probabilities.data<float>()[(i / inner * classes + label) * inner + i % inner];
        losses.data<float>()[i] = loss;
        sum += static_cast<double>(loss);
        weight_sum += static_cast<double>(weight);
    }
    const std::string reduction = call.node().text("reduction", "mean");
    if (reduction == "none") {
        return losses;
    }
    return ir::Tensor::from<float>({}, {static_cast<float>(reduction == "mean" ? sum / weight_sum : sum)});
}

void check_shapes(const Call& call) {
    const ir::Tensor& scores = call.input(0);
    call.require(scores.type() == ir::ElementType::kFloat32, "the scores must be float32");
    ir::Shape wanted = scores.shape();
    call.require(wanted.size() >= 2 && scores.elements() > 0, "the scores need a batch and classes");
    wanted.erase(wanted.begin() + 1);
    call.require(call.input(1).shape() == wanted, "the labels must have the shape of the scores without the classes");
}

ir::Tensor log_softmax_over_classes(const ir::Tensor& scores) {
    const int64_t classes = scores.shape()[1], inner = scores.elements() / scores.shape()[0] / classes;
    ir::Tensor result = ir::Tensor::uninitialized(scores.type(), scores.shape());
    for (int64_t i = 0; i < scores.elements() / classes; ++i) {
        const int64_t first = i / inner * classes * inner + i % inner;
        const float* from = scores.data<float>() + first;
        float largest = from[0];
        for (int64_t c = 1; c < classes; ++c) {
            largest = std::max(largest, from[c * inner]);
        }
        double sum = 0;
        for (int64_t c = 0; c < classes; ++c) {
            sum += std::exp(static_cast<double>(from[c * inner] - largest));
        }
        for (int64_t c = 0; c < classes; ++c) {
            result.data<float>()[first + c * inner] =
                static_cast<float>(static_cast<double>(from[c * inner] - largest) - std::log(sum));
        }
    }
    return result;
}

std::string refusal(const ir::Node& node) {
    const std::string reduction = node.text("reduction", "mean");
    const bool known = reduction == "mean" || reduction == "sum" || reduction == "none";
    return known ? "" : "unknown reduction `" + reduction + "`";
}

}  // namespace

TINAMIX_FLOAT_OPS(loss) {
    registry.add("NegativeLogLikelihoodLoss", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        check_shapes(call);
        return {likelihood_loss(call, call.input(0))};
    });
    registry.add("SoftmaxCrossEntropyLoss", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        check_shapes(call);
        ir::Tensor log_probabilities = log_softmax_over_classes(call.input(0));
        ir::Tensor loss = likelihood_loss(call, log_probabilities);
        return {std::move(loss), std::move(log_probabilities)};
    });
    registry.limit("NegativeLogLikelihoodLoss", refusal);
    registry.limit("SoftmaxCrossEntropyLoss", refusal);
}

}  // namespace tinamix::float_exec
