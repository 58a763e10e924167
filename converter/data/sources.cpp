// Folders, lists and single files as sources of one input.
#include "data/sources.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>

#include "data/picture.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "formats/npy.h"

namespace tinamix::data {
namespace {

namespace fs = std::filesystem;

class PictureSource : public InputSource {
  public:
    PictureSource(std::string path, const InputSpec& input)
        : path_(std::move(path)), shape_(input.shape), preprocessing_(*input.preprocessing) {}
    size_t size() const override { return 1; }
    ir::Tensor load(size_t) const override { return load_picture(path_, shape_, preprocessing_); }
    std::string name(size_t) const override { return path_; }

  private:
    std::string path_;
    ir::Shape shape_;
    Preprocessing preprocessing_;
};

class JoinedSource : public InputSource {
  public:
    explicit JoinedSource(std::vector<std::unique_ptr<InputSource>> parts) : parts_(std::move(parts)) {
        size_t total = 0;
        for (const auto& part : parts_) ends_.push_back(total += part->size());
    }
    size_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
    ir::Tensor load(size_t index) const override {
        const size_t part = part_of(index);
        return parts_[part]->load(index - begin_of(part));
    }
    std::string name(size_t index) const override {
        const size_t part = part_of(index);
        return parts_[part]->name(index - begin_of(part));
    }

  private:
    size_t part_of(size_t index) const {
        return static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin());
    }
    size_t begin_of(size_t part) const { return part == 0 ? 0 : ends_[part - 1]; }

    std::vector<std::unique_ptr<InputSource>> parts_;
    std::vector<size_t> ends_;  ///< samples up to and including each part
};

/// Pictures that we cannot read: better an error than a folder that shrinks without a word.
bool is_other_picture(const std::string& path) {
    for (const char* extension : {".webp", ".tif", ".tiff", ".gif", ".heic", ".avif", ".jp2"})
        if (has_extension(path, extension)) return true;
    return false;
}

std::unique_ptr<InputSource> folder_source(const std::string& path, const InputSpec& input) {
    std::vector<std::string> files;
    std::error_code error;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
        const std::string file = it->path().string();
        if (it->is_directory()) continue;
        if (is_other_picture(file))
            throw Error(file, "this picture format is not supported", "JPEG, PNG, BMP, PGM and PPM are");
        if (has_extension(file, ".npz"))
            throw Error(file, ".npz files in a folder are not supported", "give the .npz itself, or .npy files");
        if (has_picture_extension(file) || has_extension(file, ".npy")) files.push_back(file);
    }
    if (error) throw Error(path, "cannot list the folder: " + error.message());
    if (files.empty()) throw Error(path, "the folder has no pictures and no .npy files");
    std::sort(files.begin(), files.end());
    std::vector<std::unique_ptr<InputSource>> parts;
    for (const std::string& file : files) parts.push_back(path_source(file, input));
    return joined_source(std::move(parts));
}

std::unique_ptr<InputSource> list_source(const std::string& path, const InputSpec& input) {
    const std::string text = formats::read_file(path);
    if (text.find('\0') != std::string::npos)
        throw Error(path, "cannot be read: neither a picture, .npy, .npz nor a list of files");
    const fs::path base = fs::path(path).parent_path();
    std::vector<std::unique_ptr<InputSource>> parts;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos || line[first] == '#') continue;
        const std::string entry = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
        const std::string file = (base / entry).string();  // an absolute entry stays as it is
        const std::string where = path + ":" + std::to_string(number);
        std::error_code error;
        const fs::file_status status = fs::status(file, error);
        if (!fs::exists(status)) throw Error(where, "there is no file `" + file + "`");
        if (!has_picture_extension(file) && !has_extension(file, ".npy"))
            throw Error(where, "`" + entry + "` is neither a picture (JPEG, PNG, BMP, PGM, PPM) nor .npy");
        parts.push_back(path_source(file, input));
    }
    if (parts.empty()) throw Error(path, "the list names no files");
    return joined_source(std::move(parts));
}

}  // namespace

bool has_extension(const std::string& path, const std::string& extension) {
    if (path.size() < extension.size()) return false;
    return std::equal(extension.begin(), extension.end(), path.end() - static_cast<std::ptrdiff_t>(extension.size()),
                      [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

std::vector<size_t> spread(size_t total, size_t count) {
    if (count == 0 || count > total) count = total;
    std::vector<size_t> indices(count);
    // floor(i * total / count) without overflow.
    for (size_t i = 0; i < count; ++i) indices[i] = i * (total / count) + i * (total % count) / count;
    return indices;
}

std::vector<size_t> held_out(size_t total, size_t used, size_t most) {
    const std::vector<size_t> taken = used == 0 ? std::vector<size_t>{} : spread(total, used);
    std::vector<size_t> rest, result;
    for (size_t i = 0; i < total; ++i) {
        if (!std::binary_search(taken.begin(), taken.end(), i)) rest.push_back(i);
    }
    for (const size_t i : spread(rest.size(), most)) result.push_back(rest[i]);
    return result;
}

std::unique_ptr<InputSource> picture_source(const std::string& path, const InputSpec& input) {
    if (input.type != ir::ElementType::kFloat32)
        throw Error(path, "input `" + input.name + "` is " + std::string(ir::element_type_name(input.type)) +
                              "; pictures are only for float32 inputs");
    return std::make_unique<PictureSource>(path, input);
}

std::unique_ptr<InputSource> joined_source(std::vector<std::unique_ptr<InputSource>> parts) {
    return std::make_unique<JoinedSource>(std::move(parts));
}

std::unique_ptr<InputSource> path_source(const std::string& path, const InputSpec& input) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) throw Error(path, "there is no such file or folder");
    if (fs::is_directory(status)) return folder_source(path, input);
    if (has_extension(path, ".npy")) return npy_source(path, input);
    if (has_picture_extension(path)) return picture_source(path, input);
    if (is_other_picture(path))
        throw Error(path, "this picture format is not supported", "JPEG, PNG, BMP, PGM and PPM are");
    return list_source(path, input);
}

std::unique_ptr<InputSource> npz_or_path_source(const std::string& path, const InputSpec& input) {
    if (!has_extension(path, ".npz")) return path_source(path, input);
    std::map<std::string, ir::Tensor> arrays = formats::read_npz(path);
    const auto found = arrays.find(input.name);
    if (found == arrays.end()) throw Error(path, "there is no array for input `" + input.name + "`");
    return array_source(std::move(found->second), path + "[" + input.name + "]", input);
}

}  // namespace tinamix::data
