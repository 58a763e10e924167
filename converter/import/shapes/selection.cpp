// Operators that pick elements: by index, by order, by a condition.
#include <algorithm>

#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

/// `first` .. `last` of `from`.
ir::Shape part(const ir::Shape& from, size_t first, size_t last) {
    return {from.begin() + static_cast<std::ptrdiff_t>(first), from.begin() + static_cast<std::ptrdiff_t>(last)};
}

ir::Shape joined(ir::Shape a, const ir::Shape& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Outputs gather(const ShapeCall& call) {
    const ir::Shape& from = call.shape(0);
    const size_t axis = call.attribute_axis(0);
    return {{call.type(0), joined(joined(part(from, 0, axis), call.shape(1)), part(from, axis + 1, from.size()))}};
}

Outputs gather_elements(const ShapeCall& call) {
    call.attribute_axis(0);
    call.require(call.rank(1) == call.rank(0), "data and indices must have as many dimensions");
    return {{call.type(0), call.shape(1)}};
}

Outputs gather_nd(const ShapeCall& call) {
    const ir::Shape &from = call.shape(0), &indices = call.shape(1);
    const int64_t batch_dims = call.node().integer("batch_dims", 0);
    call.require(!indices.empty(), "the indices need a last axis");
    const auto ranks = static_cast<int64_t>(std::min(from.size(), indices.size()));
    call.require(batch_dims >= 0 && batch_dims < ranks, "`batch_dims` is out of range");
    const auto batch = static_cast<size_t>(batch_dims);
    call.require(indices.back() >= 1 && indices.back() <= static_cast<int64_t>(from.size() - batch),
                 "the indices name more axes than the data has");
    call.require(part(from, 0, batch) == part(indices, 0, batch), "the batches differ");
    return {{call.type(0), joined(part(indices, 0, indices.size() - 1),
                                  part(from, batch + static_cast<size_t>(indices.back()), from.size()))}};
}

Outputs top_k(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    const size_t axis = call.attribute_axis(-1);
    const int64_t k = call.scalar(1, call.node().integer("k", 0));
    call.require(k >= 0 && k <= shape[axis], "k is not within the axis");
    shape[axis] = k;
    return {{call.type(0), shape}, {ir::ElementType::kInt64, shape}};
}

Outputs one_hot(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    call.require(ir::element_count(call.shape(1)) == 1, "the depth must be one number");
    const auto depth = static_cast<double>(call.known(1).to_floats()[0]);
    call.require(depth >= 1 && depth < (1 << 30), "the depth is out of range");
    const size_t axis = call.axis(call.node().integer("axis", -1), shape.size() + 1);
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), static_cast<int64_t>(depth));
    return {{call.type(2), shape}};
}

Outputs compress(const ShapeCall& call) {
    const bool flat = !call.node().has("axis");
    ir::Shape shape = flat ? ir::Shape{ir::element_count(call.shape(0))} : call.shape(0);
    const size_t axis = flat ? 0 : call.attribute_axis(0);
    const ir::Tensor& condition = call.known(1);
    call.require(condition.type() == ir::ElementType::kBool && condition.elements() <= shape[axis],
                 "the condition must be bool and no longer than the axis");
    shape[axis] = std::count(condition.data<bool>(), condition.data<bool>() + condition.elements(), true);
    return {{call.type(0), shape}};
}

/// Only its attributes decide how many columns there are.
Outputs tf_idf_vectorizer(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    call.require(shape.size() == 1 || shape.size() == 2, "the input must have one or two dimensions");
    int64_t width = 0;
    for (int64_t column : call.node().integers("ngram_indexes")) {
        call.require(column >= 0 && column < (1 << 24), "an entry of `ngram_indexes` is out of range");
        width = std::max(width, column + 1);
    }
    shape.back() = width;
    return {{ir::ElementType::kFloat32, shape}};
}

}  // namespace

void add_selection_rules(ShapeRules& rules) {
    rules["Gather"] = gather;
    rules["GatherElements"] = gather_elements;
    rules["GatherND"] = gather_nd;
    rules["TopK"] = top_k;
    rules["OneHot"] = one_hot;
    rules["Compress"] = compress;
    rules["TfIdfVectorizer"] = tf_idf_vectorizer;
}

}  // namespace tinamix::import
