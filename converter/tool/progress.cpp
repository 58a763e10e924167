// Progress on a terminal.
#include "tool/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tinamix::tool {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};

std::string duration_text(double seconds) {
    const auto whole = static_cast<long long>(seconds + 0.5);
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string label, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      visible_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_ - kRedrawInterval) {}

Progress::~Progress() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void Progress::update(size_t done, size_t total) {
    if (!visible_) return;
    const auto now = Clock::now();
    if (done < total && now - last_ < kRedrawInterval) return;
    last_ = now;
    drawn_ = true;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    std::string line = fmt::format("\r\x1b[K{} {}/{} {}", label_, done, total, unit_);
    if (rate > 0) {
        line +=
            fmt::format(", {:.3g} per second, {} left", rate, duration_text(static_cast<double>(total - done) / rate));
    }
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
}

}  // namespace tinamix::tool
