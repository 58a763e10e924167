// What a search has measured, kept in a file: an interrupted search goes on where it was.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantize/plan.h"
#include "search/reference_outputs.h"

namespace tinamix::search {

/// A precision for every group.
using Mix = std::vector<quantize::Precision>;

/// Losses of mixes by mix and number of samples. What they cost is not kept: it is computed anew, with whatever table.
class MeasurementLog {
  public:
    /// Reads `path` if it exists. `subject` is a digest of everything that the losses depend on. Throws Error when the
    /// file is of another subject or damaged.
    MeasurementLog(std::string path, uint64_t subject);

    std::optional<ReferenceOutputs::Losses> find(const Mix& mix, size_t samples) const;
    void add(const Mix& mix, size_t samples, const ReferenceOutputs::Losses& losses);
    /// Writes the file, completely or not at all.
    void save() const;
    size_t size() const { return entries_.size(); }

  private:
    static std::string key(const Mix& mix, size_t samples);

    std::string path_;
    uint64_t subject_;
    std::map<std::string, ReferenceOutputs::Losses> entries_;
};

}  // namespace tinamix::search
