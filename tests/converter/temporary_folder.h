// A folder for the files of one test, and what tests say about errors.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "diagnostics/error.h"

namespace tinamix::test {

/// Made empty, removed with everything in it.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tinamix-test-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }
    /// Writes a file and returns its path.
    std::string write(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories(std::filesystem::path(file(name)).parent_path());
        std::ofstream(file(name), std::ios::binary) << content;
        return file(name);
    }
    size_t entries() const {
        size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
        return count;
    }

  private:
    std::string path_;
};

inline std::string content_of(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

/// The text of the Error that `action` throws; "(no error)" if it throws none.
template <typename Action>
std::string error_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "(no error)";
}

/// Real networks and data: TINAMIX_DATA, else ../shared/data beside the project; "" when there is none.
inline std::string real_data() {
    const char* variable = getenv("TINAMIX_DATA");
    const std::string path = variable != nullptr ? variable : std::string(TINAMIX_SOURCE_DIR) + "/../shared/data";
    return std::filesystem::is_directory(path) ? path : "";
}

}  // namespace tinamix::test

/// `action` must throw an Error whose text contains `part`.
#define EXPECT_ERROR(action, part) \
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, ::tinamix::test::error_of([&] { action; }))
