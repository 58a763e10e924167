// The summary of a conversion.
#include "tool/conversion_summary.h"

#include <fmt/format.h>

#include <array>

#include "tool/arena_bound.h"
#include "tool/predicted_cost.h"
#include "tool/table.h"

namespace tinamix::tool {

nlohmann::ordered_json conversion_summary(const Simulation& packed, uint64_t onnx_bytes) {
    const tmx_info& info = packed.info();
    struct Share {
        uint64_t layers = 0, macs = 0;
    };
    std::array<Share, 4> shares;
    uint64_t macs = 0;
    for (int32_t index = 0; index < info.op_count; ++index) {
        const tmx_op op = packed.op(index);
        ++shares[op.precision].layers;
        shares[op.precision].macs += op.macs;
        macs += op.macs;
    }
    nlohmann::ordered_json json;
    json["layers"] = info.op_count;
    json["macs"] = macs;
    json["precisions"] = nlohmann::ordered_json::object();
    for (size_t p = 0; p < shares.size(); ++p) {
        if (shares[p].layers == 0) continue;
        json["precisions"][precision_text(static_cast<tmx_precision>(p))] = {{"layers", shares[p].layers},
                                                                             {"macs", shares[p].macs}};
    }
    json["target"] = info.target;
    json["onnx_bytes"] = onnx_bytes;
    json["file_bytes"] = info.file_bytes;
    json["weights_bytes"] = info.weights_bytes;
    json["arena_bytes"] = info.arena_bytes;
    json["arena_lower_bound_bytes"] = largest_live_sum(packed);
    json["checksum"] = fmt::format("{:016x}", info.checksum);
    return json;
}

namespace {

void print_search(const nlohmann::ordered_json& search) {
    const bool reached = search["reached"], fits = search["within_limits"];
    const bool cosine = search.contains("target_cosine");
    const std::string goal = cosine ? fmt::format("least cosine {}", search["target_cosine"].get<double>())
                                    : fmt::format("largest drop of {} {:.6g}", search["metric"].get<std::string>(),
                                                  search["max_drop"].get<double>());
    fmt::print("  search  {}: {}{}; {} groups, {} mixes on {} samples\n", goal, reached ? "reached" : "NOT reached",
               fits ? "" : ", and no mix is within the limits", search["groups"].get<int>(),
               search["simulated"].get<int>(), search["samples"].get<int>());
    for (const char* mix : {"int8", "mixed", "int16"}) {
        const auto& of = search[mix];
        const char* key = cosine ? "cosine" : "drop";
        std::string outputs;
        for (const auto& [output, value] : of[key].items()) {
            outputs += fmt::format("{}{:.6f} {}", outputs.empty() ? "" : ", ", value.get<double>(), output);
        }
        fmt::print("          {:<6} {:.3f} ms, {} {}\n", mix, of["ms"].get<double>(), key, outputs);
    }
}

}  // namespace

void print_summary(const nlohmann::ordered_json& summary) {
    const uint64_t macs = summary["macs"];
    std::string shares;
    for (const auto& [name, share] : summary["precisions"].items()) {
        shares += fmt::format("{}{} {}", shares.empty() ? "" : ", ", share["layers"].get<uint64_t>(), name);
        if (macs > 0)
            shares +=
                fmt::format(" ({:.1f} % of MAC)", 100.0 * share["macs"].get<double>() / static_cast<double>(macs));
    }
    fmt::print("  layers  {}: {}\n", summary["layers"].get<int>(), shares);
    if (summary.contains("float_joins")) {
        std::string joins;
        for (const auto& join : summary["float_joins"]) {
            joins += fmt::format("{}{} ({:.0f} x)", joins.empty() ? "" : ", ", join["name"].get<std::string>(),
                                 join["ranges_differ"].get<double>());
        }
        fmt::print("  joins   in float32, because the ranges that meet for an output differ: {}\n", joins);
    }
    if (summary.contains("repair")) {
        const auto& repair = summary["repair"];
        fmt::print("  repair  {}", repair["made"].get<std::string>());
        if (repair.contains("error")) {
            fmt::print(": error of the outputs {:.3g} (before {:.3g})", repair["error"].get<double>(),
                       repair["error_before"].get<double>());
        }
        fmt::print("\n");
    }
    if (summary.contains("search")) print_search(summary["search"]);
    if (summary.contains("predicted")) print_predicted_cost(summary["predicted"]);
    fmt::print("  MAC     {}\n", si(static_cast<double>(macs)));
    fmt::print("  file    {} bytes, of which weights {} (ONNX: {})\n", grouped(summary["file_bytes"]),
               grouped(summary["weights_bytes"]), grouped(summary["onnx_bytes"]));
    fmt::print("  arena   {} bytes (largest sum of live tensors {})\n", grouped(summary["arena_bytes"]),
               grouped(summary["arena_lower_bound_bytes"]));
}

}  // namespace tinamix::tool
