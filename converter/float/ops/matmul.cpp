// MatMul with NumPy's rules for vectors and batches, on XNNPACK. A constant matrix B is packed once.
#include <optional>

#include "float/broadcast.h"
#include "float/registry.h"
#include "float/strided_copy.h"
#include "float/xnnpack.h"

namespace tinamix::float_exec {

namespace {

class MatMul final : public Kernel {
  public:
    MatMul(const ir::Graph& graph, const ir::Node& node) {
        if (node.inputs.size() == 2 && graph.is_constant(node.inputs[1])) {
            const ir::Tensor& b = *graph.value(node.inputs[1]).constant;
            if (b.shape().size() == 2 && b.type() == ir::ElementType::kFloat32 && b.elements() > 0) {
                packed_.emplace(node, b.shape()[0], b.shape()[1], b.data<float>(), true, nullptr);
            }
        }
    }

    Tensors run(Call& call) override {
        const ir::Tensor &a = call.input(0), &b = call.input(1);
        call.require(a.type() == ir::ElementType::kFloat32 && b.type() == ir::ElementType::kFloat32,
                     "the inputs must be float32");
        call.require(!a.shape().empty() && !b.shape().empty(), "the inputs must not be scalars");
        call.require(a.elements() > 0 && b.elements() > 0, "the inputs must not be empty");
        // Vectors become matrices, and lose the added dimension in the result.
        ir::Shape left = a.shape(), right = b.shape();
        const bool row_vector = left.size() == 1, column_vector = right.size() == 1;
        if (row_vector) {
            left.insert(left.begin(), 1);
        }
        if (column_vector) {
            right.push_back(1);
        }
        const int64_t rows = left[left.size() - 2], inner = left.back(), columns = right.back();
        call.require(right[right.size() - 2] == inner, "the inner dimensions of A and B differ");
        const ir::Shape batch_a(left.begin(), left.end() - 2), batch_b(right.begin(), right.end() - 2);
        const ir::Shape batch = broadcast_shape(call, batch_a, batch_b);
        ir::Shape shape = batch;
        if (!row_vector) {
            shape.push_back(rows);
        }
        if (!column_vector) {
            shape.push_back(columns);
        }
        ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, shape);
        const float *from_a = a.data<float>(), *from_b = b.data<float>();
        float* to = result.data<float>();
        if (batch_b.empty()) {
            const int64_t all_rows = rows * ir::element_count(batch);
            product_of(call, inner, columns, from_b, [&](const DenseProduct& product) {
                product.run(call.node(), all_rows, from_a, to, call.pool());
            });
            return {std::move(result)};
        }
        const Strides steps_a = batch_steps(batch_a, batch.size()), steps_b = batch_steps(batch_b, batch.size());
        for (int64_t index = 0; index < ir::element_count(batch); ++index) {
            int64_t rest = index, offset_a = 0, offset_b = 0;
            for (size_t i = batch.size(); i-- > 0;) {
                offset_a += rest % batch[i] * steps_a[i];
                offset_b += rest % batch[i] * steps_b[i];
                rest /= batch[i];
            }
            const DenseProduct product(call.node(), inner, columns, from_b + offset_b * inner * columns, true, nullptr);
            product.run(call.node(), rows, from_a + offset_a * rows * inner, to + index * rows * columns, call.pool());
        }
        return {std::move(result)};
    }

  private:
    template <typename Use>
    void product_of(const Call& call, int64_t inner, int64_t columns, const float* b, const Use& use) const {
        if (packed_) {
            use(*packed_);
        } else {
            use(DenseProduct(call.node(), inner, columns, b, true, nullptr));
        }
    }

    /// Matrices from one batch index to the next, 0 where the batch repeats.
    static Strides batch_steps(const ir::Shape& batch, size_t rank) {
        const Strides own = row_major_strides(batch);
        Strides steps(rank, 0);
        for (size_t i = 0; i < batch.size(); ++i) {
            steps[rank - batch.size() + i] = batch[i] == 1 ? 0 : own[i];
        }
        return steps;
    }

    std::optional<DenseProduct> packed_;
};

}  // namespace

TINAMIX_FLOAT_OPS(matmul) {
    registry.add_prepared("MatMul", LayoutUse::kOnnx,
                          [](const ir::Graph& graph, const ir::Node& node) -> std::unique_ptr<Kernel> {
                              return std::make_unique<MatMul>(graph, node);
                          });
}

}  // namespace tinamix::float_exec
