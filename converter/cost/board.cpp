#include "cost/board.h"

#include <fmt/format.h>

#include <cmath>

#include "cost/built_in_boards.h"
#include "diagnostics/error.h"
#include "formats/strict_yaml.h"

namespace tinamix::cost {

using formats::YamlNode;
using quantize::Precision;

namespace {

constexpr Precision kPrecisions[] = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32};

double not_negative(const YamlNode& node) {
    const double number = node.number();
    if (number < 0) node.fail(fmt::format("{} must not be negative", node.path()));
    return number;
}

double positive(const YamlNode& node) {
    const double number = node.number();
    if (number <= 0) node.fail(fmt::format("{} must be above 0", node.path()));
    return number;
}

Rates read_rates(const YamlNode& node, double cycles_per_instruction) {
    node.expect_keys(
        {"op", "mac", "input", "output", "weight", "position", "tap", "visit", "lanes", "cycles_per_instruction"});
    Rates rates;
    rates.cycles_per_instruction = cycles_per_instruction;
    const auto read = [&](const char* key, double& rate) {
        if (node.has(key)) rate = not_negative(node.at(key));
    };
    read("op", rates.op);
    read("mac", rates.mac);
    read("input", rates.input);
    read("output", rates.output);
    read("weight", rates.weight);
    read("position", rates.position);
    read("tap", rates.tap);
    read("visit", rates.visit);
    if (node.has("lanes")) rates.lanes = positive(node.at("lanes"));
    if (node.has("cycles_per_instruction")) {
        rates.cycles_per_instruction = positive(node.at("cycles_per_instruction"));
    }
    return rates;
}

double padded_macs(const OpWork& work, double lanes) {
    if (work.visits == 0) return static_cast<double>(work.macs);
    const auto visits = static_cast<double>(work.visits), channels = static_cast<double>(work.macs / work.visits);
    return visits * std::ceil(channels / lanes) * lanes;
}

Board board_of(const YamlNode& root) {
    root.expect_keys({"board", "about", "megahertz", "cycles_per_instruction", "instructions"});
    Board board;
    board.name = root.at("board").text();
    board.about = root.at("about").text();
    board.megahertz = positive(root.at("megahertz"));
    const double cycles = positive(root.at("cycles_per_instruction"));
    for (const auto& [kind, precisions] : root.at("instructions").entries()) {
        for (const auto& [precision, rates] : precisions.entries()) {
            Precision known{};
            try {
                known = quantize::precision_from_name(precision);
            } catch (const Error& error) {
                rates.fail(error.what());
            }
            board.rates[kind][known] = read_rates(rates, cycles);
        }
    }
    for (const Precision precision : kPrecisions) {
        if (board.rates["other"].count(precision) == 0) {
            root.at("instructions").fail(fmt::format("`other` lacks {}", quantize::precision_name(precision)));
        }
    }
    return board;
}

}  // namespace

Cost Board::predict(const OpWork& work) const {
    const auto find = [&](const std::string& kind) -> const Rates* {
        const auto by_precision = rates.find(kind);
        if (by_precision == rates.end()) return nullptr;
        const auto found = by_precision->second.find(work.precision);
        return found == by_precision->second.end() ? nullptr : &found->second;
    };
    const Rates* of = find(work.kind);
    if (of == nullptr) of = find(plain_kind(work.kind));
    if (of == nullptr) of = find("other");
    Cost cost;
    cost.instructions = of->op + of->mac * padded_macs(work, of->lanes) + of->input * static_cast<double>(work.inputs) +
                        of->output * static_cast<double>(work.outputs) +
                        of->weight * static_cast<double>(work.weight_bytes) +
                        of->position * static_cast<double>(work.positions) + of->tap * static_cast<double>(work.taps) +
                        of->visit * static_cast<double>(work.visits);
    constexpr double kKilo = 1e3;
    cost.ms = cost.instructions * of->cycles_per_instruction / (megahertz * kKilo);
    return cost;
}

Cost Board::predict(const std::vector<OpWork>& works) const {
    Cost sum;
    for (const OpWork& work : works) sum += predict(work);
    return sum;
}

Board read_board(const std::string& path) { return board_of(formats::read_yaml(path)); }

Board parse_board(const std::string& text, const std::string& name) {
    return board_of(formats::parse_yaml(text, name));
}

Board board_from_name(const std::string& name) {
    for (const BuiltInBoard& board : kBuiltInBoards) {
        if (name == board.name) return parse_board(board.cost_table, "boards/" + name + "/cost.yaml");
    }
    throw Error("board", fmt::format("there is no cost table of `{}`", name), did_you_mean(name, board_names()));
}

std::vector<std::string> board_names() {
    std::vector<std::string> names;
    for (const BuiltInBoard& board : kBuiltInBoards) names.emplace_back(board.name);
    return names;
}

}  // namespace tinamix::cost
