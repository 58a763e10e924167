// --section FIRST..LAST, of cut and pack-npu.
#pragma once

#include <string>

#include "tool/options.h"

namespace tinamix::tool {

/// A range of layers, both ends included.
struct SectionOption {
    std::string first, last;

    /// Says in the help where the names come from: "`tinamix inspect MODEL.tmx`".
    void declare(Options& options, const std::string& names);
};

}  // namespace tinamix::tool
