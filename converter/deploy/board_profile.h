// What there is to know about a board before a model goes there: boards/<name>/board.yaml, or a file of one's own
// (docs/boards.md describes every key).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinamix::deploy {

enum class TransportKind { kLocal, kSsh, kAdb };

struct BoardProfile {
    std::string name;  ///< "v853", "virtual/arm64", or the path of the file it was read from
    std::string summary;
    struct Cpu {
        std::string architecture;  ///< armv7, aarch64, riscv64, x86_64
        int cores = 1;
        int clock_mhz = 0;
        std::vector<std::string> features;
    } cpu;
    std::string target;  ///< what weights are packed for (pack/target.cpp)
    std::string costs;   ///< cost table whose milliseconds are predicted (cost/board.h); "": there is none
    int64_t memory_mib = 0;
    double model_mib = 0;  ///< what weights and arena of one model may take
    struct Npu {
        uint32_t target_id = 0;
        std::string viplite;
    };
    std::optional<Npu> npu;
    std::string models;  ///< folder of the store
    std::string tmx;     ///< the program on the board
    struct Transport {
        TransportKind kind = TransportKind::kSsh;
        std::string address;  ///< ssh: user@host; adb: serial or host:port, empty: the only one; local: a folder
        int port = 0;         ///< ssh
        std::vector<std::string> options;  ///< ssh -o
    } transport;
};

/// `board`: a name of board_names(), or the path of a YAML file (it contains a '/' and ends in .yaml). Throws Error
/// with file and line for anything wrong, with the nearest name for an unknown board.
BoardProfile load_board(const std::string& board);
/// Those that come with tinamix.
std::vector<std::string> board_names();
BoardProfile parse_board(const std::string& yaml, const std::string& name, const std::string& where);

/// The boards in a list like "v853,t527,generic"; what is no board is left out.
std::vector<BoardProfile> boards_among(const std::string& names);
/// The same list with packings in place of boards, each once: "v853,t527,generic". Unknown words stay.
std::string targets_of(const std::string& names);

const char* transport_name(TransportKind kind);

}  // namespace tinamix::deploy
