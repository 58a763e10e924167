// What `convert --report` measures and tells about a conversion (report/conversion_report.h).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/samples.h"
#include "report/conversion_report.h"
#include "tool/conversion.h"
#include "tool/sample_options.h"

namespace tinamix::tool {

/// --report and --report-samples.
struct ReportOptions {
    std::string folder;  ///< "": no report
    int samples = 50;

    void declare(Options& options);
    /// Throws UsageError for --report-samples without --report, and where nothing can be measured.
    void check(const Options& options) const;
    bool wanted() const { return !folder.empty(); }
};

/// The samples that similarities are measured on: those of the data that were not calibrated on or, where there are
/// none, those that were. Of a network with states, the first frames.
struct JudgedSamples {
    std::unique_ptr<data::SampleSource> source;
    std::vector<size_t> indices;
    bool held_out = false;
};
JudgedSamples judged_samples(const ir::Graph& network, const DataOptions& data,
                             const data::Preprocessing& preprocessing, size_t calibrated, const ReportOptions& options);

struct ReportSubject {
    const ir::Graph& network;         ///< float, as it was calibrated, before anything was done to it
    const calibrate::Ranges& ranges;  ///< of it; empty where every layer is float32
    const data::SampleSource& calibration;
    const JudgedSamples& judged;
    std::string name;  ///< of what was converted to: "int8"
    const Conversion& made;
    const std::vector<uint8_t>& bytes;  ///< the file
    const pack::Target& target;
    const ConversionRequest& request;
};

/// Everything but the names of the files and the settings. Beside what was converted stand float32 and, unless the
/// network states its quantization or was not calibrated, all int8 and all int16, converted in the same way.
report::ConversionReport measured_report(const ReportSubject& subject);

/// "xxh64 0123456789abcdef" of these samples' tensors.
std::string data_digest(const data::SampleSource& source, const std::vector<size_t>& indices);
std::string digest_text(const void* data, size_t bytes);

}  // namespace tinamix::tool
