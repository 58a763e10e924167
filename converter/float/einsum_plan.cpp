// Labels by the rules of NumPy.
#include "float/einsum_plan.h"

#include <algorithm>
#include <map>

#include "float/call.h"

namespace tinamix::float_exec {

namespace {

/// Labels of one operand, axis by axis. An ellipsis becomes the labels '0', '1', ... counted from its last axis.
std::string axis_labels(const ir::Node& node, std::string term, size_t rank) {
    term.erase(std::remove(term.begin(), term.end(), ' '), term.end());
    const size_t dots = term.find("...");
    if (dots != std::string::npos) {
        const size_t named = term.size() - 3;
        require(node, named <= rank && rank - named <= 10, "the equation does not fit the inputs");
        std::string implied;
        for (size_t i = rank - named; i-- > 0;) {
            implied += static_cast<char>('0' + i);
        }
        term.replace(dots, 3, implied);
    }
    require(node, term.size() == rank, "the equation does not fit the inputs");
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

}  // namespace

EinsumPlan einsum_plan(const ir::Node& node, const std::vector<ir::Shape>& shapes) {
    const std::string equation = node.text("equation", "");
    const size_t arrow = equation.find("->");
    const std::vector<std::string> terms = split(equation.substr(0, arrow), ',');
    require(node, terms.size() == shapes.size(), "the equation names another number of inputs");
    std::map<char, int64_t> sizes;
    std::map<char, int> uses;
    std::vector<std::string> operands;
    std::string implied;
    for (size_t i = 0; i < terms.size(); ++i) {
        const ir::Shape& shape = shapes[i];
        operands.push_back(axis_labels(node, terms[i], shape.size()));
        for (size_t axis = 0; axis < shape.size(); ++axis) {
            const char label = operands[i][axis];
            const bool letter = (label >= 'a' && label <= 'z') || (label >= 'A' && label <= 'Z');
            require(node, letter || (label >= '0' && label <= '9'), "the equation has an unknown sign");
            int64_t& size = sizes.try_emplace(label, shape[axis]).first->second;
            require(node, size == shape[axis] || size == 1 || shape[axis] == 1, "the sizes of a label differ");
            size = std::max(size, shape[axis]);
            ++uses[label];
            if (!letter && implied.find(label) == std::string::npos) {
                implied += label;
            }
        }
    }
    std::sort(implied.rbegin(), implied.rend());
    EinsumPlan plan;
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
        require(node, found != sizes.end() && plan.labels.find(plan.labels[i]) == i,
                "the output of the equation has a label that is unknown or stands twice");
        plan.sizes.push_back(found->second);
    }
    for (size_t i = 0; i < operands.size(); ++i) {
        const Strides strides = row_major_strides(shapes[i]);
        Strides steps(plan.labels.size(), 0);
        for (size_t axis = 0; axis < operands[i].size(); ++axis) {
            // A label that stands twice in an operand walks along its diagonal.
            const bool repeats = shapes[i][axis] == 1;
            steps[plan.labels.find(operands[i][axis])] += repeats ? 0 : strides[axis];
        }
        plan.steps.push_back(std::move(steps));
    }
    return plan;
}

}  // namespace tinamix::float_exec
