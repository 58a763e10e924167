// Runs the tinamix program as a user would, in a folder of its own, and keeps what it said.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tinamix::tests {

struct Outcome {
    int status = -1;  ///< exit status; 128 + signal when killed
    std::string out, err;
};

/// A temporary folder, removed at the end, and the program started in it.
class Workplace {
  public:
    Workplace();
    ~Workplace();
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    const std::filesystem::path& folder() const { return folder_; }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& text) const;
    std::string read(const std::string& name) const;
    bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
    /// Names of all files and folders, sorted, to see that nothing was left behind.
    std::vector<std::string> listing() const;

    /// tinamix with `arguments`. `file_limit`: no file may grow beyond so many bytes (0: no limit).
    Outcome tinamix(const std::vector<std::string>& arguments, size_t file_limit = 0) const;

  private:
    std::filesystem::path folder_;
};

}  // namespace tinamix::tests
