// The pictures of a report, as SVG elements to stand in a page. Colours and fonts come from the page's style sheet
// (html_style.h): class names say what a thing is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/conversion_report.h"

namespace tinamix::report {

/// Style class of a precision: "w8a8", ...
std::string_view precision_class(quantize::Precision precision);

/// Loss (logarithmic) against predicted milliseconds: every mix simulated as a dot, the front as a line, the chosen mix
/// and the target marked. Empty without points.
std::string front_chart(const ConversionReport& report);

/// A row of decibel_chart.
struct DecibelBar {
    std::string name, tip;
    std::string_view style;         ///< class of the bar: precision_class, or "lost"
    double db;                      ///< its length; beyond the axis it ends there
    std::optional<double> mark_db;  ///< a line across it
    std::string_view flag;          ///< a word beside it, or ""
};
/// Horizontal bars on one axis of decibels. `what` describes the picture to readers who do not see it. Empty without
/// bars.
std::string decibel_chart(const std::vector<DecibelBar>& bars, std::string_view what);

/// A horizontal bar per layer: signal to noise of its output in the converted model, and a mark where it would be if
/// the layer alone were quantized. Empty without similarities.
std::string layer_chart(const ConversionReport& report);

/// Small histogram (logarithmic counts) with everything beyond the clip marked.
std::string histogram_chart(const ValueHistogram& histogram, quantize::Precision precision);

}  // namespace tinamix::report
