#include "model_builder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "runtime/model_file.h"

namespace tmx::testing {
namespace {

constexpr uint64_t kSlackBytes = 64;

uint64_t rounded_up(uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

AlignedBytes::AlignedBytes(size_t size) : size_(size) {
    void* memory = nullptr;
    if (posix_memalign(&memory, kAlignment, size == 0 ? 1 : size) != 0) throw std::bad_alloc();
    memory_.reset(static_cast<uint8_t*>(memory));
    std::memset(memory, 0, size);
}

AlignedBytes::AlignedBytes(const std::vector<uint8_t>& bytes) : AlignedBytes(bytes.size()) {
    std::memcpy(data(), bytes.data(), bytes.size());
}

uint64_t Random::next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ * 0x2545F4914F6CDD1DU;
}

int32_t Random::between(int32_t low, int32_t high) {
    const uint64_t span = static_cast<uint64_t>(int64_t{high} - low + 1);
    return static_cast<int32_t>(low + static_cast<int64_t>((next() >> 16) % span));
}

float Random::real(float low, float high) {
    return low + (high - low) * static_cast<float>(between(0, 1 << 20)) / static_cast<float>(1 << 20);
}

size_t element_bytes(format::DataType type) {
    return type == format::DataType::Int8 ? 1 : type == format::DataType::Int16 ? 2 : 4;
}

std::vector<uint8_t> random_bytes(Random& random, format::DataType type, size_t elements) {
    if (type == format::DataType::Int8) {
        std::vector<int8_t> values(elements);
        for (auto& value : values) value = static_cast<int8_t>(random.between(-127, 127));
        return to_bytes(values);
    }
    if (type == format::DataType::Int16) {
        std::vector<int16_t> values(elements);
        for (auto& value : values) value = static_cast<int16_t>(random.between(-32767, 32767));
        return to_bytes(values);
    }
    std::vector<float> values(elements);
    for (auto& value : values) value = random.real(-2.0F, 2.0F);
    return to_bytes(values);
}

ModelBuilder::ModelBuilder() {
    model.producer = "model_builder";
    model.target = "generic";
    model.settings = "{}";
}

uint64_t ModelBuilder::reserve(uint64_t bytes) {
    const uint64_t offset = arena_end_;
    arena_end_ = rounded_up(arena_end_ + bytes);
    return offset;
}

int32_t ModelBuilder::tensor(const std::string& name, format::DataType type, std::vector<int32_t> shape, float scale,
                             int32_t zero_point) {
    auto added = std::make_unique<format::TensorT>();
    added->name = name;
    added->type = type;
    added->scale = scale;
    added->zero_point = zero_point;
    uint64_t bytes = element_bytes(type);
    for (const int32_t size : shape) bytes *= static_cast<uint64_t>(size);
    added->shape = std::move(shape);
    added->offset = reserve(bytes);
    model.tensors.push_back(std::move(added));
    return static_cast<int32_t>(model.tensors.size()) - 1;
}

int32_t ModelBuilder::input(const std::string& name, format::DataType type, std::vector<int32_t> shape, float scale,
                            int32_t zero_point) {
    const int32_t index = tensor(name, type, std::move(shape), scale, zero_point);
    model.inputs.push_back(index);
    return index;
}

int32_t ModelBuilder::constant(const std::string& name, format::DataType type, std::vector<int32_t> shape,
                               const std::vector<uint8_t>& bytes, float scale, int32_t zero_point) {
    auto added = std::make_unique<format::TensorT>();
    added->name = name;
    added->type = type;
    added->scale = scale;
    added->zero_point = zero_point;
    added->shape = std::move(shape);
    added->storage = format::Storage::Constant;
    added->offset = add_bytes(bytes).offset();
    model.tensors.push_back(std::move(added));
    return static_cast<int32_t>(model.tensors.size()) - 1;
}

int32_t ModelBuilder::alias(const std::string& name, int32_t owner, std::vector<int32_t> shape) {
    auto added = std::make_unique<format::TensorT>(*model.tensors[static_cast<size_t>(owner)]);
    added->name = name;
    added->shape = std::move(shape);
    added->alias_of = owner;
    model.tensors.push_back(std::move(added));
    return static_cast<int32_t>(model.tensors.size()) - 1;
}

format::Span ModelBuilder::add_bytes(const std::vector<uint8_t>& bytes) {
    const uint64_t offset = rounded_up(weights.size());
    weights.resize(offset);
    weights.insert(weights.end(), bytes.begin(), bytes.end());
    return {offset, bytes.size()};
}

std::unique_ptr<format::Span> ModelBuilder::add_span(const std::vector<uint8_t>& bytes) {
    return std::make_unique<format::Span>(add_bytes(bytes));
}

AlignedBytes ModelBuilder::finish() {
    if (model.arena_bytes == 0) model.arena_bytes = rounded_up(arena_end_ + kSlackBytes);
    if (model.weights_bytes == 0) model.weights_bytes = weights.size();
    if (model.sections.empty() && !model.ops.empty()) {
        auto section = std::make_unique<format::SectionT>();
        section->op_count = static_cast<uint32_t>(model.ops.size());
        model.sections.push_back(std::move(section));
    }
    flatbuffers::FlatBufferBuilder builder;
    format::FinishModelBuffer(builder, format::Model::Pack(builder, &model));

    Trailer trailer = {};
    std::memcpy(trailer.magic, kTrailerMagic, sizeof(trailer.magic));
    trailer.version = kTrailerVersion;
    trailer.graph_bytes = builder.GetSize();
    trailer.weights_offset = rounded_up(builder.GetSize());
    trailer.weights_bytes = weights.size();
    trailer.file_bytes = trailer.weights_offset + weights.size() + sizeof(Trailer);
    AlignedBytes file(trailer.file_bytes);
    std::memcpy(file.data(), builder.GetBufferPointer(), builder.GetSize());
    if (!weights.empty()) std::memcpy(file.data() + trailer.weights_offset, weights.data(), weights.size());
    std::memcpy(file.data() + file.size() - sizeof(Trailer), &trailer, sizeof(Trailer));
    seal(file);
    return file;
}

void seal(AlignedBytes& file) {
    const uint64_t checksum = xxh64(file.data(), file.size() - kUncheckedTailBytes);
    std::memcpy(file.data() + file.size() - kUncheckedTailBytes, &checksum, sizeof(checksum));
}

void write_file(const std::string& path, const uint8_t* data, size_t size) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) throw std::runtime_error("cannot write " + path);
    const size_t written = size == 0 ? 0 : std::fwrite(data, 1, size, file);
    if (std::fclose(file) != 0 || written != size) throw std::runtime_error("cannot write " + path);
}

std::vector<int32_t> exp2_table() {
    std::vector<int32_t> table;
    for (int i = 0; i <= 256; ++i) table.push_back(static_cast<int32_t>(std::lround(std::exp2(30.0 - i / 256.0))));
    return table;
}

OpenModel::OpenModel(const AlignedBytes& file, int32_t threads) {
    tmx_options options;
    tmx_options_init(&options);
    options.threads = threads;
    const tmx_status status = tmx_model_open_memory(file.data(), file.size(), &options, &model_);
    if (status != TMX_OK) throw std::runtime_error(tmx_last_error(nullptr));
}

void OpenModel::set_input(int32_t index, const std::vector<uint8_t>& bytes) {
    tmx_tensor tensor;
    ASSERT_EQ(tmx_input(model_, index, &tensor), TMX_OK);
    ASSERT_EQ(tensor.bytes, bytes.size());
    std::memcpy(tensor.data, bytes.data(), bytes.size());
}

void OpenModel::run() { ASSERT_EQ(tmx_run(model_), TMX_OK) << tmx_last_error(model_); }

std::vector<uint8_t> OpenModel::output(int32_t index) const {
    tmx_tensor tensor;
    EXPECT_EQ(tmx_output(model_, index, &tensor), TMX_OK);
    const auto* data = static_cast<const uint8_t*>(tensor.data);
    return {data, data + tensor.bytes};
}

}  // namespace tmx::testing
