// What a conversion did, for people (a page, Markdown) and for scripts (JSON).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantize/plan.h"
#include "report/similarity.h"

namespace tinamix::report {

/// How close a group of output values is to float: a whole output, or the boxes or the scores of one, where their
/// ranges are so different that one cosine would only show the boxes.
struct OutputScore {
    std::string group;
    Similarity similarity;
    std::optional<double> top1_percent;  ///< rows whose best class is float's; only of vectors of scores
};

/// One way to have the network.
struct VariantScore {
    std::string name;  ///< "float", "int8", "int16", "mixed"
    std::vector<OutputScore> outputs;
    std::optional<double> predicted_ms;  ///< on the board, one thread
    uint64_t file_bytes = 0, arena_bytes = 0;
    bool converted = false;  ///< this is what was written
};

/// A mix that was simulated.
struct FrontPoint {
    std::string name;
    double predicted_ms = 0;
    double loss = 0;  ///< of the worst output group: 1 - cosine, or what it loses of another metric
    bool on_front = false, chosen = false;
    std::string layers_file;  ///< for --layers; empty if none was written
};

/// The values of a layer's first output, and what of them its codes cover.
struct ValueHistogram {
    double low = 0, high = 0;            ///< of the bins, together
    std::vector<uint64_t> counts;        ///< of equal width
    double clip_low = 0, clip_high = 0;  ///< smallest and largest value that has a code
};

struct LayerScore {
    std::string name, op;
    quantize::Precision precision = quantize::Precision::kW8A8;
    uint64_t macs = 0;
    std::optional<double> predicted_ms;
    std::optional<Similarity> cumulative;  ///< of its output in the converted model
    std::optional<Similarity> alone;       ///< of its output when it is given float's inputs
    std::optional<double> entropy, kurtosis;
    std::optional<ValueHistogram> values;

    /// A layer to look at: noise above a tenth of the signal's power, or a cosine below 0.99.
    bool noisy() const { return cumulative && cumulative->snr_db < 10.0; }
    bool dissimilar() const { return cumulative && cumulative->cosine < 0.99; }
};

struct RepairScore {
    std::string name;
    double loss_before = 0, loss_after = 0;
    bool kept = false;
};

struct ConversionReport {
    std::string network, output, board, tool_version;
    size_t judged_samples = 0;  ///< behind every similarity; not calibrated on if `held_out`
    bool held_out = false;
    std::string metric = "cosine";                                  ///< of the search
    double target_loss = std::numeric_limits<double>::quiet_NaN();  ///< of the search; NaN without one
    std::vector<VariantScore> variants;
    std::vector<FrontPoint> front;
    std::vector<LayerScore> layers;
    std::vector<RepairScore> repairs;
    std::vector<std::pair<std::string, std::string>> settings;  ///< exactly what is needed to do it again
};

/// Self-contained HTML page: no other file, no network, light and dark, from phone to desktop.
std::string html_page(const ConversionReport& report);
std::string markdown(const ConversionReport& report);
/// Everything that is in the struct; numbers that do not exist are left out.
std::string to_json(const ConversionReport& report);

/// Writes report.html, report.md and report.json into `folder`, which is created if need be. Throws Error.
void write_report(const ConversionReport& report, const std::string& folder);

}  // namespace tinamix::report
