// Builds small model files, true ones and lying ones, without the converter.
#ifndef TINAMIX_TESTS_RUNTIME_MODEL_BUILDER_H_
#define TINAMIX_TESTS_RUNTIME_MODEL_BUILDER_H_

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "runtime/graph_format.h"
#include "tinamix.h"

namespace tmx::testing {

/// 64-byte aligned memory of exactly `size` bytes, so that sanitizers see the first byte read beyond it.
class AlignedBytes {
  public:
    AlignedBytes() = default;
    explicit AlignedBytes(size_t size);
    explicit AlignedBytes(const std::vector<uint8_t>& bytes);
    uint8_t* data() { return memory_.get(); }
    const uint8_t* data() const { return memory_.get(); }
    size_t size() const { return size_; }

  private:
    struct Free {
        void operator()(uint8_t* memory) const { std::free(memory); }
    };
    std::unique_ptr<uint8_t, Free> memory_;
    size_t size_ = 0;
};

/// Small deterministic generator (xorshift): the same numbers on every board.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
    uint64_t next();
    /// In [low, high].
    int32_t between(int32_t low, int32_t high);
    float real(float low, float high);

  private:
    uint64_t state_;
};

template <typename T>
std::vector<uint8_t> to_bytes(const std::vector<T>& values) {
    const auto* begin = reinterpret_cast<const uint8_t*>(values.data());
    return {begin, begin + values.size() * sizeof(T)};
}

/// Random codes of `type` (weights avoid the lowest code; float32 in -2..2), as bytes.
std::vector<uint8_t> random_bytes(Random& random, format::DataType type, size_t elements);

size_t element_bytes(format::DataType type);

/// A model under construction. Tensors get arena memory of their own, never shared; `model` stays open to lies.
class ModelBuilder {
  public:
    ModelBuilder();

    int32_t tensor(const std::string& name, format::DataType type, std::vector<int32_t> shape, float scale = 1.0F,
                   int32_t zero_point = 0);
    int32_t input(const std::string& name, format::DataType type, std::vector<int32_t> shape, float scale = 1.0F,
                  int32_t zero_point = 0);
    int32_t constant(const std::string& name, format::DataType type, std::vector<int32_t> shape,
                     const std::vector<uint8_t>& bytes, float scale = 1.0F, int32_t zero_point = 0);
    /// Another view of `owner`.
    int32_t alias(const std::string& name, int32_t owner, std::vector<int32_t> shape);
    void output(int32_t tensor) { model.outputs.push_back(tensor); }

    /// Appends bytes to the weight segment, aligned.
    format::Span add_bytes(const std::vector<uint8_t>& bytes);
    std::unique_ptr<format::Span> add_span(const std::vector<uint8_t>& bytes);
    template <typename T>
    std::unique_ptr<format::Span> add_values(const std::vector<T>& values) {
        return add_span(to_bytes(values));
    }

    /// Appends an op; `options` is an options table of the object API.
    template <typename OptionsT>
    format::OpT& op(const std::string& layer, format::Precision precision, OptionsT&& options,
                    std::vector<int32_t> inputs, int32_t output, uint64_t scratch_bytes = 0) {
        auto added = std::make_unique<format::OpT>();
        added->layer = layer;
        added->onnx_type = "Test";
        added->precision = precision;
        added->options.Set(std::forward<OptionsT>(options));
        added->inputs = std::move(inputs);
        added->outputs = {output};
        if (scratch_bytes != 0) {
            added->scratch_bytes = scratch_bytes;
            added->scratch_offset = reserve(scratch_bytes);
        }
        model.ops.push_back(std::move(added));
        return *model.ops.back();
    }

    /// The file. Fills arena_bytes, weights_bytes and the section unless the test has set them.
    AlignedBytes finish();

    format::ModelT model;
    std::vector<uint8_t> weights;

  private:
    uint64_t reserve(uint64_t bytes);

    uint64_t arena_end_ = 0;
};

/// Writes the right checksum into a file that was changed.
void seal(AlignedBytes& file);

/// Bytes of a file.
void write_file(const std::string& path, const uint8_t* data, size_t size);

/// 2^-(i/256) in Q30, the table of integer softmax.
std::vector<int32_t> exp2_table();

/// One small model that has every kind of op: the subject of truncations and flipped bits.
AlignedBytes model_of_every_op();

/// Opens from memory and must succeed; closes at the end.
class OpenModel {
  public:
    explicit OpenModel(const AlignedBytes& file, int32_t threads = 1);
    ~OpenModel() { tmx_model_close(model_); }
    OpenModel(const OpenModel&) = delete;
    OpenModel& operator=(const OpenModel&) = delete;
    tmx_model* get() const { return model_; }

    void set_input(int32_t index, const std::vector<uint8_t>& bytes);
    void run();
    std::vector<uint8_t> output(int32_t index) const;

  private:
    tmx_model* model_ = nullptr;
};

}  // namespace tmx::testing

#endif  // TINAMIX_TESTS_RUNTIME_MODEL_BUILDER_H_
