// The scores that a program of the user gives to folders of outputs (--metric command).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "search/metric.h"

namespace tinamix::tool {

class CommandScorer final : public search::OutputScorer {
  public:
    /// Makes a temporary folder with samples.txt (a name per line). `outputs`: names of what is written there; all
    /// other values are left out. Throws Error.
    CommandScorer(std::string command, std::vector<std::string> outputs, const std::vector<std::string>& samples);
    ~CommandScorer() override;
    CommandScorer(const CommandScorer&) = delete;
    CommandScorer& operator=(const CommandScorer&) = delete;

    void add(size_t sample, const std::string& name, const ir::Shape& shape, const std::vector<float>& values) override;
    /// Runs `command FOLDER` in a shell; its last line is the score. Throws Error with what it wrote to stderr when it
    /// fails, takes more than an hour, or prints something else.
    double score() override;

  private:
    std::string command_;
    std::vector<std::string> outputs_;
    std::filesystem::path folder_;
};

}  // namespace tinamix::tool
