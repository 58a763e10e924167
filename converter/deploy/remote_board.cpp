// Talking to a board; see remote_board.h.
#include "deploy/remote_board.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "diagnostics/error.h"

namespace tinamix::deploy {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSpareBytes = 256 * 1024;

std::string first_line(const std::string& text) {
    const std::string line = text.substr(0, text.find('\n'));
    return line.empty() || line.back() != '\r' ? line : line.substr(0, line.size() - 1);
}

/// What `uname -m` calls an architecture of board profiles.
std::string architecture_of(const std::string& machine) {
    if (machine.starts_with("armv7") || machine == "armv8l") return "armv7";
    if (machine == "arm64") return "aarch64";
    return machine;
}

}  // namespace

RemoteBoard::RemoteBoard(BoardProfile profile, BoardAccess access)
    : profile_(std::move(profile)),
      access_(std::move(access)),
      transport_(open_transport(profile_.transport, access_.address)) {
    uploads_ = transport_->path(fmt::format("{}/.upload-{}", profile_.models, getpid()));
    check_processor();
    try {
        find_tmx();
    } catch (...) {
        if (has_uploads_) run("rm -rf " + shell_quoted(uploads_));
        throw;
    }
    access_.progress(fmt::format("{}: {}, tmx {}", describe(), profile_.cpu.architecture, tmx_version_));
}

RemoteBoard::~RemoteBoard() {
    if (!has_uploads_) return;
    try {
        run("rm -rf " + shell_quoted(uploads_));
    } catch (const std::exception&) {  // gone: then there is nothing to clean up with
    }
}

std::string RemoteBoard::describe() const { return profile_.name + " (" + transport_->describe() + ")"; }

void RemoteBoard::check_processor() {
    const ProcessResult result = run("uname -m");
    const std::string machine = architecture_of(first_line(result.out));
    if (result.status != 0 || machine.empty()) {
        throw Error(describe(), "does not answer as a Linux system", first_line(result.err));
    }
    if (machine != profile_.cpu.architecture) {
        throw Error(
            describe(),
            fmt::format("is a {} system, but board {} is {}", machine, profile_.name, profile_.cpu.architecture),
            "is it the right address?");
    }
}

void RemoteBoard::find_tmx() {
    tmx_ = transport_->path(profile_.tmx);
    if (!access_.tmx.empty()) {
        tmx_ = upload(access_.tmx);
        if (run("chmod 755 " + shell_quoted(tmx_)).status != 0) throw Error(describe(), "cannot make tmx executable");
    }
    const ProcessResult result = run(shell_quoted(tmx_) + " --version");
    const std::string line = first_line(result.out);
    if (result.status != 0 || !line.starts_with("tmx ")) {
        throw Error(describe(), fmt::format("`{} --version` does not work: {}", tmx_, first_line(result.err)),
                    "--tmx FILE brings a tmx along: build/<processor>/runtime/tmx is a static program");
    }
    tmx_version_ = line.substr(4);
}

void RemoteBoard::check_room(uint64_t bytes) {
    const std::string folder = shell_quoted(uploads_);
    // The last line of df: file system, blocks of 1 KB, used, available, ...
    const ProcessResult result = run("{ df -kP " + folder + " 2>/dev/null || df -k " + folder + "; } | tail -n 1");
    std::istringstream words(result.out);
    std::string name;
    uint64_t total = 0, used = 0, available = 0;
    if (!(words >> name >> total >> used >> available)) return;  // the copy will tell
    if (available * 1024 >= bytes + kSpareBytes) return;
    throw Error(
        describe(),
        fmt::format("{} has {:.1f} MB free, {:.1f} MB are needed", profile_.models,
                    static_cast<double>(available) / 1024, static_cast<double>(bytes + kSpareBytes) / (1 << 20)),
        "`tmx gc` there removes old versions");
}

std::string RemoteBoard::upload(const std::string& file, int copies) {
    std::error_code missing;
    const uint64_t bytes = fs::file_size(file, missing);
    if (missing) throw Error(file, missing.message());
    const ProcessResult made = run("mkdir -p " + shell_quoted(uploads_));
    if (made.status != 0) throw Error(describe(), "cannot make a folder: " + first_line(made.err + made.out));
    has_uploads_ = true;
    check_room(bytes * static_cast<uint64_t>(copies));
    const std::string remote = uploads_ + "/" + fs::path(file).filename().string();
    const auto start = std::chrono::steady_clock::now();
    transport_->push(file, remote, access_.timeout);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    access_.progress(fmt::format("{}: {:.2f} MB copied in {:.1f} s", fs::path(file).filename().string(),
                                 static_cast<double>(bytes) / (1 << 20), time.count()));
    return remote;
}

ProcessResult RemoteBoard::tmx(const std::vector<std::string>& arguments) {
    std::string command = shell_quoted(tmx_);
    for (const std::string& argument : arguments) command += " " + shell_quoted(argument);
    return run(command);
}

nlohmann::ordered_json RemoteBoard::tmx_json(const std::vector<std::string>& arguments) {
    const ProcessResult result = tmx(arguments);
    // Old adbd mixes what is said on stderr into the output, in front.
    const size_t begin = std::min(result.out.find('{'), result.out.size());
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(result.out.substr(begin), nullptr, false);
    if (json.is_discarded()) {
        throw Error(describe(), fmt::format("tmx {} failed: {}", arguments[0],
                                            first_line(result.err.empty() ? result.out : result.err)));
    }
    return json;
}

}  // namespace tinamix::deploy
