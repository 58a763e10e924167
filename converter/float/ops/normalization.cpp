// Normalizations by moments of the data itself: LayerNormalization, InstanceNormalization, GroupNormalization,
// MeanVarianceNormalization, LpNormalization. Sums in double.
#include <cmath>

#include "float/element_types.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

struct Moments {
    double mean, deviation;  ///< square root of (variance + epsilon)
};

template <typename T>
Moments moments(const T* values, int64_t count, double epsilon) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += static_cast<double>(values[i]);
    }
    const double mean = sum / static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i) {
        const double distance = static_cast<double>(values[i]) - mean;
        squares += distance * distance;
    }
    return {mean, std::sqrt(squares / static_cast<double>(count) + epsilon)};
}

/// Over the axes from `axis` to the end; scale and bias broadcast to those. Also mean and 1 / deviation per row.
Tensors layer_normalization(Call& call) {
    const ir::Tensor& x = call.input(0);
    const size_t axis = call.axis(call.node().integer("axis", -1));
    const auto split = x.shape().begin() + static_cast<std::ptrdiff_t>(axis);
    const ir::Shape inner(split, x.shape().end());
    const int64_t rows = ir::element_count(ir::Shape(x.shape().begin(), split)), count = ir::element_count(inner);
    const double epsilon = static_cast<double>(call.node().real("epsilon", 1e-5F));
    ir::Shape row_shape(x.shape().begin(), split);
    row_shape.resize(x.shape().size(), 1);
    Tensors results;
    with_float_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        auto parameter = [&](size_t index) {
            const ir::Tensor& given = call.input(index);
            call.require(given.type() == x.type() && given.shape().size() <= inner.size(),
                         "scale and bias must fit the normalized axes");
            return expanded(given, inner, call.pool());
        };
        const ir::Tensor scale = parameter(1), bias = call.has(2) ? parameter(2) : ir::Tensor(x.type(), inner);
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), x.shape());
        ir::Tensor means = ir::Tensor::uninitialized(x.type(), row_shape), inverses = means;
        for (int64_t row = 0; row < rows; ++row) {
            const T* from = x.data<T>() + row * count;
            const Moments m = moments(from, count, epsilon);
            means.data<T>()[row] = static_cast<T>(m.mean);
            inverses.data<T>()[row] = static_cast<T>(1 / m.deviation);
            for (int64_t i = 0; i < count; ++i) {
                const auto normal = static_cast<T>((static_cast<double>(from[i]) - m.mean) / m.deviation);
                result.data<T>()[row * count + i] = normal * scale.data<T>()[i] + bias.data<T>()[i];
            }
        }
        results = {std::move(result), std::move(means), std::move(inverses)};
        return 0;
    });
    return results;
}

/// Over `channels / groups` channels at a time and their spatial axes; then scale and bias, of which there are
/// `parameters` each, for as many blocks of neighbouring channels.
Tensors normalized_groups(Call& call, int64_t groups, int64_t parameters, const char* parameters_wanted) {
    const ir::Tensor& x = call.input(0);
    const int64_t channels = x.shape()[1], rows = x.shape()[0] * groups, count = x.elements() / rows;
    const int64_t pixels = x.elements() / x.shape()[0] / channels, share = channels / parameters;
    const double epsilon = static_cast<double>(call.node().real("epsilon", 1e-5F));
    for (size_t i = 1; i < 3; ++i) {
        call.require(call.input(i).type() == x.type() && call.input(i).elements() == parameters, parameters_wanted);
    }
    return {with_float_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), x.shape());
        for (int64_t row = 0; row < rows; ++row) {
            const T* from = x.data<T>() + row * count;
            const Moments m = moments(from, count, epsilon);
            for (int64_t i = 0; i < count; ++i) {
                const int64_t parameter = (row * count + i) / pixels % channels / share;
                const auto normal = static_cast<T>((static_cast<double>(from[i]) - m.mean) / m.deviation);
                result.data<T>()[row * count + i] =
                    normal * call.input(1).data<T>()[parameter] + call.input(2).data<T>()[parameter];
            }
        }
        return result;
    })};
}

constexpr const char* kOneForEachChannel = "one scale and one bias per channel are needed";

/// Over the spatial axes, with scale and bias per channel.
Tensors instance_normalization(Call& call) {
    const ir::Tensor& x = call.input(0);
    call.require(x.shape().size() >= 3 && x.elements() > 0, "the input must be an image");
    return normalized_groups(call, x.shape()[1], x.shape()[1], kOneForEachChannel);
}

/// Over the channels of a group and the spatial axes; scale and bias per channel, up to opset 20 per group.
Tensors group_normalization(Call& call) {
    const ir::Tensor& x = call.input(0);
    const int64_t groups = call.node().integer("num_groups", 0);
    call.require(x.shape().size() >= 2 && x.elements() > 0, "the input must have channels");
    const int64_t channels = x.shape()[1];
    call.require(groups >= 1 && channels % groups == 0, "the channels do not divide into `num_groups` groups");
    const int64_t parameters = call.opset() >= 21 ? channels : groups;
    return normalized_groups(
        call, groups, parameters,
        parameters == channels ? kOneForEachChannel : "one scale and one bias per group are needed");
}

/// `x` with `axes` moved to the end, normalized there, and moved back.
template <typename Normalize>
ir::Tensor normalized_over(const Call& call, const std::vector<size_t>& axes, const Normalize& normalize) {
    const ir::Tensor& x = call.input(0);
    std::vector<size_t> order, back(x.shape().size());
    for (size_t i = 0; i < x.shape().size(); ++i) {
        if (std::find(axes.begin(), axes.end(), i) == axes.end()) {
            order.push_back(i);
        }
    }
    order.insert(order.end(), axes.begin(), axes.end());
    int64_t count = 1;
    for (size_t axis : axes) {
        count *= x.shape()[axis];
    }
    for (size_t i = 0; i < order.size(); ++i) {
        back[order[i]] = i;
    }
    ir::Tensor rows = transposed(x, order, call.pool());
    for (int64_t at = 0; count > 0 && at < rows.elements(); at += count) {
        normalize(rows, at, count);
    }
    return transposed(rows, back, call.pool());
}

Tensors mean_variance_normalization(Call& call) {
    const ir::Tensor& x = call.input(0);
    std::vector<size_t> axes;
    for (int64_t axis : call.node().integers("axes", {0, 2, 3})) {
        axes.push_back(call.axis(axis));
    }
    return {with_float_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        return normalized_over(call, axes, [](ir::Tensor& rows, int64_t at, int64_t count) {
            T* values = rows.data<T>() + at;
            const Moments m = moments(values, count, 0);
            for (int64_t i = 0; i < count; ++i) {
                // The specification adds 1e-9 to the deviation.
                values[i] = static_cast<T>((static_cast<double>(values[i]) - m.mean) / (m.deviation + 1e-9));
            }
        });
    })};
}

Tensors lp_normalization(Call& call) {
    const int64_t p = call.node().integer("p", 2);
    return {with_float_type(call, call.input(0).type(), [&](auto zero) {
        using T = decltype(zero);
        const size_t axis = call.axis(call.node().integer("axis", -1));
        return normalized_over(call, {axis}, [p](ir::Tensor& rows, int64_t at, int64_t count) {
            T* values = rows.data<T>() + at;
            double sum = 0;
            for (int64_t i = 0; i < count; ++i) {
                const double size = std::fabs(static_cast<double>(values[i]));
                sum += p == 1 ? size : size * size;
            }
            const double norm = p == 1 ? sum : std::sqrt(sum);
            for (int64_t i = 0; i < count; ++i) {
                values[i] = norm == 0 ? T(0) : static_cast<T>(static_cast<double>(values[i]) / norm);
            }
        });
    })};
}

}  // namespace

TINAMIX_FLOAT_OPS(normalization) {
    registry.add("LayerNormalization", LayoutUse::kOnnx, layer_normalization);
    registry.add("InstanceNormalization", LayoutUse::kOnnx, instance_normalization);
    registry.add("GroupNormalization", LayoutUse::kOnnx, group_normalization);
    registry.add("MeanVarianceNormalization", LayoutUse::kOnnx, mean_variance_normalization);
    registry.add("LpNormalization", LayoutUse::kOnnx, lp_normalization);
    registry.limit("LpNormalization", [](const ir::Node& node) -> std::string {
        const int64_t p = node.integer("p", 2);
        return p == 1 || p == 2 ? "" : "`p` must be 1 or 2";
    });
}

}  // namespace tinamix::float_exec
