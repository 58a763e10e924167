// ConvInteger, QLinearConv, MatMulInteger and QLinearMatMul: products of 8-bit integers, summed in 32 bits.
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
Product matrix_product(const Call& call, size_t b_index, const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
    const ir::Shape &left = call.input(0).shape(), &right = call.input(b_index).shape();
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

Product convolution(const Call& call, size_t w_index, const std::vector<int32_t>& x, const std::vector<int32_t>& w) {
    const ConvGeometry g = conv_geometry(call.node(), call.input(0).shape(), call.input(w_index).shape());
    std::vector<uint32_t> sums(static_cast<size_t>(ir::element_count(g.result)));
    direct_conv(g, x.data(), w.data(), sums.data(), call.pool());
    return {std::vector<int32_t>(sums.begin(), sums.end()), g.result};
}

Tensors integer_tensor(const Product& product) {
    Tensors results;
    results.push_back(ir::Tensor::from<int32_t>(product.shape, product.sums));
    return results;
}

/// Scales of the sums: that of input `a` times each of those of input `b`.
std::vector<float> sum_scales(const Call& call, size_t a, size_t b) {
    call.require(call.input(a).type() == ir::ElementType::kFloat32 && call.input(b).type() == call.input(a).type(),
                 "the scales must be float32");
    call.require(call.input(a).elements() == 1 && call.input(b).elements() > 0, "A needs one scale, B one or more");
    std::vector<float> scales = call.input(b).to_floats();
    for (float& scale : scales) {
        scale *= call.input(a).data<float>()[0];
    }
    return scales;
}

Tensors qlinear_matmul(Call& call) {
    const size_t rank_a = call.input(0).shape().size(), rank_b = call.input(3).shape().size();
    call.require(rank_a >= 2 && rank_b >= 2, "the inputs need two dimensions at least");
    const Product product = matrix_product(call, 3, centred(call, 0, 2, rank_a - 2), centred(call, 3, 5, rank_b - 1));
    const std::vector<float> scales = sum_scales(call, 1, 4);
    call.require(scales.size() == 1 || static_cast<int64_t>(scales.size()) == product.shape.back(),
                 "B needs one scale, or one per column");
    return {requantized(call, product.sums, product.shape, scales, 1, 6)};
}

Tensors qlinear_conv(Call& call) {
    Product product = convolution(call, 3, centred(call, 0, 2, 1), centred(call, 3, 5, 0));
    const std::vector<float> scales = sum_scales(call, 1, 4);
    const int64_t channels = product.shape[1];
    const int64_t inner = ir::element_count(ir::Shape(product.shape.begin() + 2, product.shape.end()));
    call.require(scales.size() == 1 || static_cast<int64_t>(scales.size()) == channels,
                 "the weights need one scale, or one per channel");
    if (call.has(8)) {
        const ir::Tensor& bias = call.input(8);
        call.require(bias.type() == ir::ElementType::kInt32 && bias.elements() == channels,
                     "the bias must have one int32 per channel");
        for (size_t i = 0; i < product.sums.size(); ++i) {
            const int32_t added = bias.data<int32_t>()[static_cast<int64_t>(i) / inner % channels];
            product.sums[i] =
                static_cast<int32_t>(static_cast<uint32_t>(product.sums[i]) + static_cast<uint32_t>(added));
        }
    }
    return {requantized(call, product.sums, product.shape, scales, inner, 6)};
}

}  // namespace

TINAMIX_FLOAT_OPS(integer_products) {
    registry.add("MatMulInteger", LayoutUse::kOnnx, [](Call& call) {
        const size_t rank_a = call.input(0).shape().size(), rank_b = call.input(1).shape().size();
        call.require(rank_a >= 2 && rank_b >= 2, "the inputs need two dimensions at least");
        return integer_tensor(
            matrix_product(call, 1, centred(call, 0, 2, rank_a - 2), centred(call, 1, 3, rank_b - 1)));
    });
    registry.add("ConvInteger", LayoutUse::kOnnx, [](Call& call) {
        return integer_tensor(convolution(call, 1, centred(call, 0, 2, 1), centred(call, 1, 3, 0)));
    });
    registry.add("QLinearMatMul", LayoutUse::kOnnx, qlinear_matmul);
    registry.add("QLinearConv", LayoutUse::kOnnx, qlinear_conv);
}

}  // namespace tinamix::float_exec
