// The pictures of a report, as SVG elements to stand in a page. Colours and fonts come from the page's style sheet
// (html_style.h): class names say what a thing is.
#pragma once

#include <string>
#include <string_view>

#include "report/conversion_report.h"

namespace tinamix::report {

/// Style class of a precision: "w8a8", ...
std::string_view precision_class(quantize::Precision precision);

/// Loss (logarithmic) against predicted milliseconds: every mix simulated as a dot, the front as a line, the chosen mix
/// and the target marked. Empty without points.
std::string front_chart(const ConversionReport& report);

/// A horizontal bar per layer: signal to noise of its output in the converted model, and a mark where it would be if
/// the layer alone were quantized. Empty without similarities.
std::string layer_chart(const ConversionReport& report);

/// Small histogram (logarithmic counts) with everything beyond the clip marked.
std::string histogram_chart(const ValueHistogram& histogram, quantize::Precision precision);

}  // namespace tinamix::report
