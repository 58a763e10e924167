#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "report/text.h"

namespace tinamix::report {
namespace {

/// Losses below it are shown as if they were it: an exact output has no logarithm.
constexpr double kLeastLoss = 1e-9;
constexpr double kMostDecibels = 90.0;
constexpr double kMostDecadesBeyondTarget = 1.5;

double log_loss(double loss) { return std::log10(std::max(loss, kLeastLoss)); }

/// From values to pixels.
struct Axis {
    double from, to;    ///< values
    double start, end;  ///< pixels
    double at(double value) const { return start + (value - from) / (to - from) * (end - start); }
};

/// A round step (1, 2, 5 times a power of ten) for about `count` marks over `range`.
double round_step(double range, int count) {
    const double rough = range / count, power = std::pow(10.0, std::floor(std::log10(rough)));
    for (double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough) return factor * power;
    }
    return 10.0 * power;
}

std::string opening(int width, int height, std::string_view what, std::string_view style = "chart") {
    return fmt::format(
        "<svg class=\"{}\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\">", style,
        width, height, width, height, html_escaped(what));
}

std::string label(double x, double y, std::string_view text, std::string_view anchor = "start",
                  std::string_view style = "label") {
    return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", style, x, y, anchor,
                       html_escaped(text));
}

std::string line(std::string_view style, double x1, double y1, double x2, double y2) {
    return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", style, x1, y1,
                       x2, y2);
}

/// Power of ten as people write a similarity: 1e-3 is a cosine of 0.999.
std::string loss_of_decade(int exponent, const std::string& metric) {
    if (metric != "cosine") return fmt::format("{:g}", std::pow(10.0, exponent));
    return fmt::format("{:.{}f}", 1.0 - std::pow(10.0, exponent), std::max(-exponent, 1));
}

/// The part of a long name that tells it from its neighbours.
std::string shortened(const std::string& name, size_t most) {
    return name.size() <= most ? name : "..." + name.substr(name.size() - most + 3);
}

std::string front_axes(const Axis& x, const Axis& y, const std::string& metric) {
    std::string svg;
    const double step = round_step(x.to - x.from, 6);
    for (double ms = std::ceil(x.from / step) * step; ms <= x.to + step / 1000; ms += step) {
        svg += line("grid", x.at(ms), y.start, x.at(ms), y.end) +
               label(x.at(ms), y.start + 16, fmt::format("{:g}", ms), "middle");
    }
    for (int decade = static_cast<int>(std::ceil(y.to)); decade <= y.from; ++decade) {
        svg += line("grid", x.start, y.at(decade), x.end, y.at(decade));
        svg += label(x.start - 6, y.at(decade) + 4, loss_of_decade(decade, metric), "end");
    }
    svg += label((x.start + x.end) / 2, y.start + 34, "predicted milliseconds", "middle");
    return svg +
           label(4, 14, metric == "cosine" ? "cosine of the worst output group" : "loss of " + metric + " (drop)");
}

}  // namespace

std::string_view precision_class(quantize::Precision precision) { return quantize::precision_name(precision); }

std::string front_chart(const ConversionReport& report) {
    if (report.front.empty()) return "";
    double least_ms = report.front[0].predicted_ms, most_ms = least_ms;
    double least = log_loss(report.front[0].loss), most = least;
    for (const FrontPoint& point : report.front) {
        least_ms = std::min(least_ms, point.predicted_ms);
        most_ms = std::max(most_ms, point.predicted_ms);
        least = std::min(least, log_loss(point.loss));
        most = std::max(most, log_loss(point.loss));
    }
    if (std::isfinite(report.target_loss)) {
        const double target = log_loss(report.target_loss);
        // What is far better than asked for stands at the upper edge, and leaves room for the rest.
        least = std::clamp(least, target - kMostDecadesBeyondTarget, target);
        most = std::max(most, target);
    }
    const double margin = std::max({(most_ms - least_ms) * 0.05, most_ms * 0.01, 1e-6});
    constexpr int kWidth = 720, kHeight = 380;
    const Axis x{least_ms - margin, most_ms + margin, 86, kWidth - 16};
    // Closer to float is higher.
    const Axis y{std::ceil(most * 2 + 0.2) / 2, std::floor(least * 2 - 0.2) / 2, kHeight - 44, 26};

    std::string svg = opening(kWidth, kHeight, "Accuracy against predicted time of the mixes simulated");
    svg += front_axes(x, y, report.metric);
    if (std::isfinite(report.target_loss)) {
        const double height = y.at(log_loss(report.target_loss));
        svg += line("target", x.start, height, x.end, height) + label(x.end, height - 5, "target", "end", "label goal");
    }
    std::string path;
    for (const FrontPoint& point : report.front) {
        if (!point.on_front) continue;
        path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", x.at(point.predicted_ms),
                            y.at(std::max(log_loss(point.loss), y.to)));
    }
    svg += fmt::format("<polyline class=\"front\" points=\"{}\"/>", path);
    for (const FrontPoint& point : report.front) {
        const double px = x.at(point.predicted_ms), py = y.at(std::max(log_loss(point.loss), y.to));
        const std::string_view style = point.chosen ? "chosen" : point.on_front ? "on-front" : "tried";
        svg += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"><title>{}</title></circle>",
                           style, px, py, point.chosen ? 6 : 4,
                           html_escaped(fmt::format("{}: {}, {} {}", point.name, ms_text(point.predicted_ms),
                                                    report.metric, loss_text(point.loss, report.metric))));
        const bool named = point.chosen || point.name == "int8" || point.name == "int16";
        if (named) {
            const bool right = px > (x.start + x.end) / 2;
            svg += label(px + (right ? -9 : 9), py - 7, point.chosen ? point.name + " (chosen)" : point.name,
                         right ? "end" : "start", "label strong");
        }
    }
    return svg + "</svg>";
}

std::string decibel_chart(const std::vector<DecibelBar>& bars, std::string_view what) {
    if (bars.empty()) return "";
    constexpr int kRow = 16, kTop = 26, kWidth = 720, kNames = 250;
    const int height = kTop + kRow * static_cast<int>(bars.size()) + 8;
    const Axis x{0, kMostDecibels, kNames, kWidth - 70};
    const auto bounded = [](double db) { return std::clamp(db, 0.0, kMostDecibels); };

    std::string svg = opening(kWidth, height, what);
    for (int db = 0; db <= static_cast<int>(kMostDecibels); db += 15) {
        svg += line("grid", x.at(db), kTop - 4, x.at(db), height - 6) +
               label(x.at(db), 16, fmt::format("{} dB", db), "middle");
    }
    int row = kTop;
    for (const DecibelBar& bar : bars) {
        svg += fmt::format("<g><title>{}</title>", html_escaped(bar.tip));
        svg += label(kNames - 8, row + 11, shortened(bar.name, 36), "end");
        svg += fmt::format("<rect class=\"bar {}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>", bar.style,
                           x.start, row + 2, x.at(bounded(bar.db)) - x.start, kRow - 5);
        if (bar.mark_db) {
            const double mark = x.at(bounded(*bar.mark_db));
            svg += line("alone", mark, row, mark, row + kRow - 1);
        }
        if (!bar.flag.empty()) svg += label(x.end + 6, row + 11, bar.flag, "start", "label flag");
        svg += "</g>";
        row += kRow;
    }
    return svg + "</svg>";
}

std::string layer_chart(const ConversionReport& report) {
    std::vector<DecibelBar> bars;
    for (const LayerScore& layer : report.layers) {
        if (!layer.cumulative) continue;
        const Similarity& here = *layer.cumulative;
        DecibelBar bar{layer.name, "", precision_class(layer.precision), here.snr_db, {}, ""};
        bar.tip =
            fmt::format("{} ({}, {}): {}, cosine {}", layer.name, layer.op, quantize::precision_name(layer.precision),
                        snr_text(here.snr_db), cosine_text(here.cosine));
        if (layer.alone) {
            bar.mark_db = layer.alone->snr_db;
            bar.tip += fmt::format("; alone {}", snr_text(layer.alone->snr_db));
        }
        if (layer.noisy() || layer.dissimilar()) bar.flag = "look here";
        bars.push_back(std::move(bar));
    }
    return decibel_chart(bars, "Signal to noise of every layer's output");
}

std::string histogram_chart(const ValueHistogram& histogram, quantize::Precision precision) {
    constexpr int kWidth = 200, kHeight = 84, kBase = 64;
    const uint64_t largest =
        histogram.counts.empty() ? 0 : *std::max_element(histogram.counts.begin(), histogram.counts.end());
    std::string svg = opening(kWidth, kHeight, "Histogram of the layer's values", "chart small");
    if (largest == 0 || !(histogram.high > histogram.low)) return svg + label(4, 40, "all zero") + "</svg>";
    const Axis x{histogram.low, histogram.high, 2, kWidth - 2};
    const double width = (x.end - x.start) / static_cast<double>(histogram.counts.size());
    for (size_t i = 0; i < histogram.counts.size(); ++i) {
        if (histogram.counts[i] == 0) continue;
        const double tall = (kBase - 4) * std::log1p(static_cast<double>(histogram.counts[i])) /
                            std::log1p(static_cast<double>(largest));
        const double middle = histogram.low + (static_cast<double>(i) + 0.5) /
                                                  static_cast<double>(histogram.counts.size()) *
                                                  (histogram.high - histogram.low);
        const bool lost = middle < histogram.clip_low || middle > histogram.clip_high;
        svg += fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>",
                           lost ? "bar lost" : fmt::format("bar {}", precision_class(precision)),
                           x.start + width * static_cast<double>(i), kBase - tall, std::max(width - 0.4, 0.4), tall);
    }
    for (double clip : {histogram.clip_low, histogram.clip_high}) {
        if (clip > histogram.low && clip < histogram.high) svg += line("clip", x.at(clip), 2, x.at(clip), kBase);
    }
    svg += line("axis", x.start, kBase, x.end, kBase);
    svg += label(x.start, kHeight - 6, fmt::format("{:.3g}", histogram.low));
    return svg + label(x.end, kHeight - 6, fmt::format("{:.3g}", histogram.high), "end") + "</svg>";
}

}  // namespace tinamix::report
