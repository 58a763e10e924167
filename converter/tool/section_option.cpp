#include "tool/section_option.h"

namespace tinamix::tool {

void SectionOption::declare(Options& options, const std::string& names) {
    options.add("--section", Options::Kind::kValue, "FIRST..LAST",
                "layers from FIRST to LAST, both included; one name alone is one layer (" + names + " lists them)",
                [this](const auto& values) {
                    const std::string& text = values.front();
                    const size_t dots = text.find("..");
                    first = text.substr(0, dots);
                    last = dots == std::string::npos ? first : text.substr(dots + 2);
                    if (first.empty() || last.empty()) throw UsageError("", "`" + text + "` is not FIRST..LAST");
                });
}

}  // namespace tinamix::tool
