// Comparing sets of tensors.
#include "tool/tensor_comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "diagnostics/error.h"

namespace tinamix::tool {
namespace {

/// Values of the chosen columns, all of them without a choice.
std::vector<float> chosen(const ir::Tensor& tensor, std::optional<Columns> columns, const std::string& name) {
    std::vector<float> all = tensor.to_floats();
    if (!columns) return all;
    const int64_t width = tensor.shape().empty() ? 1 : tensor.shape().back();
    if (columns->last >= width) {
        throw Error(fmt::format("tensor `{}`", name), fmt::format("has {} columns, not {}", width, columns->last + 1));
    }
    std::vector<float> values;
    for (int64_t row = 0; row < static_cast<int64_t>(all.size()) / width; ++row) {
        values.insert(values.end(), all.begin() + row * width + columns->first,
                      all.begin() + row * width + columns->last + 1);
    }
    return values;
}

bool is_score_vector(const ir::Shape& shape) { return (shape.size() == 1 || shape.size() == 2) && shape.back() >= 2; }

ComparedTensor compare_tensors(const std::string& name, const ir::Tensor& a, const ir::Tensor& b,
                               std::optional<Columns> columns) {
    ComparedTensor result;
    result.name = name;
    result.shape = a.shape();
    if (a.shape() != b.shape()) {
        result.problem = fmt::format("shapes differ: {} and {}", ir::shape_text(a.shape()), ir::shape_text(b.shape()));
        return result;
    }
    const std::vector<float> values_a = chosen(a, columns, name), values_b = chosen(b, columns, name);
    try {
        result.similarity = report::similarity(values_a, values_b, "");
    } catch (const Error& error) {
        result.problem = error.what();
        return result;
    }
    if (is_score_vector(a.shape()) && !columns) {
        result.agreement = report::top_agreement(values_a, values_b, static_cast<size_t>(a.shape().back()), name);
    }
    return result;
}

/// Whether `tensor`, missing on one side, spoils the comparison of `a` and `b`.
bool must_exist(const NamedTensor& tensor, const TensorSet& a, const TensorSet& b) {
    const bool runs = a.kind == TensorSet::Kind::kRun && b.kind == TensorSet::Kind::kRun;
    return !runs || tensor.is_output;
}

}  // namespace

Comparison compare_sets(const TensorSet& a, const TensorSet& b, std::optional<Columns> columns,
                        std::optional<double> min_cosine) {
    const bool single = a.kind == TensorSet::Kind::kSingle && b.kind == TensorSet::Kind::kSingle;
    Comparison comparison;
    bool complete = true;
    for (const NamedTensor& tensor : a.tensors) {
        const NamedTensor* other = single ? &b.tensors.front() : b.find(tensor.name);
        if (other == nullptr) {
            comparison.only_in_a.push_back(tensor.name);
            complete = complete && !must_exist(tensor, a, b);
            continue;
        }
        comparison.tensors.push_back(compare_tensors(tensor.name, tensor.load(), other->load(), columns));
    }
    for (const NamedTensor& tensor : b.tensors) {
        if (single || a.find(tensor.name) != nullptr) continue;
        comparison.only_in_b.push_back(tensor.name);
        complete = complete && !must_exist(tensor, a, b);
    }
    if (comparison.tensors.empty()) throw Error("compare", "the two have no tensor name in common");

    for (ComparedTensor& tensor : comparison.tensors) {
        if (tensor.problem.empty())
            comparison.least_cosine = std::min(comparison.least_cosine, tensor.similarity.cosine);
        tensor.below = !tensor.problem.empty() || (min_cosine && !(tensor.similarity.cosine >= *min_cosine));
        comparison.passed = comparison.passed && !tensor.below;
    }
    comparison.passed = comparison.passed && complete;
    return comparison;
}

}  // namespace tinamix::tool
