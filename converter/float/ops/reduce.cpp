// The reductions. Each is an accumulator: what one element does to it, and what it says in the end. Axes are an
// attribute in the older form (up to opset 12 for ReduceSum, 17 for the others) and an optional input in the newer.
#include <cmath>
#include <limits>
#include <type_traits>

#include "float/element_types.h"
#include "float/movement_shapes.h"
#include "float/parallel.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// Floats are summed in double; integers in 64 bits, where they wrap.
template <typename T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

template <typename T>
Wide<T> widened(T x) {
    return static_cast<Wide<T>>(x);
}

/// An integer total as the signed number that it is.
template <typename T>
double real_value(Wide<T> x) {
    if constexpr (std::is_floating_point_v<T>) {
        return x;
    } else {
        return static_cast<double>(static_cast<int64_t>(x));
    }
}

template <typename T>
struct Sum {
    Wide<T> total = 0;
    void add(T x) { total += widened(x); }
    T result(int64_t) const { return static_cast<T>(total); }
};

template <typename T>
struct Mean : Sum<T> {
    T result(int64_t count) const {
        return static_cast<T>(count == 0 ? std::numeric_limits<double>::quiet_NaN()
                                         : real_value<T>(this->total) / static_cast<double>(count));
    }
};

template <typename T>
struct Product {
    Wide<T> total = 1;
    void add(T x) { total *= widened(x); }
    T result(int64_t) const { return static_cast<T>(total); }
};

template <typename T>
struct SumSquare : Sum<T> {
    void add(T x) { this->total += widened(x) * widened(x); }
};

template <typename T>
struct L1 : Sum<T> {
    void add(T x) { this->total += x < 0 ? Wide<T>(0) - widened(x) : widened(x); }
};

template <typename T>
struct L2 : SumSquare<T> {
    T result(int64_t) const { return static_cast<T>(std::sqrt(real_value<T>(this->total))); }
};

template <typename T>
struct LogSum : Sum<T> {
    T result(int64_t) const { return static_cast<T>(std::log(real_value<T>(this->total))); }
};

/// The sum is kept relative to the largest element so far, so that nothing overflows.
template <typename T>
struct LogSumExp {
    double largest = -std::numeric_limits<double>::infinity(), total = 0;
    void add(T value) {
        const auto x = static_cast<double>(value);
        if (x > largest) {
            total = total * std::exp(largest - x) + 1;
            largest = x;
        } else if (x == largest) {
            total += 1;
        } else {
            total += std::exp(x - largest);
        }
    }
    T result(int64_t) const { return static_cast<T>(largest + std::log(total)); }
};

template <typename T>
struct Largest {
    T value =
        std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
    void add(T x) { value = x > value || x != x ? x : value; }
    T result(int64_t) const { return value; }
};

template <typename T>
struct Smallest {
    T value = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
    void add(T x) { value = x < value || x != x ? x : value; }
    T result(int64_t) const { return value; }
};

template <template <typename> typename Accumulator, typename T>
ir::Tensor reduce(const Call& call) {
    const ir::Tensor& x = call.input(0);
    std::vector<char> reduced = reduced_axes(call.node(), x.shape().size(), call.ints_of(1, "axes"));
    const ir::Shape result_shape = reduced_shape(call.node(), x.shape(), reduced);
    // Rows along the last axis; an odometer over the axes before it.
    ir::Shape from = x.shape();
    if (from.empty()) {
        from = {1};
        reduced = {1};
    }
    const size_t rank = from.size();
    ir::Shape kept = from;
    for (size_t i = 0; i < rank; ++i) {
        kept[i] = reduced[i] ? 1 : from[i];
    }
    Strides to = row_major_strides(kept);
    for (size_t i = 0; i < rank; ++i) {
        to[i] = reduced[i] ? 0 : to[i];
    }
    std::vector<Accumulator<T>> totals(static_cast<size_t>(ir::element_count(kept)));
    std::vector<int64_t> index(rank, 0);
    const int64_t length = from[rank - 1];
    const T* row = x.data<T>();
    int64_t at = 0;
    for (int64_t left = x.elements(); left > 0; left -= length, row += length) {
        Accumulator<T>* total = totals.data() + at;
        if (to[rank - 1] == 0) {
            Accumulator<T> one = *total;
            for (int64_t i = 0; i < length; ++i) {
                one.add(row[i]);
            }
            *total = one;
        } else {
            for (int64_t i = 0; i < length; ++i) {
                total[i].add(row[i]);
            }
        }
        for (size_t axis = rank - 1; axis-- > 0;) {
            at += to[axis];
            if (++index[axis] < from[axis]) {
                break;
            }
            at -= to[axis] * from[axis];
            index[axis] = 0;
        }
    }
    const int64_t count = totals.empty() ? 0 : x.elements() / static_cast<int64_t>(totals.size());
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), result_shape);
    for (size_t i = 0; i < totals.size(); ++i) {
        result.data<T>()[i] = totals[i].result(count);
    }
    return result;
}

template <template <typename> typename Accumulator>
void add(Registry& registry, const char* name) {
    registry.add(name, LayoutUse::kOnnx, [](Call& call) -> Tensors {
        return {with_number_type(call, call.input(0).type(),
                                 [&](auto zero) { return reduce<Accumulator, decltype(zero)>(call); })};
    });
}

}  // namespace

TINAMIX_FLOAT_OPS(reduce) {
    add<Sum>(registry, "ReduceSum");
    add<Mean>(registry, "ReduceMean");
    add<Product>(registry, "ReduceProd");
    add<Largest>(registry, "ReduceMax");
    add<Smallest>(registry, "ReduceMin");
    add<SumSquare>(registry, "ReduceSumSquare");
    add<L1>(registry, "ReduceL1");
    add<L2>(registry, "ReduceL2");
    add<LogSum>(registry, "ReduceLogSum");
    add<LogSumExp>(registry, "ReduceLogSumExp");
}

}  // namespace tinamix::float_exec
