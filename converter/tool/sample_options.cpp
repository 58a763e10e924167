// Shared option groups.
#include "tool/sample_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "formats/npy.h"

namespace tinamix::tool {
namespace {

constexpr int kLargestSide = 16384;

int parse_int(const std::string& text, int low, int high) {
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value < low || value > high) {
        throw UsageError("", fmt::format("`{}` is not a whole number in {}..{}", text, low, high));
    }
    return value;
}

/// "123.675,116.28,103.53": one value or one per channel.
std::vector<float> parse_floats(const std::string& text) {
    std::vector<float> values;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t comma = std::min(text.find(',', begin), text.size());
        const std::string item = text.substr(begin, comma - begin);
        char* end = nullptr;
        const float value = std::strtof(item.c_str(), &end);
        if (item.empty() || *end != '\0' || !(std::abs(value) < 1e9F)) {
            throw UsageError("", fmt::format("`{}` is not a list of numbers like 123.675,116.28,103.53", text));
        }
        values.push_back(value);
        begin = comma + 1;
    }
    return values;
}

ir::Shape parse_shape(const std::string& text) {
    ir::Shape shape;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t cross = std::min(text.find('x', begin), text.size());
        int64_t value = 0;
        const auto [end, code] = std::from_chars(text.data() + begin, text.data() + cross, value);
        if (code != std::errc() || end != text.data() + cross || value < 1 || value > (int64_t{1} << 31)) {
            throw UsageError("", fmt::format("`{}` is not a shape like 1x3x224x224", text));
        }
        shape.push_back(value);
        begin = cross + 1;
    }
    return shape;
}

}  // namespace

std::pair<std::string, std::string> split_pair(const std::string& text) {
    const size_t equal = text.find('=');
    if (equal == std::string::npos || equal == 0 || text.find('/') == 0 || text.starts_with("./") ||
        text.starts_with("../")) {
        return {"", text};
    }
    return {text.substr(0, equal), text.substr(equal + 1)};
}

void PreprocessingOptions::declare(Options& options) {
    using Kind = Options::Kind;
    options.group("Pictures: resize, then crop or letterbox, then (pixel - mean) / std");
    options.add("--resize", Kind::kValue, "S|WxH", "short side in pixels, or width x height", [this](const auto& v) {
        const std::string& text = v.front();
        const size_t cross = text.find('x');
        if (cross == std::string::npos) {
            value.resize_short = parse_int(text, 1, kLargestSide);
            value.resize_to.reset();
        } else {
            value.resize_to = {parse_int(text.substr(0, cross), 1, kLargestSide),
                               parse_int(text.substr(cross + 1), 1, kLargestSide)};
            value.resize_short.reset();
        }
    });
    options.add("--crop", Kind::kValue, "S", "square from the centre, S x S pixels",
                [this](const auto& v) { value.crop = parse_int(v.front(), 1, kLargestSide); });
    options.add("--letterbox", Kind::kValue, "FILL",
                "keep the aspect ratio and fill the border of the model's input with FILL (0..255)",
                [this](const auto& v) { value.letterbox_fill = parse_int(v.front(), 0, 255); });
    options.add("--pixel-format", Kind::kValue, "rgb|bgr|gray", "order of the channels (default rgb)",
                [this](const auto& v) {
                    static const std::vector<std::string> kNames{"rgb", "bgr", "gray"};
                    const auto found = std::find(kNames.begin(), kNames.end(), v.front());
                    if (found == kNames.end()) {
                        throw UsageError("", fmt::format("unknown value `{}`", v.front()), "one of rgb, bgr, gray");
                    }
                    value.pixel_format = static_cast<data::PixelFormat>(found - kNames.begin());
                });
    options.add("--mean", Kind::kList, "A[,B,C]", "subtracted, in 0..255 units (default 0)",
                [this](const auto& v) { value.mean = parse_floats(v.front()); });
    options.add("--std", Kind::kList, "A[,B,C]", "divides, in 0..255 units (default 1)", [this](const auto& v) {
        value.std = parse_floats(v.front());
        if (std::count(value.std.begin(), value.std.end(), 0.0F) != 0) throw UsageError("", "0 cannot divide");
    });
    options.add("--layout", Kind::kValue, "nchw|nhwc", "layout of the model's picture input (default nchw)",
                [this](const auto& v) {
                    if (v.front() != "nchw" && v.front() != "nhwc") {
                        throw UsageError("", fmt::format("unknown value `{}`", v.front()), "one of nchw, nhwc");
                    }
                    value.layout = v.front() == "nchw" ? data::Layout::kNchw : data::Layout::kNhwc;
                });
    options.exclude("--crop", "--letterbox");
    options.exclude("--resize", "--letterbox");
}

void PreprocessingOptions::check() const {
    const size_t channels = value.pixel_format == data::PixelFormat::kGray ? 1 : 3;
    for (const auto& [name, values] : {std::pair{"--mean", &value.mean}, std::pair{"--std", &value.std}}) {
        if (values->size() != 1 && values->size() != channels) {
            throw UsageError(
                name, fmt::format("{} values for {} channel{}", values->size(), channels, channels == 1 ? "" : "s"));
        }
    }
}

nlohmann::ordered_json PreprocessingOptions::to_json() const {
    static constexpr const char* kFormats[] = {"rgb", "bgr", "gray"};
    nlohmann::ordered_json json;
    if (value.resize_short) json["resize"] = std::to_string(*value.resize_short);
    if (value.resize_to) json["resize"] = fmt::format("{}x{}", (*value.resize_to)[0], (*value.resize_to)[1]);
    if (value.crop) json["crop"] = *value.crop;
    if (value.letterbox_fill) json["letterbox"] = *value.letterbox_fill;
    json["pixel_format"] = kFormats[static_cast<int>(value.pixel_format)];
    json["mean"] = value.mean;
    json["std"] = value.std;
    json["layout"] = value.layout == data::Layout::kNchw ? "nchw" : "nhwc";
    return json;
}

void DataOptions::declare(Options& options, int default_samples, const std::string& help) {
    samples = default_samples;
    options.add("--data", Options::Kind::kPathPairs, "[NAME=]PATH", help, [this](const auto& values) {
        paths.clear();
        for (const std::string& text : values) {
            const auto [name, path] = split_pair(text);
            if (path.empty()) throw UsageError("", fmt::format("`{}` has no path", text));
            if (!paths.emplace(name, path).second) {
                throw UsageError("", name.empty() ? "several paths need the names of inputs: NAME=PATH"
                                                  : fmt::format("input `{}` is given twice", name));
            }
        }
        if (paths.size() > 1 && paths.count("") != 0) {
            throw UsageError("", "several paths need the names of inputs: NAME=PATH");
        }
    });
    options.integer("--samples", samples, 1, 100'000'000,
                    fmt::format("use at most N samples, spread evenly (default {})",
                                default_samples == 0 ? "all" : std::to_string(default_samples)));
}

std::unique_ptr<data::SampleSource> DataOptions::open(const ir::Graph& graph, const data::Preprocessing& preprocessing,
                                                      const Options& options) const {
    auto source = data::open_samples(graph, paths, preprocessing, static_cast<size_t>(samples));
    note_shortage(source->size(), options);
    return source;
}

void DataOptions::note_shortage(size_t found, const Options& options) const {
    if (options.given("--samples") && found < static_cast<size_t>(samples)) {
        fmt::print(stderr, "tinamix: note: {} samples found, --samples asked for {}\n", found, samples);
    }
}

void ThreadOptions::declare(Options& options) {
    options.integer("--threads", threads, 1, 8,
                    "threads, 1..8 (default 1); the number never changes a bit of a simulation");
}

void StateOptions::declare(Options& options) {
    options.add(
        "--state", Options::Kind::kPairs, "OUT=IN",
        "output OUT of a run is input IN of the next: a state that the model keeps, zero at first (repeatable); "
        "samples are then the frames of one sequence, in order",
        [this](const auto& values) {
            pairs.clear();
            for (const std::string& text : values) {
                const size_t equal = text.rfind('=');
                if (equal == std::string::npos || equal == 0 || equal + 1 == text.size()) {
                    throw UsageError("", fmt::format("`{}` is not OUT=IN", text));
                }
                if (!pairs.emplace(text.substr(0, equal), text.substr(equal + 1)).second) {
                    throw UsageError("", fmt::format("`{}` is given twice", text.substr(0, equal)));
                }
            }
        });
}

void ShapeOptions::declare(Options& options) {
    options.add("--shape", Options::Kind::kPairs, "NAME=1x3x320x320",
                "shape of an input with symbolic dimensions (repeatable)", [this](const auto& values) {
                    shapes.clear();
                    for (const std::string& text : values) {
                        const size_t equal = text.rfind('=');
                        if (equal == std::string::npos || equal == 0) {
                            throw UsageError("", fmt::format("`{}` is not NAME=SHAPE", text));
                        }
                        if (!shapes.emplace(text.substr(0, equal), parse_shape(text.substr(equal + 1))).second) {
                            throw UsageError("", fmt::format("`{}` is given twice", text.substr(0, equal)));
                        }
                    }
                });
    options.add("--constant-input", Options::Kind::kPathPairs, "NAME=x.npy",
                "content of an input that never changes: it becomes part of the model, and shapes may follow from it "
                "(repeatable)",
                [this](const auto& values) {
                    constant_inputs.clear();
                    for (const std::string& text : values) {
                        const auto [name, path] = split_pair(text);
                        if (name.empty()) throw UsageError("", fmt::format("`{}` is not NAME=x.npy", text));
                        if (!constant_inputs.emplace(name, path).second) {
                            throw UsageError("", fmt::format("`{}` is given twice", name));
                        }
                    }
                });
}

void ShapeOptions::refuse_for_packed_model() const {
    if (!shapes.empty()) throw UsageError("--shape", "a .tmx file has fixed shapes");
    if (!constant_inputs.empty()) throw UsageError("--constant-input", "the constants of a .tmx file are inside");
}

import::ImportOptions ShapeOptions::import_options() const {import::ImportOptions options;
options.input_shapes = shapes;
for (const auto& [name, path] : constant_inputs) options.constant_inputs[name] = formats::read_npy(path);
return options;
}  // namespace tinamix::tool

void ShapeOptions::add_to(nlohmann::ordered_json& json) const {
    if (!shapes.empty()) json["shape"] = shapes;
    if (!constant_inputs.empty()) json["constant_input"] = constant_inputs;
}

void declare_inputs(Options& options, NamedPaths& inputs) {
    options.add("-i,--input", Options::Kind::kPathPairs, "[NAME=]x.npy",
                "one per model input: in the model's order, or by name; a picture is preprocessed",
                [&inputs](const auto& values) {
                    inputs.clear();
                    for (const std::string& text : values) inputs.push_back(split_pair(text));
                });
}

}  // namespace tinamix::tool
