// A .tmx file opened with libtinamix: the exact simulation of what a board computes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "tinamix.h"

namespace tinamix::tool {

/// Owns a tmx_model. Every failure of the runtime becomes an Error with its message and the file's name.
class Simulation {
  public:
    Simulation(const std::string& path, int threads);
    /// From memory (copied to aligned storage); `name` stands in messages.
    Simulation(const void* data, size_t bytes, const std::string& name, int threads);
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    const tmx_info& info() const { return info_; }
    const std::string& path() const { return path_; }
    tmx_tensor tensor(int32_t index) const;
    tmx_op op(int32_t index) const;
    tmx_tensor input(int32_t index) const;
    tmx_tensor output(int32_t index) const;
    int32_t input_tensor(int32_t index) const { return tmx_input_tensor_index(model_, index); }
    int32_t output_tensor(int32_t index) const { return tmx_output_tensor_index(model_, index); }

    /// float32 in ONNX order. Throws Error when the shape differs from the model's.
    void set_input(int32_t index, const ir::Tensor& values);
    /// Codes in storage order: type and shape must be those of the file.
    void set_raw_input(int32_t index, const ir::Tensor& codes);
    /// Called after every op, its outputs still intact.
    using Observer = std::function<void(int32_t op)>;
    void run(const Observer& observer = {});
    /// All states to zero: a new sequence begins.
    void reset_states() { tmx_reset_state(model_); }

    /// The tensor that owns the memory of `tensor`, and every other one that shows it, in file order.
    std::vector<int32_t> sharing(int32_t tensor) const;
    /// Tensors that op `op` writes, with those that show the same memory under other shapes.
    std::vector<int32_t> visible_after(int32_t op) const;

    ir::Tensor output_values(int32_t index) const;
    /// Any tensor, float32 in ONNX order.
    ir::Tensor values(int32_t tensor) const;
    /// Any tensor as it lies in memory.
    ir::Tensor codes(int32_t tensor) const;

  private:
    void opened(tmx_status status);
    void check(tmx_status status) const;

    std::string path_;
    std::unique_ptr<void, void (*)(void*)> bytes_{nullptr, nullptr};
    tmx_model* model_ = nullptr;
    tmx_info info_{};
};

/// "w8a8", "w8a16", "w16a16", "f32".
const char* precision_text(tmx_precision precision);
/// "int8", "int16", "float32".
const char* type_text(tmx_type type);
ir::ElementType storage_type(tmx_type type);
ir::Shape onnx_shape(const tmx_tensor& tensor);
ir::Shape storage_shape(const tmx_tensor& tensor);

/// True for names that end in .tmx (simulation), false for .onnx (float32). Throws Error for anything else.
bool is_tmx(const std::string& path);

}  // namespace tinamix::tool
