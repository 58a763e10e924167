// TfIdfVectorizer over integers: how often each n-gram of a pool occurs in the input, with gaps of up to max_skip_count
// elements between its members.
#include <algorithm>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// The pool as the attributes write it: n-grams of length 1, then 2, ..., one after the other.
struct Pool {
    std::vector<std::vector<int64_t>> grams;
    std::vector<int64_t> columns;  ///< of the output, per n-gram
    int64_t width = 0;
};

Pool pool_of(const Call& call) {
    const std::vector<int64_t> counts = call.node().integers("ngram_counts"),
                               values = call.node().integers("pool_int64s");
    Pool pool;
    pool.columns = call.node().integers("ngram_indexes");
    for (size_t length = 1; length <= counts.size(); ++length) {
        const auto limit = static_cast<int64_t>(values.size());
        const int64_t first = counts[length - 1], end = length < counts.size() ? counts[length] : limit;
        call.require(first >= 0 && first <= end && end <= limit && (end - first) % static_cast<int64_t>(length) == 0,
                     "`ngram_counts` does not fit the pool");
        for (int64_t at = first; at < end; at += static_cast<int64_t>(length)) {
            pool.grams.emplace_back(values.begin() + at, values.begin() + at + static_cast<int64_t>(length));
        }
    }
    call.require(pool.columns.size() == pool.grams.size(), "`ngram_indexes` needs one entry per n-gram");
    for (int64_t column : pool.columns) {
        call.require(column >= 0 && column < (1 << 24), "an entry of `ngram_indexes` is out of range");
        pool.width = std::max(pool.width, column + 1);
    }
    return pool;
}

/// Occurrences of `gram` in `row` with every gap from 1 to max_skip + 1; a single element has none.
int64_t occurrences(const std::vector<int64_t>& gram, const int64_t* row, int64_t length, int64_t max_skip) {
    const auto size = static_cast<int64_t>(gram.size());
    int64_t count = 0;
    for (int64_t step = 1; step <= (size == 1 ? 1 : max_skip + 1); ++step) {
        for (int64_t start = 0; start + (size - 1) * step < length; ++start) {
            bool same = true;
            for (int64_t i = 0; same && i < size; ++i) {
                same = row[start + i * step] == gram[static_cast<size_t>(i)];
            }
            count += same ? 1 : 0;
        }
    }
    return count;
}

Tensors tf_idf_vectorizer(Call& call) {
    const ir::Shape shape = call.input(0).shape();
    call.require(shape.size() == 1 || shape.size() == 2, "the input must have one or two dimensions");
    const std::vector<int64_t> values = call.ints(0);
    const Pool pool = pool_of(call);
    const int64_t shortest = call.node().integer("min_gram_length", 1),
                  longest = call.node().integer("max_gram_length", 1);
    const int64_t max_skip = call.node().integer("max_skip_count", 0);
    call.require(max_skip >= 0 && max_skip < (1 << 20), "`max_skip_count` is out of range");
    const std::string mode = call.node().text("mode", "TF");
    const std::vector<float> weights = [&] {
        const auto found = call.node().attributes.find("weights");
        const auto* given =
            found == call.node().attributes.end() ? nullptr : std::get_if<std::vector<float>>(&found->second);
        return given == nullptr ? std::vector<float>(pool.grams.size(), 1.0F) : *given;
    }();
    call.require(weights.size() == pool.grams.size(), "`weights` needs one entry per n-gram");
    const int64_t rows = shape.size() == 2 ? shape[0] : 1, length = shape.back();
    ir::Shape result_shape(shape.begin(), shape.end() - 1);
    result_shape.push_back(pool.width);
    ir::Tensor result(ir::ElementType::kFloat32, result_shape);
    for (int64_t row = 0; row < rows; ++row) {
        for (size_t i = 0; i < pool.grams.size(); ++i) {
            const auto size = static_cast<int64_t>(pool.grams[i].size());
            if (size < shortest || size > longest) {
                continue;
            }
            const auto count =
                static_cast<float>(occurrences(pool.grams[i], values.data() + row * length, length, max_skip));
            const float weight = mode == "TF" ? 1.0F : weights[i];
            result.data<float>()[row * pool.width + pool.columns[i]] +=
                (mode == "IDF" ? std::min(count, 1.0F) : count) * weight;
        }
    }
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(tf_idf_vectorizer) {
    registry.add("TfIdfVectorizer", LayoutUse::kOnnx, tf_idf_vectorizer);
    registry.limit("TfIdfVectorizer", [](const ir::Node& node) -> std::string {
        if (node.has("pool_strings")) {
            return "strings are not supported";
        }
        const std::string mode = node.text("mode", "TF");
        return mode == "TF" || mode == "IDF" || mode == "TFIDF" ? "" : "unknown mode `" + mode + "`";
    });
}

}  // namespace tinamix::float_exec
