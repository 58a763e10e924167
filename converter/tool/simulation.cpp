// Wraps the runtime's C API.
#include "tool/simulation.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>

#include "diagnostics/error.h"
#include "runtime/model_file.h"

namespace tinamix::tool {
namespace {

ir::Shape shape_of(const int32_t* dimensions, int32_t rank) { return ir::Shape(dimensions, dimensions + rank); }

/// What the C observer needs. Exceptions must not pass through the runtime's C frames: kept here and rethrown.
struct ObserverState {
    const Simulation::Observer* observer;
    std::exception_ptr failure;
};

void observe(void* user, const tmx_model*, int32_t op, uint64_t) {
    auto* state = static_cast<ObserverState*>(user);
    if (state->failure) return;
    try {
        (*state->observer)(op);
    } catch (...) {
        state->failure = std::current_exception();
    }
}

tmx_options options_for(int threads) {
    tmx_options options;
    tmx_options_init(&options);
    options.threads = threads;
    options.npu = TMX_NPU_OFF;  // the host has none, and simulates exactly what its copy computes
    return options;
}

}  // namespace

const char* precision_text(tmx_precision precision) {
    static constexpr const char* kNames[] = {"w8a8", "w8a16", "w16a16", "f32"};
    return kNames[precision];
}

const char* type_text(tmx_type type) {
    static constexpr const char* kNames[] = {"int8", "int16", "float32", "int32"};
    return kNames[type];
}

ir::ElementType storage_type(tmx_type type) {
    switch (type) {
        case TMX_INT8:
            return ir::ElementType::kInt8;
        case TMX_INT16:
            return ir::ElementType::kInt16;
        case TMX_INT32:
            return ir::ElementType::kInt32;
        case TMX_FLOAT32:
            break;
    }
    return ir::ElementType::kFloat32;
}

ir::Shape onnx_shape(const tmx_tensor& tensor) { return shape_of(tensor.onnx_shape, tensor.rank); }
ir::Shape storage_shape(const tmx_tensor& tensor) { return shape_of(tensor.shape, tensor.rank); }

bool is_tmx(const std::string& path) {
    const std::string extension = std::filesystem::path(path).extension();
    if (extension == ".tmx") return true;
    if (extension == ".onnx") return false;
    throw Error(path, "is neither .onnx nor .tmx");
}

Simulation::Simulation(const std::string& path, int threads) : path_(path) {
    const tmx_options options = options_for(threads);
    opened(tmx_model_open(path.c_str(), &options, &model_));
}

Simulation::Simulation(const void* data, size_t bytes, const std::string& name, int threads) : path_(name) {
    const size_t rounded = (bytes + tmx::kAlignment - 1) / tmx::kAlignment * tmx::kAlignment;
    bytes_ = {std::aligned_alloc(tmx::kAlignment, rounded), std::free};
    if (!bytes_) throw Error(name, "out of memory");
    std::memcpy(bytes_.get(), data, bytes);
    const tmx_options options = options_for(threads);
    opened(tmx_model_open_memory(bytes_.get(), bytes, &options, &model_));
}

void Simulation::opened(tmx_status status) {
    if (status != TMX_OK) {
        const std::string message = tmx_last_error(nullptr);
        // The runtime names the file itself where it has a path.
        throw Error(message.find(path_) == std::string::npos ? path_ : "", message);
    }
    tmx_model_info(model_, &info_);
}

Simulation::~Simulation() { tmx_model_close(model_); }

void Simulation::check(tmx_status status) const {
    if (status != TMX_OK) throw Error(path_, tmx_last_error(model_));
}

tmx_tensor Simulation::tensor(int32_t index) const {
    tmx_tensor tensor;
    check(tmx_model_tensor(model_, index, &tensor));
    return tensor;
}

tmx_op Simulation::op(int32_t index) const {
    tmx_op op;
    check(tmx_model_op(model_, index, &op));
    return op;
}

tmx_tensor Simulation::input(int32_t index) const {
    tmx_tensor tensor;
    check(tmx_input(model_, index, &tensor));
    return tensor;
}

tmx_tensor Simulation::output(int32_t index) const {
    tmx_tensor tensor;
    check(tmx_output(model_, index, &tensor));
    return tensor;
}

void Simulation::set_input(int32_t index, const ir::Tensor& values) {
    const tmx_tensor wanted = input(index);
    if (values.shape() != onnx_shape(wanted)) {
        throw Error(fmt::format("input `{}`", wanted.name),
                    fmt::format("shape {} given, {} wanted", ir::shape_text(values.shape()),
                                ir::shape_text(onnx_shape(wanted))));
    }
    if (values.type() == ir::ElementType::kFloat32) {
        check(tmx_input_set_f32(model_, index, values.data<float>(), wanted.elements));
        return;
    }
    const std::vector<float> floats = values.to_floats();
    check(tmx_input_set_f32(model_, index, floats.data(), floats.size()));
}

void Simulation::set_raw_input(int32_t index, const ir::Tensor& codes) {
    const tmx_tensor wanted = input(index);
    if (codes.shape() != storage_shape(wanted) || codes.type() != storage_type(wanted.type)) {
        throw Error(
            fmt::format("input `{}`", wanted.name),
            fmt::format("{} {} given, --raw wants {} {} (storage order)", ir::element_type_name(codes.type()),
                        ir::shape_text(codes.shape()), type_text(wanted.type), ir::shape_text(storage_shape(wanted))));
    }
    std::memcpy(wanted.data, codes.raw(), wanted.bytes);
}

void Simulation::run(const Observer& observer) {
    ObserverState state{&observer, nullptr};
    tmx_set_observer(model_, observer ? observe : nullptr, &state, 0);
    const tmx_status status = tmx_run(model_);
    tmx_set_observer(model_, nullptr, nullptr, 0);
    if (state.failure) std::rethrow_exception(state.failure);
    check(status);
}

std::vector<int32_t> Simulation::sharing(int32_t index) const {
    const int32_t alias_of = tensor(index).alias_of;
    const int32_t owner = alias_of < 0 ? index : alias_of;
    std::vector<int32_t> tensors;
    for (int32_t i = 0; i < info_.tensor_count; ++i) {
        if (i == owner || tensor(i).alias_of == owner) tensors.push_back(i);
    }
    return tensors;
}

std::vector<int32_t> Simulation::visible_after(int32_t index) const {
    const tmx_op described = op(index);
    std::vector<int32_t> tensors;
    for (int32_t i = 0; i < described.output_count; ++i) {
        for (const int32_t tensor : sharing(described.outputs[i])) tensors.push_back(tensor);
    }
    return tensors;
}

ir::Tensor Simulation::output_values(int32_t index) const {
    const tmx_tensor tensor = output(index);
    ir::Tensor values(ir::ElementType::kFloat32, onnx_shape(tensor));
    check(tmx_output_get_f32(model_, index, values.data<float>(), tensor.elements));
    return values;
}

ir::Tensor Simulation::values(int32_t index) const {
    const tmx_tensor described = tensor(index);
    ir::Tensor values(ir::ElementType::kFloat32, onnx_shape(described));
    check(tmx_tensor_get_f32(model_, index, values.data<float>(), described.elements));
    return values;
}

ir::Tensor Simulation::codes(int32_t index) const {
    const tmx_tensor described = tensor(index);
    ir::Tensor codes(storage_type(described.type), storage_shape(described));
    std::memcpy(codes.raw(), described.data, described.bytes);
    return codes;
}

}  // namespace tinamix::tool
