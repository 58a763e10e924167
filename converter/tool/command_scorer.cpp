#include "tool/command_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "deploy/process.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "formats/npy.h"
#include "tool/run_folder.h"

namespace tinamix::tool {

namespace {

/// The last line that is not empty.
std::string last_line(const std::string& text) {
    const size_t end = text.find_last_not_of(" \t\r\n");
    if (end == std::string::npos) return "";
    const size_t begin = text.rfind('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

}  // namespace

CommandScorer::CommandScorer(std::string command, std::vector<std::string> outputs,
                             const std::vector<std::string>& samples)
    : command_(std::move(command)), outputs_(std::move(outputs)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "tinamix-outputs-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw Error(pattern, "no temporary folder can be made");
    folder_ = pattern;
    std::string names;
    for (const std::string& name : samples) names += name + "\n";
    formats::write_file_atomically((folder_ / "samples.txt").string(), names);
}

CommandScorer::~CommandScorer() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void CommandScorer::add(size_t sample, const std::string& name, const ir::Shape& shape,
                        const std::vector<float>& values) {
    if (std::find(outputs_.begin(), outputs_.end(), name) == outputs_.end()) return;
    const std::filesystem::path folder = folder_ / std::to_string(sample);
    std::filesystem::create_directories(folder);
    formats::write_npy((folder / tensor_file_name(name, outputs_)).string(), ir::Tensor::from(shape, values));
}

double CommandScorer::score() {
    constexpr std::chrono::seconds kLimit{3600};
    const deploy::ProcessResult result =
        deploy::run_process({"/bin/sh", "-c", command_ + " " + deploy::shell_quoted(folder_.string())}, kLimit);
    if (result.timed_out) throw Error(command_, "took more than an hour");
    if (result.status != 0) {
        throw Error(command_, fmt::format("ended with status {}: {}", result.status, last_line(result.err)));
    }
    const std::string line = last_line(result.out);
    char* end = nullptr;
    const double score = std::strtod(line.c_str(), &end);
    if (line.empty() || end == line.c_str() || *end != '\0' || !std::isfinite(score)) {
        throw Error(command_, fmt::format("printed `{}` last, which is no number", line));
    }
    return score;
}

}  // namespace tinamix::tool
