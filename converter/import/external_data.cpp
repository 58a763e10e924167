// External tensor data: location, offset and length, and no way out of the model's folder.
#include "import/external_data.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "diagnostics/error.h"

namespace tinamix::import {

namespace {

namespace fs = std::filesystem;

uint64_t number(const std::string& key, const std::string& text, const std::string& where) {
    uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) {
        throw Error(where, "external data has `" + key + "` " + text);
    }
    return value;
}

bool is_inside(const fs::path& file, const fs::path& folder) {
    const auto mismatch = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return mismatch.first == folder.end();
}

}  // namespace

std::string read_external_data(const onnx::TensorProto& proto, uint64_t bytes, const fs::path& folder,
                               const std::string& where) {
    std::string location;
    uint64_t offset = 0, length = bytes;
    for (const auto& entry : proto.external_data()) {
        if (entry.key() == "location") {
            location = entry.value();
        } else if (entry.key() == "offset") {
            offset = number("offset", entry.value(), where);
        } else if (entry.key() == "length") {
            length = number("length", entry.value(), where);
        } else if (entry.key() != "checksum") {
            throw Error(where, "external data has an unknown key `" + entry.key() + "`");
        }
    }
    const fs::path relative(location);
    if (location.empty() || relative.is_absolute() || location.find('\0') != std::string::npos) {
        throw Error(where, "external data needs a relative path, not `" + location + "`");
    }
    std::error_code problem;
    const fs::path root = fs::canonical(folder, problem);
    const fs::path file = problem ? fs::path() : fs::canonical(root / relative, problem);
    if (problem) {
        throw Error(where, "external data in `" + location + "`: " + problem.message());
    }
    if (!is_inside(file, root)) {
        throw Error(where, "external data in `" + location + "` lies outside the model's folder");
    }
    const uint64_t size = fs::is_regular_file(file, problem) ? fs::file_size(file, problem) : 0;
    if (length != bytes || size < bytes || offset > size - bytes) {
        throw Error(where, "external data: " + std::to_string(length) + " bytes from offset " + std::to_string(offset) +
                               " of `" + location + "`, which has " + std::to_string(size) + "; the tensor needs " +
                               std::to_string(bytes));
    }
    std::string data(bytes, '\0');
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    if (!stream.read(data.data(), static_cast<std::streamsize>(bytes))) {
        throw Error(where, "external data in `" + location + "` cannot be read");
    }
    return data;
}

}  // namespace tinamix::import
