// Builds the model of the tmx tests; see tmx_test_model.h.
#include "tmx_test_model.h"

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "runtime/model_builder.h"
#include "tinamix.h"

namespace tmx::tool {
namespace {

using format::DataType;

/// What kernels of some processor read, behind an order that none does.
constexpr std::pair<int, int> kPackings[] = {{2, 1}, {16, 4}, {4, 16}, {8, 2}, {64, 1}};

void add_conv(tmx::testing::ModelBuilder* builder, int32_t input, int32_t output) {
    format::Conv2DT conv;
    conv.window = std::make_unique<format::Window2D>(1, 1, 1, 1, 1, 1, 0, 0, 0, 0);
    for (const auto& [nr, kr] : kPackings) {
        std::vector<int8_t> packed(static_cast<size_t>(nr * kr));
        packed[0] = 90;
        packed[static_cast<size_t>(kr)] = -70;
        auto weights = std::make_unique<format::PackedWeightsT>();
        weights->type = DataType::Int8;
        weights->nr = static_cast<uint8_t>(nr);
        weights->kr = static_cast<uint8_t>(kr);
        weights->span = builder->add_values(packed);
        conv.weights.push_back(std::move(weights));
    }
    conv.output = std::make_unique<format::OutputStageT>();
    conv.output->bias = builder->add_values<int32_t>({900, -700});
    conv.output->multipliers = builder->add_values<int32_t>({1 << 30, 1500000000});
    conv.output->shifts = builder->add_values<uint8_t>({37, 38});
    conv.output->clamp_min = -20;
    conv.output->clamp_max = 127;
    format::OpT& op = builder->op("conv1", format::Precision::W8A8, std::move(conv), {input}, output);
    op.onnx_type = "Conv+Relu";
    op.macs = 32;
}

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
    tmx::testing::ModelBuilder builder;
    format::ModelT& model = builder.model;
    model.producer = "tmx tests";
    model.target = "generic";
    model.settings = "{\"precision\": \"int8\"}";
    const int32_t image = builder.input("image", DataType::Int8, {1, 4, 4, 1}, 0.5F, -10);
    const int32_t features = builder.tensor("conv1/out", DataType::Int8, {1, 4, 4, 2}, 0.25F, -20);
    const int32_t pooled = builder.tensor("pool:0", DataType::Int8, {1, 2, 2, 2}, 0.25F, -20);
    for (const int32_t tensor : {image, features, pooled}) {
        model.tensors[static_cast<size_t>(tensor)]->onnx_axes = {0, 2, 3, 1};
    }
    const int32_t flat = builder.alias("flat", pooled, {1, 8});
    model.tensors[static_cast<size_t>(flat)]->onnx_axes.clear();
    const int32_t wide = builder.tensor("flat#wide", DataType::Int16, {1, 8}, 0.125F);
    model.tensors[static_cast<size_t>(wide)]->derived = true;
    const int32_t scores = builder.tensor("scores", DataType::Float32, {1, 8});
    builder.output(scores);
    builder.output(features);

    add_conv(&builder, image, features);
    format::MaxPool2DT pool;
    pool.window = std::make_unique<format::Window2D>(2, 2, 2, 2, 1, 1, 0, 0, 0, 0);
    builder.op("pool/2", format::Precision::W8A8, std::move(pool), {features}, pooled);
    format::RequantizeT widen;
    widen.rescale = std::make_unique<format::Rescale>(1 << 30, 29);
    widen.clamp_min = -32768;
    widen.clamp_max = 32767;
    builder.op("widen", format::Precision::W16A16, std::move(widen), {flat}, wide);
    builder.op("scores", format::Precision::F32, format::DequantizeT(), {wide}, scores);
    if (change) change(model);
    const auto file = builder.finish();
    return {reinterpret_cast<const char*>(file.data()), file.size()};
}

const float* test_image() {
    static constexpr float kImage[16] = {0, 5, -3.5F, 60, 12, 33.3F, 1, -1, 40, 7, 8, 9, 55, -5, 20, 25.5F};
    return kImage;
}

format::GoldenT test_golden(const std::string& bytes) {
    const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
    const tmx::testing::AlignedBytes file(copy);
    const tmx::testing::OpenModel model(file);
    tmx_model* opened = model.get();
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
