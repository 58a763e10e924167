// ConvInteger and MatMulInteger: products of 8-bit integers, summed in 32 bits.
#include "float/broadcast.h"
#include "float/direct_conv.h"
#include "float/quantized.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

struct Product {
    std::vector<int32_t> sums;
    ir::Shape shape;
};

/// NumPy's matrix product of centred integers; both inputs have two dimensions at least.
Product matrix_product(const Call& call, const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
    const ir::Shape &left = call.input(0).shape(), &right = call.input(1).shape();
    call.require(left.size() >= 2 && right.size() >= 2, "the inputs need two dimensions at least");
    const int64_t rows = left[left.size() - 2], inner = left.back(), columns = right.back();
    call.require(right[right.size() - 2] == inner, "the inner dimensions of A and B differ");
    const ir::Shape batch_a(left.begin(), left.end() - 2), batch_b(right.begin(), right.end() - 2);
    Product product{{}, broadcast_shape(call, batch_a, batch_b)};
    const ir::Shape batch = product.shape;
    auto offset = [&](const ir::Shape& own, int64_t index) {
        const Strides strides = row_major_strides(own);
        int64_t at = 0;
        for (size_t i = batch.size(); i-- > 0; index /= batch[i]) {
            const size_t missing = batch.size() - own.size();
            at += i < missing || own[i - missing] == 1 ? 0 : index % batch[i] * strides[i - missing];
        }
        return at;
    };
    for (int64_t n = 0; n < ir::element_count(batch); ++n) {
        const int32_t* from_a = a.data() + offset(batch_a, n) * rows * inner;
        const int32_t* from_b = b.data() + offset(batch_b, n) * inner * columns;
        for (int64_t i = 0; i < rows * columns; ++i) {
            uint32_t sum = 0;  // wraps, as the 32 bits of the specification do
            for (int64_t k = 0; k < inner; ++k) {
                sum += static_cast<uint32_t>(from_a[i / columns * inner + k] * from_b[k * columns + i % columns]);
            }
            product.sums.push_back(static_cast<int32_t>(sum));
        }
    }
    product.shape.insert(product.shape.end(), {rows, columns});
    return product;
}

Product convolution(const Call& call, const std::vector<int32_t>& x, const std::vector<int32_t>& w) {
    const ConvGeometry g = conv_geometry(call.node(), call.input(0).shape(), call.input(1).shape());
    std::vector<uint32_t> sums(static_cast<size_t>(ir::element_count(g.result)));
    direct_conv(g, x.data(), w.data(), sums.data(), call.pool());
    return {std::vector<int32_t>(sums.begin(), sums.end()), g.result};
}

Tensors integer_tensor(const Product& product) {
    Tensors results;
    results.push_back(ir::Tensor::from<int32_t>(product.shape, product.sums));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(integer_products) {
    registry.add("MatMulInteger", LayoutUse::kOnnx, [](Call& call) {
        const size_t rank_a = call.input(0).shape().size(), rank_b = call.input(1).shape().size();
        call.require(rank_a >= 2 && rank_b >= 2, "the inputs need two dimensions at least");
        return integer_tensor(matrix_product(call, centred(call, 0, 2, rank_a - 2), centred(call, 1, 3, rank_b - 1)));
    });
    registry.add("ConvInteger", LayoutUse::kOnnx, [](Call& call) {
        return integer_tensor(convolution(call, centred(call, 0, 2, 1), centred(call, 1, 3, 0)));
    });
}

}  // namespace tinamix::float_exec
