// From "--input" to tensors.
#include "tool/model_inputs.h"

#include <fmt/format.h>

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

ir::Tensor fitted(ir::Tensor tensor, const InputSpec& spec, const std::string& path) {
    if (tensor.shape() != spec.shape) {
        throw Error(path, fmt::format("shape {} does not fit input `{}`, which is {}", ir::shape_text(tensor.shape()),
                                      spec.name, ir::shape_text(spec.shape)));
    }
    if (tensor.type() == spec.type) return tensor;
    if (spec.type == ir::ElementType::kFloat32) return ir::Tensor::from(tensor.shape(), tensor.to_floats());
    throw Error(path, fmt::format("{} does not fit input `{}`, which is {}", ir::element_type_name(tensor.type()),
                                  spec.name, ir::element_type_name(spec.type)));
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
    std::vector<std::optional<ir::Tensor>> tensors(specs.size());
    const auto put = [&](size_t index, ir::Tensor tensor, const std::string& path) {
        if (tensors[index]) throw Error(path, fmt::format("input `{}` is given twice", specs[index].name));
        tensors[index] = fitted(std::move(tensor), specs[index], path);
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

}  // namespace tinamix::tool
