// Builds the model of the tmx tests; see tmx_test_model.h.
#include "tmx_test_model.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "model_file.h"
#include "tinamix.h"

namespace tmx::tool {
namespace {

using format::DataType;

size_t rounded_up(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

class ModelBuilder {
  public:
    format::ModelT model;

    template <typename T>
    format::Span add_data(const std::vector<T>& values) {
        const size_t offset = rounded_up(weights_.size());
        weights_.resize(offset + values.size() * sizeof(T));
        memcpy(weights_.data() + offset, values.data(), values.size() * sizeof(T));
        return {offset, values.size() * sizeof(T)};
    }

    format::TensorT& add_tensor(const char* name, DataType type, std::vector<int32_t> shape, float scale,
                                int32_t zero_point, uint64_t offset) {
        auto tensor = std::make_unique<format::TensorT>();
        tensor->name = name;
        tensor->type = type;
        tensor->shape = std::move(shape);
        tensor->scale = scale;
        tensor->zero_point = zero_point;
        tensor->offset = offset;
        model.tensors.push_back(std::move(tensor));
        return *model.tensors.back();
    }

    template <typename Options>
    Options& add_op(const char* layer, const char* onnx_type, format::Precision precision, int32_t input,
                    int32_t output, uint64_t macs) {
        auto op = std::make_unique<format::OpT>();
        op->layer = layer;
        op->onnx_type = onnx_type;
        op->precision = precision;
        op->options.Set(Options());
        op->inputs = {input};
        op->outputs = {output};
        op->macs = macs;
        model.ops.push_back(std::move(op));
        return *static_cast<Options*>(model.ops.back()->options.value);
    }

    std::string file() {
        weights_.resize(rounded_up(weights_.size()));
        model.weights_bytes = weights_.size();
        flatbuffers::FlatBufferBuilder builder;
        format::FinishModelBuffer(builder, format::Model::Pack(builder, &model));
        std::string bytes(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
        Trailer trailer = {};
        memcpy(trailer.magic, kTrailerMagic, sizeof(kTrailerMagic));
        trailer.version = kTrailerVersion;
        trailer.graph_bytes = bytes.size();
        bytes.resize(rounded_up(bytes.size()));
        trailer.weights_offset = bytes.size();
        trailer.weights_bytes = weights_.size();
        bytes += weights_;
        trailer.file_bytes = bytes.size() + sizeof(trailer);
        bytes.append(reinterpret_cast<const char*>(&trailer), sizeof(trailer));
        trailer.checksum = xxh64(bytes.data(), bytes.size() - kUncheckedTailBytes);
        memcpy(bytes.data() + bytes.size() - kUncheckedTailBytes, &trailer.checksum, sizeof(trailer.checksum));
        return bytes;
    }

  private:
    std::string weights_;
};

void add_conv(ModelBuilder* builder) {
    auto& conv = builder->add_op<format::Conv2DT>("conv1", "Conv+Relu", format::Precision::W8A8, 0, 1, 32);
    conv.window = std::make_unique<format::Window2D>(1, 1, 1, 1, 1, 1, 0, 0, 0, 0);
    auto weights = std::make_unique<format::PackedWeightsT>();
    weights->type = DataType::Int8;
    weights->span = std::make_unique<format::Span>(builder->add_data<int8_t>({90, -70}));
    conv.weights.push_back(std::move(weights));
    conv.output = std::make_unique<format::OutputStageT>();
    conv.output->bias = std::make_unique<format::Span>(builder->add_data<int32_t>({900, -700}));
    conv.output->multipliers = std::make_unique<format::Span>(builder->add_data<int32_t>({1 << 30, 1500000000}));
    conv.output->shifts = std::make_unique<format::Span>(builder->add_data<uint8_t>({37, 38}));
    conv.output->clamp_min = -20;
    conv.output->clamp_max = 127;
}

struct ModelCloser {
    void operator()(tmx_model* model) const { tmx_model_close(model); }
};

void require(tmx_status status, const tmx_model* model) {
    if (status != TMX_OK) throw std::runtime_error(tmx_last_error(model));
}

std::unique_ptr<format::GoldenArrayT> golden_array(const tmx_tensor& tensor, const float* values, float added) {
    auto array = std::make_unique<format::GoldenArrayT>();
    array->name = tensor.name;
    array->shape.assign(tensor.onnx_shape, tensor.onnx_shape + tensor.rank);
    for (size_t i = 0; i < tensor.elements; ++i) array->values.push_back(values[i] + added);
    return array;
}

struct Recorder {
    format::GoldenT* golden;

    static void observe(void* user, const tmx_model* model, int32_t op_index, uint64_t) {
        tmx_op op;
        tmx_tensor tensor;
        require(tmx_model_op(model, op_index, &op), model);
        require(tmx_model_tensor(model, op.outputs[0], &tensor), model);
        auto digest = std::make_unique<format::GoldenDigestT>();
        digest->tensor = static_cast<uint32_t>(op.outputs[0]);
        digest->name = tensor.name;
        digest->digest = tmx_digest(tensor.data, tensor.bytes);
        static_cast<Recorder*>(user)->golden->digests.push_back(std::move(digest));
    }
};

}  // namespace

std::string test_model(const std::function<void(format::ModelT&)>& change) {
    ModelBuilder builder;
    format::ModelT& model = builder.model;
    model.producer = "tmx tests";
    model.target = "generic";
    model.settings = "{\"precision\": \"int8\"}";
    model.sections.push_back(std::make_unique<format::SectionT>());
    model.sections[0]->op_count = 4;
    model.arena_bytes = 384;
    model.inputs = {0};
    model.outputs = {5, 1};
    builder.add_tensor("image", DataType::Int8, {1, 4, 4, 1}, 0.5F, -10, 0).onnx_axes = {0, 2, 3, 1};
    builder.add_tensor("conv1/out", DataType::Int8, {1, 4, 4, 2}, 0.25F, -20, 64).onnx_axes = {0, 2, 3, 1};
    builder.add_tensor("pool:0", DataType::Int8, {1, 2, 2, 2}, 0.25F, -20, 128).onnx_axes = {0, 2, 3, 1};
    builder.add_tensor("flat", DataType::Int8, {1, 8}, 0.25F, -20, 128).alias_of = 2;
    builder.add_tensor("flat#wide", DataType::Int16, {1, 8}, 0.125F, 0, 192).derived = true;
    builder.add_tensor("scores", DataType::Float32, {1, 8}, 1.0F, 0, 256);
    add_conv(&builder);
    builder.add_op<format::MaxPool2DT>("pool/2", "MaxPool", format::Precision::W8A8, 1, 2, 0).window =
        std::make_unique<format::Window2D>(2, 2, 2, 2, 1, 1, 0, 0, 0, 0);
    auto& widen = builder.add_op<format::RequantizeT>("widen", "", format::Precision::W16A16, 3, 4, 0);
    widen.rescale = std::make_unique<format::Rescale>(1 << 30, 29);
    widen.clamp_min = -32768;
    widen.clamp_max = 32767;
    builder.add_op<format::DequantizeT>("scores", "", format::Precision::F32, 4, 5, 0);
    if (change) change(model);
    return builder.file();
}

const float* test_image() {
    static constexpr float kImage[16] = {0, 5, -3.5F, 60, 12, 33.3F, 1, -1, 40, 7, 8, 9, 55, -5, 20, 25.5F};
    return kImage;
}

format::GoldenT test_golden(const std::string& bytes) {
    const std::unique_ptr<void, void (*)(void*)> memory(std::aligned_alloc(kAlignment, rounded_up(bytes.size())),
                                                        std::free);
    memcpy(memory.get(), bytes.data(), bytes.size());
    tmx_model* opened = nullptr;
    require(tmx_model_open_memory(memory.get(), bytes.size(), nullptr, &opened), nullptr);
    const std::unique_ptr<tmx_model, ModelCloser> model(opened);
    tmx_info info;
    tmx_model_info(opened, &info);
    format::GoldenT golden;
    golden.producer = "tmx tests";
    golden.model_checksum = info.checksum;
    tmx_tensor tensor;
    require(tmx_input(opened, 0, &tensor), opened);
    golden.inputs.push_back(golden_array(tensor, test_image(), 0));
    require(tmx_input_set_f32(opened, 0, test_image(), tensor.elements), opened);
    Recorder recorder = {&golden};
    tmx_set_observer(opened, Recorder::observe, &recorder, 0);
    require(tmx_run(opened), opened);
    for (int32_t i = 0; i < info.output_count; ++i) {
        require(tmx_output(opened, i, &tensor), opened);
        std::vector<float> values(tensor.elements);
        require(tmx_output_get_f32(opened, i, values.data(), values.size()), opened);
        golden.float_outputs.push_back(golden_array(tensor, values.data(), 0.25F));
    }
    return golden;
}

std::string golden_bytes(const format::GoldenT& golden) {
    flatbuffers::FlatBufferBuilder builder;
    format::FinishGoldenBuffer(builder, format::Golden::Pack(builder, &golden));
    std::string bytes(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
    bytes += "TMGTRAIL";
    const uint64_t digest = tmx_digest(bytes.data(), bytes.size());
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(digest >> shift & 255);
    return bytes;
}

}  // namespace tmx::tool
