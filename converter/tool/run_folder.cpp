// Writing run folders.
#include "tool/run_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <system_error>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "formats/npy.h"

namespace tinamix::tool {
namespace {

namespace fs = std::filesystem;

bool is_plain(unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

bool clashes_with_output(const std::string& name, const std::vector<std::string>& output_names) {
    size_t index = 0;
    if (!name.starts_with("out_") || name.size() == 4) return false;
    const char* const end = name.data() + name.size();
    const auto [stop, code] = std::from_chars(name.data() + 4, end, index);
    return code == std::errc() && stop == end && index < output_names.size() && output_names[index] != name;
}

}  // namespace

std::string tensor_file_name(const std::string& name, const std::vector<std::string>& output_names) {
    const bool clash = clashes_with_output(name, output_names);
    std::string file;
    for (size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (is_plain(c) && !(i == 0 && clash)) {
            file += name[i];
        } else {
            file += fmt::format("%{:02X}", c);
        }
    }
    return file + ".npy";
}

RunFolder::RunFolder(const std::string& path, const std::string& model, const std::string& kind,
                     const std::vector<std::string>& inputs, const std::vector<std::string>& outputs)
    : path_(fs::absolute(path).lexically_normal()), output_names_(outputs) {
    if (path_.filename().empty()) path_ = path_.parent_path();
    std::error_code code;
    if (fs::exists(path_, code) && !fs::is_directory(path_, code)) throw Error(path, "is not a folder");
    for (fs::path parent = path_.parent_path(); !fs::exists(parent, code); parent = parent.parent_path()) {
        first_created_ = parent;
    }
    partial_ = path_.parent_path() / fmt::format(".{}.partial-{}", path_.filename().string(), getpid());
    fs::create_directories(partial_, code);
    if (code) throw Error(path, "cannot create the folder: " + code.message());
    meta_["model"] = fs::path(model).filename().string();
    meta_["kind"] = kind;
    meta_["inputs"] = inputs;
    meta_["outputs"] = outputs;
    meta_["tensors"] = nlohmann::ordered_json::object();
}

RunFolder::~RunFolder() {
    std::error_code code;
    if (!partial_.empty()) {
        fs::remove_all(partial_, code);
        if (!first_created_.empty()) fs::remove_all(first_created_, code);
    }
}

void RunFolder::add_output(size_t index, const ir::Tensor& tensor) {
    const std::string file = fmt::format("out_{}.npy", index);
    formats::write_npy((partial_ / file).string(), tensor);
    auto& tensors = meta_["tensors"];
    if (!tensors.contains(output_names_[index])) tensors[output_names_[index]] = file;
}

void RunFolder::add_tensor(const std::string& name, const ir::Tensor& tensor) {
    const std::string file = tensor_file_name(name, output_names_);
    formats::write_npy((partial_ / file).string(), tensor);
    meta_["tensors"][name] = file;
}

void RunFolder::commit() {
    formats::write_file_atomically((partial_ / "meta.json").string(),
                                   meta_.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    std::error_code code;
    if (!fs::exists(path_, code)) {
        fs::rename(partial_, path_, code);
    } else {
        // meta.json last: a reader that sees it sees the files it names.
        for (const auto& entry : fs::directory_iterator(partial_)) {
            if (entry.path().filename() == "meta.json") continue;
            fs::rename(entry.path(), path_ / entry.path().filename(), code);
            if (code) break;
        }
        if (!code) fs::rename(partial_ / "meta.json", path_ / "meta.json", code);
        std::error_code ignored;
        fs::remove_all(partial_, ignored);
    }
    if (code) throw Error(path_.string(), "cannot move the results into place: " + code.message());
    partial_.clear();
}

}  // namespace tinamix::tool
