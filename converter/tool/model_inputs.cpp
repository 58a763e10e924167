// From "--input" to tensors.
#include "tool/model_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>

#include "diagnostics/error.h"
#include "formats/npy.h"

namespace tinamix::tool {
namespace {

std::vector<std::string> names_of(const std::vector<InputSpec>& specs) {
    std::vector<std::string> names;
    for (const InputSpec& spec : specs) names.push_back(spec.name);
    return names;
}

size_t index_of(const std::vector<InputSpec>& specs, const std::string& name) {
    for (size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].name == name) return i;
    }
    throw Error(fmt::format("input `{}`", name), "the model has no such input", did_you_mean(name, names_of(specs)));
}

/// Has `shape` behind a dimension that counts frames.
bool holds_frames(const ir::Tensor& tensor, const ir::Shape& shape) {
    return tensor.shape().size() == shape.size() + 1 && tensor.shape().front() > 0 &&
           std::equal(shape.begin(), shape.end(), tensor.shape().begin() + 1);
}

enum class Frames { kNone, kAllowed };

ir::Tensor fitted(ir::Tensor tensor, const InputSpec& spec, const std::string& path, Frames frames) {
    if (tensor.shape() != spec.shape && !(frames == Frames::kAllowed && holds_frames(tensor, spec.shape))) {
        throw Error(path, fmt::format("shape {} does not fit input `{}`, which is {}", ir::shape_text(tensor.shape()),
                                      spec.name, ir::shape_text(spec.shape)));
    }
    if (tensor.type() == spec.type) return tensor;
    if (spec.type == ir::ElementType::kFloat32) return ir::Tensor::from(tensor.shape(), tensor.to_floats());
    throw Error(path, fmt::format("{} does not fit input `{}`, which is {}", ir::element_type_name(tensor.type()),
                                  spec.name, ir::element_type_name(spec.type)));
}

std::vector<ir::Tensor> load(const std::vector<InputSpec>& specs, const NamedPaths& paths,
                             const data::Preprocessing& preprocessing, Frames frames) {
    std::vector<std::optional<ir::Tensor>> tensors(specs.size());
    const auto put = [&](size_t index, ir::Tensor tensor, const std::string& path) {
        if (tensors[index]) throw Error(path, fmt::format("input `{}` is given twice", specs[index].name));
        tensors[index] = fitted(std::move(tensor), specs[index], path, frames);
    };
    size_t next = 0;
    for (const auto& [name, path] : paths) {
        const std::string extension = std::filesystem::path(path).extension();
        if (extension == ".npz" && name.empty()) {
            for (auto& [key, array] : formats::read_npz(path)) put(index_of(specs, key), std::move(array), path);
            continue;
        }
        if (name.empty() && next >= specs.size()) {
            throw Error(path, fmt::format("one input too many: the model has {}", specs.size()));
        }
        const size_t index = name.empty() ? next++ : index_of(specs, name);
        if (extension == ".npy") {
            put(index, formats::read_npy(path), path);
        } else if (extension == ".npz") {
            auto arrays = formats::read_npz(path);
            const auto found = arrays.find(name);
            if (found == arrays.end()) throw Error(path, fmt::format("holds no array `{}`", name));
            put(index, std::move(found->second), path);
        } else {
            put(index, data::load_picture(path, specs[index].shape, preprocessing), path);
        }
    }
    std::vector<ir::Tensor> result;
    for (size_t i = 0; i < specs.size(); ++i) {
        if (!tensors[i]) {
            throw Error(fmt::format("input `{}`", specs[i].name),
                        fmt::format("is missing ({} wanted)", ir::shape_text(specs[i].shape)),
                        "give --input once per model input");
        }
        result.push_back(std::move(*tensors[i]));
    }
    return result;
}

}  // namespace

std::vector<InputSpec> input_specs(const ir::Graph& graph) {
    std::vector<InputSpec> specs;
    for (const ir::ValueId id : graph.inputs) {
        const ir::Value& value = graph.value(id);
        specs.push_back({value.name, value.type, value.shape});
    }
    return specs;
}

std::vector<ir::Tensor> load_inputs(const std::vector<InputSpec>& specs, const NamedPaths& paths,
                                    const data::Preprocessing& preprocessing) {
    return load(specs, paths, preprocessing, Frames::kNone);
}

RunInputs load_runs(const std::vector<InputSpec>& specs, const NamedPaths& paths,
                    const data::Preprocessing& preprocessing) {
    std::vector<ir::Tensor> inputs = load(specs, paths, preprocessing, Frames::kAllowed);
    const auto is_stack = [&](size_t i) { return inputs[i].shape().size() > specs[i].shape.size(); };
    RunInputs result;
    result.are_frames = !inputs.empty() && is_stack(0);
    const int64_t count = result.are_frames ? inputs.front().shape().front() : 1;
    for (size_t i = 1; i < inputs.size(); ++i) {
        if (is_stack(i) != result.are_frames || (is_stack(i) && inputs[i].shape().front() != count)) {
            throw Error(
                fmt::format("input `{}`", specs[i].name),
                fmt::format("{} does not hold as many frames as {} for input `{}`", ir::shape_text(inputs[i].shape()),
                            ir::shape_text(inputs[0].shape()), specs[0].name));
        }
    }
    if (!result.are_frames) {
        result.runs.push_back(std::move(inputs));
        return result;
    }
    for (int64_t run = 0; run < count; ++run) {
        std::vector<ir::Tensor>& frame = result.runs.emplace_back();
        for (size_t i = 0; i < inputs.size(); ++i) {
            ir::Tensor& tensor = frame.emplace_back(specs[i].type, specs[i].shape);
            std::memcpy(tensor.raw(), inputs[i].raw() + static_cast<size_t>(run) * tensor.bytes(), tensor.bytes());
        }
    }
    return result;
}

ir::Tensor stacked(const std::vector<ir::Tensor>& tensors) {
    ir::Shape shape = tensors.front().shape();
    shape.insert(shape.begin(), static_cast<int64_t>(tensors.size()));
    ir::Tensor result(tensors.front().type(), shape);
    size_t position = 0;
    for (const ir::Tensor& tensor : tensors) {
        std::memcpy(result.raw() + position, tensor.raw(), tensor.bytes());
        position += tensor.bytes();
    }
    return result;
}

}  // namespace tinamix::tool
