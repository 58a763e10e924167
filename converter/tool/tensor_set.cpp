// Opening what `compare` compares.
#include "tool/tensor_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "formats/npy.h"

namespace tinamix::tool {
namespace {

namespace fs = std::filesystem;

NamedTensor from_file(const std::string& name, const fs::path& file, bool is_output) {
    return {name, [path = file.string()] { return formats::read_npy(path); }, is_output};
}

TensorSet open_run_folder(const fs::path& folder) {
    const std::string where = (folder / "meta.json").string();
    TensorSet set{TensorSet::Kind::kRun, {}};
    try {
        const auto meta = nlohmann::ordered_json::parse(formats::read_file(where));
        const auto outputs = meta.at("outputs").get<std::vector<std::string>>();
        for (const auto& [name, file] : meta.at("tensors").items()) {
            const bool is_output = std::find(outputs.begin(), outputs.end(), name) != outputs.end();
            set.tensors.push_back(from_file(name, folder / file.get<std::string>(), is_output));
        }
        for (size_t i = 0; i < outputs.size(); ++i) {
            if (set.find(outputs[i]) != nullptr) continue;
            set.tensors.push_back(from_file(outputs[i], folder / fmt::format("out_{}.npy", i), true));
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error(where, fmt::format("not the meta.json of a run: {}", error.what()));
    }
    return set;
}

TensorSet open_plain_folder(const fs::path& folder) {
    TensorSet set{TensorSet::Kind::kFolder, {}};
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".npy") continue;
        set.tensors.push_back(from_file(entry.path().stem().string(), entry.path(), false));
    }
    std::sort(set.tensors.begin(), set.tensors.end(),
              [](const NamedTensor& a, const NamedTensor& b) { return a.name < b.name; });
    if (set.tensors.empty()) throw Error(folder.string(), "holds neither meta.json nor .npy files");
    return set;
}

TensorSet open_archive(const std::string& path) {
    TensorSet set{TensorSet::Kind::kArchive, {}};
    for (auto& [name, tensor] : formats::read_npz(path)) {
        auto shared = std::make_shared<ir::Tensor>(std::move(tensor));
        set.tensors.push_back({name, [shared] { return *shared; }, false});
    }
    if (set.tensors.empty()) throw Error(path, "holds no array");
    return set;
}

}  // namespace

const NamedTensor* TensorSet::find(const std::string& name) const {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& tensor) { return tensor.name == name; });
    return found == tensors.end() ? nullptr : &*found;
}

TensorSet open_tensor_set(const std::string& path) {
    if (!fs::exists(path)) throw Error(path, "no such file or folder");
    if (fs::is_directory(path)) {
        return fs::exists(fs::path(path) / "meta.json") ? open_run_folder(path) : open_plain_folder(path);
    }
    const std::string extension = fs::path(path).extension();
    if (extension == ".npz") return open_archive(path);
    if (extension != ".npy") throw Error(path, "is neither .npy, .npz nor a folder");
    return {TensorSet::Kind::kSingle, {from_file(fs::path(path).stem().string(), path, false)}};
}

}  // namespace tinamix::tool
