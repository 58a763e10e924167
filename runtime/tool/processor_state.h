// Clock, governor and temperature of the processor, as far as the kernel tells, and whether it held itself back.
#ifndef TINAMIX_RUNTIME_TOOL_PROCESSOR_STATE_H_
#define TINAMIX_RUNTIME_TOOL_PROCESSOR_STATE_H_

#include <stdint.h>

#include "tool/json_writer.h"
#include "tool/text.h"

namespace tmx::tool {

/// At one moment, of the core that runs this thread. 0 and "" stand for what the kernel does not tell.
struct ProcessorState {
    int core;
    double clock_mhz;
    double highest_mhz;  ///< that the hardware can
    double allowed_mhz;  ///< that it may: lowered by cooling, or by somebody
    char governor[32];
    double celsius;  ///< of the warmest sensor
    bool cooling;    ///< a cooling device of the processor is at work
};

/// Reads sysfs: environment TMX_SYSFS, or /sys.
ProcessorState processor_state();

/// Follows the processor over a series of runs.
class ProcessorWatch {
  public:
    /// Between two runs, so that the clock is that of a busy core. Looks at most ten times a second.
    void look();
    /// The last look: always.
    void finish();

    bool knows_clock() const { return last_.clock_mhz > 0; }
    /// The core did not run, or was not allowed to run, at its highest clock: times are not the best it can do.
    bool throttled() const;

    void append_text(Text* out) const;
    /// As a member "processor".
    void write_json(JsonWriter* json) const;

  private:
    void take(const ProcessorState& state);
    void append_reason(Text* out) const;

    int64_t looks_ = 0;
    uint64_t next_look_ = 0;
    ProcessorState first_ = {}, last_ = {};
    double lowest_mhz_ = 0, highest_seen_mhz_ = 0, least_allowed_mhz_ = 0, warmest_ = 0;
    bool cooling_ = false;
};

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_PROCESSOR_STATE_H_
