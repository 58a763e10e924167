#include "tool/predicted_cost.h"

#include <fmt/format.h>

#include <memory>

#include "cost/op_work.h"
#include "tool/table.h"

namespace tinamix::tool {

nlohmann::ordered_json predicted_cost(const std::vector<uint8_t>& bytes, const cost::Board& board, bool layers) {
    const std::unique_ptr<tmx::format::ModelT> model(tmx::format::GetModel(bytes.data())->UnPack());
    const std::vector<cost::OpWork> works = cost::works_of(*model);
    const cost::Cost all = board.predict(works);
    nlohmann::ordered_json json{{"board", board.name}, {"ms", all.ms}, {"instructions", all.instructions}};
    if (!layers) return json;
    for (const cost::OpWork& work : works) {
        const cost::Cost of = board.predict(work);
        json["layers"].push_back({{"name", work.layer},
                                  {"kind", work.kind},
                                  {"precision", std::string(quantize::precision_name(work.precision))},
                                  {"macs", work.macs},
                                  {"inputs", work.inputs},
                                  {"outputs", work.outputs},
                                  {"weight_bytes", work.weight_bytes},
                                  {"positions", work.positions},
                                  {"taps", work.taps},
                                  {"visits", work.visits},
                                  {"ms", of.ms},
                                  {"instructions", of.instructions}});
    }
    return json;
}

void print_predicted_cost(const nlohmann::ordered_json& predicted) {
    const double all = predicted["ms"];
    if (predicted.contains("layers")) {
        Table table({"layer", "kind", "precision", "MAC", "ms", "%"}, {false, false, false, true, true, true});
        for (const auto& layer : predicted["layers"]) {
            table.add({layer["name"], layer["kind"], layer["precision"], si(layer["macs"].get<double>()),
                       fmt::format("{:.4f}", layer["ms"].get<double>()),
                       fmt::format("{:.1f}", 100 * layer["ms"].get<double>() / all)});
        }
        fmt::print("{}", table.text());
    }
    fmt::print("  time    {:.3f} ms predicted on {}, one thread ({} instructions)\n", all,
               predicted["board"].get<std::string>(), si(predicted["instructions"].get<double>()));
}

}  // namespace tinamix::tool
