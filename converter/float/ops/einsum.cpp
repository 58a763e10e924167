// Einsum: sums of products over named axes. The loops run over all labels, outputs' first; nothing is reordered for
// speed.
#include <algorithm>
#include <map>

#include "float/element_types.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// Labels of one operand, axis by axis. An ellipsis becomes the labels '0', '1', ... counted from its last axis.
std::string axis_labels(const Call& call, std::string term, size_t rank) {
    term.erase(std::remove(term.begin(), term.end(), ' '), term.end());
    const size_t dots = term.find("...");
    if (dots != std::string::npos) {
        const size_t named = term.size() - 3;
        call.require(named <= rank && rank - named <= 10, "the equation does not fit the inputs");
        std::string implied;
        for (size_t i = rank - named; i-- > 0;) {
            implied += static_cast<char>('0' + i);
        }
        term.replace(dots, 3, implied);
    }
    call.require(term.size() == rank, "the equation does not fit the inputs");
    return term;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (char letter : text) {
        if (letter == separator) {
            parts.emplace_back();
        } else {
            parts.back() += letter;
        }
    }
    return parts;
}

struct Plan {
    std::string labels;          ///< those of the output, then those that are summed
    std::vector<int64_t> sizes;  ///< of the labels
    size_t output_rank;
    std::vector<Strides> steps;  ///< per operand and label
};

Plan plan_of(const Call& call) {
    const std::string equation = call.node().text("equation", "");
    const size_t arrow = equation.find("->");
    const std::vector<std::string> terms = split(equation.substr(0, arrow), ',');
    call.require(terms.size() == call.input_count(), "the equation names another number of inputs");
    std::map<char, int64_t> sizes;
    std::map<char, int> uses;
    std::vector<std::string> operands;
    std::string implied;
    for (size_t i = 0; i < terms.size(); ++i) {
        const ir::Shape& shape = call.input(i).shape();
        operands.push_back(axis_labels(call, terms[i], shape.size()));
        for (size_t axis = 0; axis < shape.size(); ++axis) {
            const char label = operands[i][axis];
            const bool letter = (label >= 'a' && label <= 'z') || (label >= 'A' && label <= 'Z');
            call.require(letter || (label >= '0' && label <= '9'), "the equation has an unknown sign");
            int64_t& size = sizes.try_emplace(label, shape[axis]).first->second;
            call.require(size == shape[axis] || size == 1 || shape[axis] == 1, "the sizes of a label differ");
            size = std::max(size, shape[axis]);
            ++uses[label];
            if (!letter && implied.find(label) == std::string::npos) {
                implied += label;
            }
        }
    }
    std::sort(implied.rbegin(), implied.rend());
    Plan plan;
    if (arrow == std::string::npos) {
        plan.labels = implied;
        for (const auto& [label, count] : uses) {
            if (count == 1 && implied.find(label) == std::string::npos) {
                plan.labels += label;
            }
        }
    } else {
        plan.labels = equation.substr(arrow + 2);
        plan.labels.erase(std::remove(plan.labels.begin(), plan.labels.end(), ' '), plan.labels.end());
        if (const size_t dots = plan.labels.find("..."); dots != std::string::npos) {
            plan.labels.replace(dots, 3, implied);
        }
    }
    plan.output_rank = plan.labels.size();
    for (const auto& [label, size] : sizes) {
        if (plan.labels.find(label) == std::string::npos) {
            plan.labels += label;
        }
    }
    for (size_t i = 0; i < plan.labels.size(); ++i) {
        const auto found = sizes.find(plan.labels[i]);
        call.require(found != sizes.end() && plan.labels.find(plan.labels[i]) == i,
                     "the output of the equation has a label that is unknown or stands twice");
        plan.sizes.push_back(found->second);
    }
    for (size_t i = 0; i < operands.size(); ++i) {
        const Strides strides = row_major_strides(call.input(i).shape());
        Strides steps(plan.labels.size(), 0);
        for (size_t axis = 0; axis < operands[i].size(); ++axis) {
            // A label that stands twice in an operand walks along its diagonal.
            const bool repeats = call.input(i).shape()[axis] == 1;
            steps[plan.labels.find(operands[i][axis])] += repeats ? 0 : strides[axis];
        }
        plan.steps.push_back(std::move(steps));
    }
    return plan;
}

template <typename T>
ir::Tensor einsum(const Call& call) {
    const Plan plan = plan_of(call);
    const auto split_at = plan.sizes.begin() + static_cast<std::ptrdiff_t>(plan.output_rank);
    const ir::Shape shape(plan.sizes.begin(), split_at);
    const int64_t summed = ir::element_count(ir::Shape(split_at, plan.sizes.end()));
    std::vector<const T*> from;
    for (size_t i = 0; i < call.input_count(); ++i) {
        call.require(call.input(i).type() == ir::element_type_of<T>(), "all inputs must have one element type");
        from.push_back(call.input(i).data<T>());
    }
    ir::Tensor result = ir::Tensor::uninitialized(ir::element_type_of<T>(), shape);
    std::vector<int64_t> index(plan.sizes.size(), 0);
    for (int64_t i = 0; i < result.elements(); ++i) {
        T sum = 0;
        for (int64_t k = 0; k < summed; ++k) {
            T product = 1;
            for (size_t operand = 0; operand < from.size(); ++operand) {
                product *= from[operand][0];
            }
            sum += product;
            // One odometer over all labels; its last digits are the summed ones.
            for (size_t digit = index.size(); digit-- > 0;) {
                ++index[digit];
                const bool wraps = index[digit] == plan.sizes[digit];
                for (size_t operand = 0; operand < from.size(); ++operand) {
                    from[operand] += plan.steps[operand][digit] * (wraps ? 1 - plan.sizes[digit] : 1);
                }
                if (!wraps) {
                    break;
                }
                index[digit] = 0;
            }
        }
        result.data<T>()[i] = sum;
    }
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(einsum) {
    registry.add("Einsum", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        return {with_float_type(call, call.input(0).type(), [&](auto zero) { return einsum<decltype(zero)>(call); })};
    });
}

}  // namespace tinamix::float_exec
