#include "reference_executor.h"

#include <algorithm>
#include <stdexcept>

#include "kernels/kernel_table.h"

namespace tmx::testing {
namespace {

using namespace kernels;
using format::DataType;

int64_t product(const std::vector<int32_t>& shape, size_t begin, size_t end) {
    int64_t result = 1;
    for (size_t d = begin; d < end; ++d) result *= shape[d];
    return result;
}

Window to_kernel(const format::Window2D& w) {
    return {w.kernel_h(),   w.kernel_w(),   w.stride_h(), w.stride_w(),
            w.dilation_h(), w.dilation_w(), w.pad_top(),  w.pad_left()};
}

kernels::Rescale to_kernel(const format::Rescale& rescale) { return {rescale.multiplier(), rescale.shift()}; }

class Executor {
  public:
    Executor(const format::ModelT& model, const std::vector<uint8_t>& weights) : model_(model), weights_(weights) {
        // Kernels may read 64 bytes behind any buffer.
        weights_.resize(weights_.size() + kReadableSlackBytes);
        for (const auto& tensor : model.tensors) {
            const size_t bytes =
                static_cast<size_t>(product(tensor->shape, 0, tensor->shape.size())) * element_bytes(tensor->type);
            values_.emplace_back(bytes + kReadableSlackBytes);
            if (tensor->storage == format::Storage::Constant) {
                std::memcpy(values_.back().data(), weights_.data() + tensor->offset, bytes);
            }
        }
    }

    std::vector<std::vector<uint8_t>> run(const std::vector<std::vector<uint8_t>>& inputs) {
        for (size_t i = 0; i < inputs.size(); ++i) {
            std::copy(inputs[i].begin(), inputs[i].end(), values_[owner(model_.inputs[i])].begin());
        }
        for (const auto& op : model_.ops) run_op(*op);
        for (size_t i = 0; i < values_.size(); ++i) {
            if (model_.tensors[i]->alias_of >= 0) values_[i] = values_[owner(static_cast<int32_t>(i))];
        }
        for (auto& bytes : values_) bytes.resize(bytes.size() - kReadableSlackBytes);
        return values_;
    }

  private:
    size_t owner(int32_t tensor) const {
        const int32_t alias_of = model_.tensors[static_cast<size_t>(tensor)]->alias_of;
        return static_cast<size_t>(alias_of < 0 ? tensor : alias_of);
    }
    const format::TensorT& tensor(int32_t index) const { return *model_.tensors[static_cast<size_t>(index)]; }
    uint8_t* data(int32_t index) { return values_[owner(index)].data(); }
    template <typename T>
    const T* span(const std::unique_ptr<format::Span>& span) const {
        return span == nullptr ? nullptr : reinterpret_cast<const T*>(weights_.data() + span->offset());
    }

    kernels::OutputStage stage(const format::OutputStageT& file, const format::TensorT& out) const {
        return {span<uint8_t>(file.bias),
                span<int32_t>(file.multipliers),
                span<uint8_t>(file.shifts),
                out.zero_point,
                file.clamp_min,
                file.clamp_max,
                file.clamp_min_f32,
                file.clamp_max_f32};
    }

    void run_op(const format::OpT& op) {
        switch (op.options.type) {
            case format::Options::Conv2D:
                return conv(op, *op.options.AsConv2D());
            case format::Options::DepthwiseConv2D:
                return depthwise(op, *op.options.AsDepthwiseConv2D());
            case format::Options::MaxPool2D:
                return pool(op, *op.options.AsMaxPool2D()->window, {}, false, table_.max_pool);
            case format::Options::AveragePool2D: {
                const auto& options = *op.options.AsAveragePool2D();
                return pool(op, *options.window, options.rescales, options.count_padding, table_.average_pool);
            }
            case format::Options::Binary:
                return binary(op, *op.options.AsBinary());
            case format::Options::Concat:
                return concat(op, *op.options.AsConcat());
            case format::Options::Slice:
                return slice(op, *op.options.AsSlice());
            case format::Options::Transpose:
                return transpose(op, *op.options.AsTranspose());
            default:
                return run_elementwise(op);
        }
    }

    void conv(const format::OpT& op, const format::Conv2DT& options) {
        const auto &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
        const auto& packed = *options.weights[0];
        std::vector<uint8_t> scratch(static_cast<size_t>(in.shape[3]) * 4 + 2 * kReadableSlackBytes);
        const ConvArgs args = {in.shape[0],
                               in.shape[1],
                               in.shape[2],
                               in.shape[3],
                               out.shape[1],
                               out.shape[2],
                               out.shape[3],
                               options.groups,
                               to_kernel(*options.window),
                               data(op.inputs[0]),
                               in.zero_point,
                               span<uint8_t>(packed.span),
                               packed.nr,
                               packed.kr,
                               options.accumulator == format::Accumulator::Int64,
                               stage(*options.output, out),
                               data(op.outputs[0]),
                               scratch.data(),
                               false};
        conv_prepare(args, static_cast<int32_t>(element_bytes(in.type)));
        table_.conv[static_cast<int>(op.precision)].run(args, 0, product(out.shape, 0, 3));
    }

    void depthwise(const format::OpT& op, const format::DepthwiseConv2DT& options) {
        const auto &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
        std::vector<uint8_t> scratch(static_cast<size_t>(in.shape[3]) * 4 + 2 * kReadableSlackBytes);
        const DepthwiseArgs args = {in.shape[0],
                                    in.shape[1],
                                    in.shape[2],
                                    in.shape[3],
                                    out.shape[1],
                                    out.shape[2],
                                    to_kernel(*options.window),
                                    data(op.inputs[0]),
                                    in.zero_point,
                                    span<uint8_t>(options.weights->span),
                                    options.accumulator == format::Accumulator::Int64,
                                    stage(*options.output, out),
                                    data(op.outputs[0]),
                                    scratch.data()};
        depthwise_prepare(args, static_cast<int32_t>(element_bytes(in.type)));
        table_.depthwise[static_cast<int>(op.precision)].run(args, 0, product(out.shape, 0, 2));
    }

    void pool(const format::OpT& op, const format::Window2D& window, const std::vector<format::Rescale>& rescales,
              bool count_padding, const Kernel<PoolArgs>* kernel) {
        const auto &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
        std::vector<kernels::Rescale> table;
        for (const auto& rescale : rescales) table.push_back(to_kernel(rescale));
        const PoolArgs args = {in.shape[0],   in.shape[1],        in.shape[2],       in.shape[3],
                               out.shape[1],  out.shape[2],       to_kernel(window), data(op.inputs[0]),
                               in.zero_point, out.zero_point,     table.data(),      static_cast<int32_t>(table.size()),
                               count_padding, data(op.outputs[0])};
        kernel[static_cast<int>(out.type)].run(args, 0, product(out.shape, 0, 2));
    }

    void broadcast(const std::vector<int32_t>& in, const std::vector<int32_t>& out, int64_t* strides) {
        for (size_t d = 0; d < out.size(); ++d) {
            const size_t missing = out.size() - in.size();
            strides[d] = d < missing || in[d - missing] == 1 ? 0 : product(in, d - missing + 1, in.size());
        }
    }

    void binary(const format::OpT& op, const format::BinaryT& options) {
        const auto &a = tensor(op.inputs[0]), &b = tensor(op.inputs[1]), &out = tensor(op.outputs[0]);
        BinaryArgs args = {};
        args.function = static_cast<BinaryFunction>(options.function);
        args.rank = static_cast<int32_t>(out.shape.size());
        std::copy(out.shape.begin(), out.shape.end(), args.shape);
        broadcast(a.shape, out.shape, args.stride_a);
        broadcast(b.shape, out.shape, args.stride_b);
        args.a = data(op.inputs[0]);
        args.b = data(op.inputs[1]);
        args.zero_point_a = a.zero_point;
        args.zero_point_b = b.zero_point;
        args.zero_point_out = out.zero_point;
        args.multiplier_a = options.multiplier_a;
        args.multiplier_b = options.multiplier_b;
        args.shift = options.shift;
        args.shift_b = options.shift_b;
        args.clamp_min = options.clamp_min;
        args.clamp_max = options.clamp_max;
        args.clamp_min_f32 = options.clamp_min_f32;
        args.clamp_max_f32 = options.clamp_max_f32;
        args.output = data(op.outputs[0]);
        table_.binary[static_cast<int>(out.type)].run(args, 0, product(out.shape, 0, out.shape.size() - 1));
    }

    /// Element by element, so that it shares nothing with the runtime's row copies.
    void concat(const format::OpT& op, const format::ConcatT& options) {
        const auto& out = tensor(op.outputs[0]);
        const auto axis = static_cast<size_t>(options.axis);
        const int64_t outer = product(out.shape, 0, axis);
        const int64_t stride = product(out.shape, axis, out.shape.size());
        const auto bytes = static_cast<int64_t>(element_bytes(out.type));
        int64_t begin = 0;
        for (size_t i = 0; i < op.inputs.size(); ++i) {
            const auto& in = tensor(op.inputs[i]);
            const int64_t inner = product(in.shape, axis, in.shape.size());
            for (int64_t e = 0; e < outer * inner; ++e) {
                const uint8_t* from = data(op.inputs[i]) + e * bytes;
                uint8_t* to = data(op.outputs[0]) + (e / inner * stride + begin + e % inner) * bytes;
                if (out.type == DataType::Float32) {
                    std::memcpy(to, from, 4);
                    continue;
                }
                const bool int8 = out.type == DataType::Int8;
                const RequantizeArgs args = {1,
                                             1,
                                             1,
                                             from,
                                             in.zero_point,
                                             out.zero_point,
                                             to_kernel(options.rescales[i]),
                                             int8 ? -128 : -32768,
                                             int8 ? 127 : 32767,
                                             to};
                table_.requantize[int8 ? TypePairSlot::i8_i8 : TypePairSlot::i16_i16].run(args, 0, 1);
            }
            begin += inner;
        }
    }

    void slice(const format::OpT& op, const format::SliceT& options) {
        const auto &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
        copy_elements(op, in, out, [&](const std::vector<int32_t>& at) {
            std::vector<int32_t> from = at;
            for (size_t d = 0; d < at.size(); ++d) {
                from[d] = options.begin[d] + at[d] * (options.steps.empty() ? 1 : options.steps[d]);
            }
            return from;
        });
    }

    void transpose(const format::OpT& op, const format::TransposeT& options) {
        const auto &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
        copy_elements(op, in, out, [&](const std::vector<int32_t>& at) {
            std::vector<int32_t> from(at.size());
            for (size_t d = 0; d < at.size(); ++d) from[options.axes[d]] = at[d];
            return from;
        });
    }

    template <typename From>
    void copy_elements(const format::OpT& op, const format::TensorT& in, const format::TensorT& out, From from) {
        const size_t bytes = element_bytes(out.type);
        std::vector<int32_t> at(out.shape.size());
        for (int64_t e = 0; e < product(out.shape, 0, out.shape.size()); ++e) {
            int64_t rest = e;
            for (size_t d = out.shape.size(); d-- > 0; rest /= out.shape[d]) {
                at[d] = static_cast<int32_t>(rest % out.shape[d]);
            }
            const std::vector<int32_t> source = from(at);
            int64_t index = 0;
            for (size_t d = 0; d < source.size(); ++d) index = index * in.shape[d] + source[d];
            std::memcpy(data(op.outputs[0]) + static_cast<size_t>(e) * bytes,
                        data(op.inputs[0]) + static_cast<size_t>(index) * bytes, bytes);
        }
    }

    void run_elementwise(const format::OpT& op) {
        const auto &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
        const int64_t count = product(out.shape, 0, out.shape.size());
        const int32_t inner = out.shape.back();
        const auto outer = static_cast<int32_t>(count / inner);
        const int out_slot = static_cast<int>(out.type);
        const uint8_t* from = data(op.inputs[0]);
        uint8_t* to = data(op.outputs[0]);
        if (const auto* requantize = op.options.AsRequantize()) {
            const RequantizeArgs args = {outer,
                                         inner,
                                         inner,
                                         from,
                                         in.zero_point,
                                         out.zero_point,
                                         to_kernel(*requantize->rescale),
                                         requantize->clamp_min,
                                         requantize->clamp_max,
                                         to};
            table_.requantize[2 * static_cast<int>(in.type) + out_slot].run(args, 0, outer);
        } else if (const auto* quantize = op.options.AsQuantize()) {
            const QuantizeArgs args = {reinterpret_cast<const float*>(from), quantize->inverse_scale, out.zero_point,
                                       to};
            table_.quantize[out_slot].run(args, 0, count);
        } else if (op.options.AsDequantize() != nullptr) {
            const DequantizeArgs args = {from, in.scale, in.zero_point, reinterpret_cast<float*>(to)};
            table_.dequantize[static_cast<int>(in.type)].run(args, 0, count);
        } else if (const auto* lookup = op.options.AsLookup()) {
            table_.lookup[out_slot].run(
                {from, span<uint8_t>(lookup->table), to, lookup->octaves, lookup->interval_bits}, 0, count);
        } else if (const auto* unary = op.options.AsUnaryF32()) {
            const UnaryArgs args = {static_cast<UnaryFunction>(unary->function), unary->alpha, unary->beta,
                                    reinterpret_cast<const float*>(from), reinterpret_cast<float*>(to)};
            table_.unary[TypeSlot::f32].run(args, 0, count);
        } else if (const auto* softmax = op.options.AsSoftmax()) {
            const kernels::Rescale rescale =
                softmax->rescale == nullptr ? kernels::Rescale{} : to_kernel(*softmax->rescale);
            const kernels::Rescale to_output =
                softmax->to_output == nullptr ? kernels::Rescale{} : to_kernel(*softmax->to_output);
            const auto& kernels = softmax->logarithm ? table_.log_softmax : table_.softmax;
            kernels[out_slot].run(
                {outer, inner, from, rescale, span<int32_t>(softmax->exp2), to, to_output, out.zero_point}, 0, outer);
        } else if (const auto* copy = op.options.AsIndexedCopy()) {
            uint32_t fill = static_cast<uint32_t>(copy->fill);
            if (out.type == DataType::Float32) std::memcpy(&fill, &copy->fill_f32, sizeof(fill));
            const IndexedCopyArgs args = {static_cast<int32_t>(element_bytes(out.type)),
                                          in.shape[0],
                                          in.shape[1],
                                          in.shape[2],
                                          in.shape[3],
                                          out.shape[1],
                                          out.shape[2],
                                          span<int32_t>(copy->rows),
                                          span<int32_t>(copy->columns),
                                          fill,
                                          from,
                                          to};
            table_.indexed_copy[AnySlot::any].run(args, 0, int64_t{in.shape[0]} * out.shape[1]);
        } else if (op.options.AsGather() != nullptr) {
            const GatherArgs args = {static_cast<int32_t>(element_bytes(out.type)),
                                     in.shape[0],
                                     in.shape[1],
                                     in.shape[2],
                                     out.shape[1],
                                     reinterpret_cast<const int32_t*>(data(op.inputs[1])),
                                     from,
                                     to};
            table_.gather[AnySlot::any].run(args, 0, int64_t{in.shape[0]} * out.shape[1]);
        } else if (const auto* resample = op.options.AsResample()) {
            const auto taps = [&](const format::AxisTapsT& file) {
                return kernels::AxisTaps{file.taps, span<int32_t>(file.indices), span<uint8_t>(file.weights)};
            };
            const ResampleArgs args = {in.shape[0],
                                       in.shape[1],
                                       in.shape[2],
                                       in.shape[3],
                                       out.shape[1],
                                       out.shape[2],
                                       taps(*resample->rows),
                                       taps(*resample->columns),
                                       from,
                                       in.zero_point,
                                       out.zero_point,
                                       resample->rescale ? to_kernel(*resample->rescale) : kernels::Rescale{},
                                       to};
            table_.resample[out_slot].run(args, 0, int64_t{in.shape[0]} * out.shape[1]);
        } else {
            throw std::logic_error("reference executor: unknown op");
        }
    }

    const KernelTable& table_ = reference_kernels();
    const format::ModelT& model_;
    std::vector<uint8_t> weights_;
    std::vector<std::vector<uint8_t>> values_;
};

}  // namespace

std::vector<std::vector<uint8_t>> run_reference(const format::ModelT& model, const std::vector<uint8_t>& weights,
                                                const std::vector<std::vector<uint8_t>>& inputs) {
    return Executor(model, weights).run(inputs);
}

}  // namespace tmx::testing
