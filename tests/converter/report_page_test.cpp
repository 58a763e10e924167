#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "report/chart.h"
#include "report/conversion_report.h"
#include "report/text.h"

namespace tinamix::report {
namespace {

ConversionReport example() {
    ConversionReport report;
    report.network = "net <1>";
    report.output = "net.tmx";
    report.board = "v853";
    report.tool_version = "0.1";
    report.judged_samples = 8;
    report.target_loss = 1e-3;
    OutputScore scores{"scores", {}, 97.5};
    scores.similarity.cosine = 0.9987;
    scores.similarity.snr_db = 26.0;
    report.variants = {{"float", {}, {}, 4096, 0, false}, {"mixed", {scores}, 12.5, 2048, 1024, true}};
    report.front = {{"int8", 10, 0.02, true, false, ""},
                    {"mixed", 12, 0.0008, true, true, "front/mix1.yaml"},
                    {"mix2", 14, 0.003, false, false, ""},
                    {"int16", 30, 0.0, true, false, ""}};
    LayerScore good{"conv1|a", "Conv", quantize::Precision::kW8A8, 1000000, 0.5, scores.similarity, {}, 0.1, 3.2, {}};
    good.values = ValueHistogram{-1, 3, {1, 5, 0, 2}, 0, 2.5};
    LayerScore bad = good;
    bad.name = "conv2\"&";
    bad.precision = quantize::Precision::kW16A16;
    bad.cumulative->cosine = 0.98;
    bad.cumulative->snr_db = 9.0;
    bad.alone = scores.similarity;
    bad.alone->snr_db = std::numeric_limits<double>::infinity();
    report.layers = {good, bad};
    report.repairs = {{"rounding", 0.02, 0.01, true}};
    report.settings = {{"samples", "100"}};
    return report;
}

size_t count(const std::string& text, const std::string& part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(ReportText, CosinesShowWhatTellsThemFromOne) {
    EXPECT_EQ(cosine_text(1.0), "1");
    EXPECT_EQ(cosine_text(0.9987), "0.9987");
    EXPECT_EQ(cosine_text(0.99996412), "0.999964");
    EXPECT_EQ(cosine_text(0.5), "0.5000");
    EXPECT_EQ(cosine_text(-1.0), "-1.0000");
    EXPECT_EQ(cosine_text(1.0 - 1e-14), "1.000000000");
}

TEST(ReportText, NumbersHaveUnits) {
    EXPECT_EQ(bytes_text(812), "812 B");
    EXPECT_EQ(bytes_text(3 << 20), "3.00 MB");
    EXPECT_EQ(ms_text(12.34), "12.3 ms");
    EXPECT_EQ(ms_text(0.01234), "0.0123 ms");
    EXPECT_EQ(ms_text(1234.5), "1234 ms");
    EXPECT_EQ(count_text(300200000), "300.2 M");
    EXPECT_EQ(snr_text(std::numeric_limits<double>::infinity()), "exact");
}

TEST(ReportPage, NeedsNoOtherFileAndEscapesNames) {
    const std::string page = html_page(example());
    EXPECT_EQ(page.find("http"), std::string::npos);
    EXPECT_EQ(page.find("src="), std::string::npos);
    EXPECT_EQ(page.find("net <1>"), std::string::npos);
    EXPECT_NE(page.find("net &lt;1&gt;"), std::string::npos);
    EXPECT_NE(page.find("conv2&quot;&amp;"), std::string::npos);
    EXPECT_EQ(page.find("nan"), std::string::npos);
    for (const char* element : {"svg", "table", "div", "g", "span", "figure", "text", "td", "tr"}) {
        const std::string open = std::string("<") + element;
        EXPECT_EQ(count(page, open + " ") + count(page, open + ">"), count(page, std::string("</") + element + ">"))
            << element;
    }
}

TEST(ReportPage, ShowsEveryMixEveryLayerAndEveryFlag) {
    const ConversionReport report = example();
    const std::string front = front_chart(report), layers = layer_chart(report);
    EXPECT_EQ(count(front, "<circle"), report.front.size());
    EXPECT_EQ(count(front, "\"chosen\""), 1U);
    EXPECT_NE(front.find(">target<"), std::string::npos);
    EXPECT_EQ(count(layers, "class=\"bar"), 2U);
    EXPECT_EQ(count(layers, "look here"), 1U);
    EXPECT_EQ(count(layers, "class=\"alone\""), 1U);
    EXPECT_NE(html_page(report).find("cosine below 0.99"), std::string::npos);
}

TEST(ReportPage, HistogramsMarkWhatIsClipped) {
    const std::string chart = histogram_chart(*example().layers[0].values, quantize::Precision::kW8A8);
    EXPECT_EQ(count(chart, "<rect"), 3U) << "an empty bin has no bar";
    EXPECT_EQ(count(chart, "bar lost"), 1U) << "the bin from -1 to 0";
    EXPECT_EQ(count(chart, "class=\"clip\""), 2U);
    EXPECT_NE(histogram_chart({0, 0, {}, 0, 0}, quantize::Precision::kF32).find("all zero"), std::string::npos);
}

TEST(ReportPage, ChartsOfNothingAreNothing) {
    EXPECT_EQ(front_chart({}), "");
    EXPECT_EQ(layer_chart({}), "");
    ConversionReport one;
    one.front = {{"int8", 0, 0, true, true, ""}};
    EXPECT_EQ(front_chart(one).find("nan"), std::string::npos);
}

TEST(ReportMarkdown, TablesKeepTheirColumns) {
    const std::string text = markdown(example());
    EXPECT_NE(text.find("conv1\\|a"), std::string::npos);
    EXPECT_NE(text.find("| **mixed** | scores | 0.9987 | 26.0 dB |"), std::string::npos);
    EXPECT_NE(text.find("- samples: 100"), std::string::npos);
}

TEST(ReportJson, LeavesOutWhatIsNotANumber) {
    const auto json = nlohmann::json::parse(to_json(example()));
    EXPECT_EQ(json["variants"][1]["outputs"][0]["cosine"], 0.9987);
    EXPECT_FALSE(json["layers"][1]["alone"].contains("snr_db"));
    EXPECT_EQ(json["layers"][1]["flags"].size(), 2U);
    EXPECT_EQ(json["mixes"].size(), 4U);
}

TEST(ReportFiles, AreWrittenTogetherOrNamed) {
    const std::string folder = testing::TempDir() + "tinamix_report/deep";
    write_report(example(), folder);
    for (const char* name : {"report.html", "report.md", "report.json"}) {
        EXPECT_FALSE(formats::read_file(folder + "/" + name).empty());
    }
    std::filesystem::remove_all(testing::TempDir() + "tinamix_report");
    EXPECT_THROW(write_report(example(), "/proc/no/such"), Error);
}

}  // namespace
}  // namespace tinamix::report
