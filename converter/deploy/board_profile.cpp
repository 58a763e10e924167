// Reading board profiles; see board_profile.h.
#include "deploy/board_profile.h"

#include <algorithm>

#include "cost/board.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "formats/strict_yaml.h"
#include "pack/pack.h"

namespace tinamix::deploy {

namespace {

using formats::YamlNode;

struct BuiltIn {
    const char* name;
    const char* yaml;
};
// Written by CMake from boards/*/board.yaml.
constexpr BuiltIn kBuiltIn[] = {
#include "board_list.inc"
};

const std::vector<std::string> kArchitectures = {"armv7", "aarch64", "riscv64", "x86_64"};
const std::vector<std::string> kTransports = {"local", "ssh", "adb"};

std::string one_of(const YamlNode& node, const std::vector<std::string>& choices) {
    std::string text = node.text();
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
        node.fail(node.path() + " cannot be `" + text + "`", did_you_mean(text, choices));
    }
    return text;
}

std::vector<std::string> texts(const YamlNode& node) {
    std::vector<std::string> values;
    for (const YamlNode& item : node.items()) values.push_back(item.text());
    return values;
}

BoardProfile::Cpu cpu_of(const YamlNode& node) {
    node.expect_keys({"architecture", "cores", "clock_mhz", "features"});
    BoardProfile::Cpu cpu;
    cpu.architecture = one_of(node.at("architecture"), kArchitectures);
    cpu.cores = static_cast<int>(node.at("cores").integer(1, 256));
    cpu.clock_mhz = static_cast<int>(node.at("clock_mhz").integer(1, 10000));
    cpu.features = texts(node.at("features"));
    return cpu;
}

BoardProfile::Npu npu_of(const YamlNode& node) {
    node.expect_keys({"target_id", "viplite"});
    const YamlNode id = node.at("target_id");
    const std::string text = id.text();
    size_t used = 0;
    unsigned long value = 0;
    try {
        value = std::stoul(text, &used, 0);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used != text.size() || value == 0 || value > UINT32_MAX) id.fail(id.path() + " must be a number like 0xEE");
    return {static_cast<uint32_t>(value), node.at("viplite").text()};
}

BoardProfile::Transport transport_of(const YamlNode& node) {
    node.expect_keys({"kind", "address", "port", "options"});
    BoardProfile::Transport transport;
    const std::string kind = one_of(node.at("kind"), kTransports);
    transport.kind = kind == "local" ? TransportKind::kLocal
                     : kind == "ssh" ? TransportKind::kSsh
                                     : TransportKind::kAdb;
    if (node.has("address")) transport.address = node.at("address").text();
    if (node.has("port")) transport.port = static_cast<int>(node.at("port").integer(1, 65535));
    if (node.has("options")) transport.options = texts(node.at("options"));
    if (transport.kind != TransportKind::kSsh && (node.has("port") || node.has("options"))) {
        node.fail("`port` and `options` belong to ssh");
    }
    return transport;
}

std::vector<std::string> words_of(const std::string& list) {
    std::vector<std::string> words;
    for (size_t begin = 0; begin <= list.size();) {
        const size_t end = std::min(list.find(',', begin), list.size());
        words.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

std::string absolute_path(const YamlNode& node) {
    std::string path = node.text();
    if (path.size() < 2 || path[0] != '/') node.fail(node.path() + " must be an absolute path on the board");
    return path;
}

}  // namespace

const char* transport_name(TransportKind kind) { return kTransports[static_cast<size_t>(kind)].c_str(); }

BoardProfile parse_board(const std::string& yaml, const std::string& name, const std::string& where) {
    const YamlNode root = formats::parse_yaml(yaml, where);
    root.expect_keys({"summary", "cpu", "target", "costs", "memory", "npu", "models", "tmx", "transport"});
    BoardProfile board;
    board.name = name;
    board.summary = root.at("summary").text();
    board.cpu = cpu_of(root.at("cpu"));
    board.target = one_of(root.at("target"), pack::target_names());
    if (root.has("costs")) board.costs = one_of(root.at("costs"), cost::board_names());
    const YamlNode memory = root.at("memory");
    memory.expect_keys({"total_mib", "model_mib"});
    board.memory_mib = memory.at("total_mib").integer(1, 1 << 20);
    const YamlNode model = memory.at("model_mib");
    board.model_mib = model.number();
    if (board.model_mib <= 0 || board.model_mib > static_cast<double>(board.memory_mib)) {
        model.fail(model.path() + " must be above 0 and at most total_mib");
    }
    if (root.has("npu")) board.npu = npu_of(root.at("npu"));
    board.models = absolute_path(root.at("models"));
    board.tmx = absolute_path(root.at("tmx"));
    board.transport = transport_of(root.at("transport"));
    return board;
}

std::vector<std::string> board_names() {
    std::vector<std::string> names;
    for (const BuiltIn& board : kBuiltIn) names.push_back(board.name);
    return names;
}

BoardProfile load_board(const std::string& board) {
    if (board.ends_with(".yaml")) return parse_board(formats::read_file(board), board, board);
    for (const BuiltIn& known : kBuiltIn) {
        if (board == known.name) return parse_board(known.yaml, board, "boards/" + board + "/board.yaml");
    }
    const std::string near = did_you_mean(board, board_names());
    throw Error("", "unknown board `" + board + "`", near.empty() ? "`tinamix boards` lists them" : near);
}

namespace {

bool is_board(const std::string& name) {
    const std::vector<std::string> names = board_names();
    return std::find(names.begin(), names.end(), name) != names.end() || name.ends_with(".yaml");
}

}  // namespace

std::vector<BoardProfile> boards_among(const std::string& names) {
    std::vector<BoardProfile> boards;
    for (const std::string& name : words_of(names)) {
        if (is_board(name)) boards.push_back(load_board(name));
    }
    return boards;
}

std::string targets_of(const std::string& names) {
    std::vector<std::string> seen, targets;
    const auto has = [](const std::vector<std::string>& list, const std::string& word) {
        return std::find(list.begin(), list.end(), word) != list.end();
    };
    for (const std::string& name : words_of(names)) {
        const std::string target = is_board(name) ? load_board(name).target : name;
        // Two boards of one packing are one; the same word twice is a mistake, and said to be one later.
        if (!has(targets, target) || has(seen, name)) targets.push_back(target);
        seen.push_back(name);
    }
    std::string text;
    for (const std::string& target : targets) text += (text.empty() ? "" : ",") + target;
    return text;
}

}  // namespace tinamix::deploy
