// Gemm: alpha * A * B + beta * C, on XNNPACK. A constant B is packed once.
#include <optional>

#include "float/broadcast.h"
#include "float/constant_input.h"
#include "float/registry.h"
#include "float/strided_copy.h"
#include "float/xnnpack.h"

namespace tinamix::float_exec {

namespace {

/// The product with alpha folded into B, and C too when it is one value per column.
struct Packed {
    std::optional<DenseProduct> product;
    int64_t inputs = 0, outputs = 0;
    bool bias_inside = false;
};

std::vector<float> scaled(const ir::Tensor& tensor, float factor) {
    std::vector<float> values(tensor.data<float>(), tensor.data<float>() + tensor.elements());
    for (float& value : values) {
        value *= factor;
    }
    return values;
}

bool per_column(const ir::Tensor& c, int64_t outputs) {
    const ir::Shape& shape = c.shape();
    return c.elements() == outputs && !shape.empty() && shape.size() <= 2 && shape.back() == outputs;
}

Packed pack(const ir::Node& node, const ir::Tensor& b, const ir::Tensor* c) {
    if (b.type() != ir::ElementType::kFloat32 || b.shape().size() != 2 || b.elements() == 0) {
        throw Error(where(node), "B must be a float32 matrix");
    }
    const bool transposed = node.integer("transB", 0) != 0;
    Packed packed;
    packed.inputs = b.shape()[transposed ? 1 : 0];
    packed.outputs = b.shape()[transposed ? 0 : 1];
    packed.bias_inside = c != nullptr && c->type() == ir::ElementType::kFloat32 && per_column(*c, packed.outputs);
    const std::vector<float> weights = scaled(b, node.real("alpha", 1));
    const std::vector<float> bias = packed.bias_inside ? scaled(*c, node.real("beta", 1)) : std::vector<float>();
    packed.product.emplace(node, packed.inputs, packed.outputs, weights.data(), !transposed,
                           packed.bias_inside ? bias.data() : nullptr);
    return packed;
}

class Gemm final : public Kernel {
  public:
    Gemm(const ir::Graph& graph, const ir::Node& node) {
        if (const ir::Tensor* b = constant_input(graph, node, 1); b != nullptr) {
            packed_ = pack(node, *b, constant_input(graph, node, 2));
        }
    }

    Tensors run(Call& call) override {
        const ir::Tensor& a = call.input(0);
        call.require(a.type() == ir::ElementType::kFloat32 && a.shape().size() == 2, "A must be a float32 matrix");
        const bool turned = call.node().integer("transA", 0) != 0;
        const ir::Tensor rows = turned ? transposed(a, {1, 0}, call.pool()) : ir::Tensor();
        const ir::Tensor& left = turned ? rows : a;
        const Packed made = packed_.product ? Packed() : pack(call.node(), call.input(1), nullptr);
        const Packed& packed = packed_.product ? packed_ : made;
        call.require(left.shape()[1] == packed.inputs, "the inner dimensions of A and B differ");
        ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, {left.shape()[0], packed.outputs});
        packed.product->run(call.node(), left.shape()[0], left.data<float>(), result.data<float>(), call.pool());
        if (call.has(2) && !packed.bias_inside) {
            add_c(call, result);
        }
        return {std::move(result)};
    }

  private:
    static void add_c(const Call& call, ir::Tensor& result) {
        const ir::Tensor& c = call.input(2);
        call.require(
            c.type() == ir::ElementType::kFloat32 && broadcast_shape(call, result.shape(), c.shape()) == result.shape(),
            "C does not broadcast to the result");
        const float beta = call.node().real("beta", 1);
        const ir::Shape& shape = c.shape();
        const int64_t columns = result.shape()[1];
        const int64_t row_step = shape.size() < 2 || shape[0] == 1 ? 0 : shape[1];
        const int64_t column_step = shape.empty() || shape.back() == 1 ? 0 : 1;
        for (int64_t i = 0; i < result.elements(); ++i) {
            result.data<float>()[i] += beta * c.data<float>()[i / columns * row_step + i % columns * column_step];
        }
    }

    Packed packed_;
};

}  // namespace

TINAMIX_FLOAT_OPS(gemm) {
    registry.add_prepared("Gemm", LayoutUse::kOnnx,
                          [](const ir::Graph& graph, const ir::Node& node) -> std::unique_ptr<Kernel> {
                              return std::make_unique<Gemm>(graph, node);
                          });
}

}  // namespace tinamix::float_exec
