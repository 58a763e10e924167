// A line on stderr with count, rate and time left; only where stderr is a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace tinamix::tool {

class Progress {
  public:
    /// `label`: what is being done ("calibrating"); `unit`: of what ("samples").
    Progress(std::string label, std::string unit);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void update(size_t done, size_t total);

  private:
    using Clock = std::chrono::steady_clock;
    std::string label_, unit_;
    bool visible_;
    bool drawn_ = false;
    Clock::time_point start_, last_;
};

}  // namespace tinamix::tool
