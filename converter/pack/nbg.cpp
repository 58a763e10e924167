#include "pack/nbg.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"

namespace tinamix::pack {

namespace {

using Json = nlohmann::ordered_json;

/// Types by the names that the tools use for them.
struct TypeName {
    const char* name;
    NbgType type;
};
constexpr TypeName kTypeNames[] = {
    {"i8", NbgType::kInt8},     {"int8", NbgType::kInt8},       {"u8", NbgType::kUInt8},
    {"uint8", NbgType::kUInt8}, {"i16", NbgType::kInt16},       {"int16", NbgType::kInt16},
    {"f32", NbgType::kFloat32}, {"float32", NbgType::kFloat32}, {"none", NbgType::kFloat32}};

NbgType type_of(const std::string& where, const std::string& name) {
    for (const TypeName& known : kTypeNames) {
        if (name == known.name) return known.type;
    }
    throw Error(where, fmt::format("type `{}`: borders of a section are int8, uint8, int16 or float32", name),
                "export the network with quantized inputs and outputs");
}

NbgBorder border_of(const std::string& where, const std::string& key, const Json& json) {
    NbgBorder border;
    border.name = json.value("name", key);
    border.shape = json.at("shape").get<ir::Shape>();
    border.channels_last = json.value("format", "") == "nhwc";
    const Json quantize = json.contains("quantize") && json["quantize"].is_object() ? json["quantize"] : Json::object();
    const std::string type =
        quantize.value("qtype", json.contains("dtype") && json["dtype"].is_string() ? json["dtype"].get<std::string>()
                                                                                    : std::string("f32"));
    border.type = type_of(where, type);
    if (border.type == NbgType::kFloat32) return border;
    if (quantize.contains("fl") && !quantize.contains("scale")) {  // fixed point
        border.scale = std::ldexp(1.0F, -quantize["fl"].get<int>());
    } else {
        border.scale = quantize.at("scale").get<float>();
        border.zero_point = quantize.value("zero_point", 0);
    }
    if (!(border.scale > 0) || !std::isfinite(border.scale)) throw Error(where, "scale is not positive and finite");
    const int32_t lowest = border.type == NbgType::kUInt8 ? 0 : -128, highest = lowest + 255;
    if (border.type == NbgType::kInt16 ? border.zero_point != 0
                                       : border.zero_point < lowest || border.zero_point > highest) {
        throw Error(where, fmt::format("zero point {} is not one of type `{}`", border.zero_point, type),
                    border.type == NbgType::kInt16 ? "int16 is symmetric here" : "");
    }
    return border;
}

std::vector<NbgBorder> borders_of(const std::string& path, const Json& json, const char* key, uint32_t count) {
    std::vector<NbgBorder> borders;
    for (const auto& [name, item] : json.at(key).items()) {
        borders.push_back(border_of(fmt::format("{}: {} `{}`", path, key, name), name, item));
    }
    if (borders.size() == count) return borders;
    throw Error(path, fmt::format("describes {} {}, the NBG has {}", borders.size(), key, count),
                "it belongs to another NBG");
}

NbgMeta read_meta(const std::string& path, const tmx::npu::NbgHeader& header) {
    const std::string text = formats::read_file(path);
    try {
        const Json json = Json::parse(text);
        return {borders_of(path, json, "Inputs", header.inputs), borders_of(path, json, "Outputs", header.outputs)};
    } catch (const Json::exception& error) {
        throw Error(path, fmt::format("is no nbg_meta.json: {}", error.what()));
    }
}

}  // namespace

Nbg read_nbg(const std::string& path, const std::string& meta) {
    Nbg nbg;
    nbg.path = path;
    nbg.bytes = formats::read_file(path);
    if (const char* problem = tmx::npu::read_nbg_header(nbg.bytes.data(), nbg.bytes.size(), &nbg.header)) {
        throw Error(path, fmt::format("the NBG {}", problem), "it is the .nb file of the vendor's export");
    }
    if (!meta.empty()) nbg.meta = read_meta(meta, nbg.header);
    return nbg;
}

}  // namespace tinamix::pack
