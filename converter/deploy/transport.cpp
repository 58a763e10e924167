// ssh, adb and this machine; see transport.h.
#include "deploy/transport.h"

#include <fmt/format.h>

#include <cstdlib>

#include "diagnostics/error.h"

namespace tinamix::deploy {
namespace {

using std::chrono::seconds;

constexpr seconds kConnectLimit{15};
constexpr const char* kConnectOption = "ConnectTimeout=10";
/// What ssh itself exits with when it fails.
constexpr int kSshFailed = 255;
constexpr const char* kAdbStatus = "tinamix-status:";

std::string trimmed(const std::string& text) {
    const size_t begin = text.find_first_not_of(" \r\n"), end = text.find_last_not_of(" \r\n");
    return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

[[noreturn]] void timed_out(const std::string& board, seconds limit) {
    throw Error(board, fmt::format("no answer for {} s", limit.count()), "--timeout waits longer");
}

/// The board's root is a folder here: an image that is being built, or a test.
class LocalTransport final : public Transport {
  public:
    explicit LocalTransport(std::string root) : root_(std::move(root)) {
        while (!root_.empty() && root_.back() == '/') root_.pop_back();
    }

    std::string describe() const override { return "local folder " + root_ + "/"; }
    std::string path(const std::string& path) const override { return root_ + path; }
    ProcessResult run(const std::string& command, seconds limit) override {
        ProcessResult result = run_process({"/bin/sh", "-c", command}, limit);
        if (result.timed_out) timed_out(describe(), limit);
        return result;
    }
    void push(const std::string& file, const std::string& remote, seconds limit) override {
        const ProcessResult result = run_process({"cp", "--", file, remote}, limit);
        if (result.timed_out) timed_out(describe(), limit);
        if (result.status != 0) throw Error(describe(), trimmed(result.err));
    }

  private:
    std::string root_;
};

class SshTransport final : public Transport {
  public:
    SshTransport(const BoardProfile::Transport& transport, std::string host) : host_(std::move(host)) {
        if (host_.empty()) throw Error("ssh", "which board? Its profile names none", "give --address user@host");
        if (host_[0] == '-') throw Error("ssh", "`" + host_ + "` is no address");
        command_ = {"ssh", "-o", "BatchMode=yes", "-o", kConnectOption};
        for (const std::string& option : transport.options) command_.insert(command_.end(), {"-o", option});
        const int port = take_port(transport.port);
        if (port != 0) command_.insert(command_.end(), {"-p", std::to_string(port)});
        command_.push_back(host_);
    }

    std::string describe() const override { return "ssh " + host_; }
    ProcessResult run(const std::string& command, seconds limit) override { return start(command, limit, ""); }
    /// Through the shell's own input: small systems have neither scp nor sftp.
    void push(const std::string& file, const std::string& remote, seconds limit) override {
        const ProcessResult result = start("cat > " + shell_quoted(remote), limit, file);
        if (result.status != 0)
            throw Error(describe(), fmt::format("cannot write {}: {}", remote, trimmed(result.err)));
    }

  private:
    /// "user@host:2222"
    int take_port(int port) {
        const size_t colon = host_.rfind(':');
        if (colon == std::string::npos || host_.find(':') != colon) return port;  // none, or IPv6
        const std::string text = host_.substr(colon + 1);
        if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return port;
        host_.resize(colon);
        return std::atoi(text.c_str());
    }
    ProcessResult start(const std::string& command, seconds limit, const std::string& input) {
        std::vector<std::string> words = command_;
        words.push_back(command);
        ProcessResult result = run_process(words, limit, input);
        if (result.timed_out) timed_out(describe(), limit);
        if (result.status == kSshFailed) {
            throw Error(describe(), "not reachable: " + trimmed(result.err),
                        "is the board on, and does `ssh " + host_ + " true` work without a password?");
        }
        return result;
    }

    std::string host_;
    std::vector<std::string> command_;
};

class AdbTransport final : public Transport {
  public:
    explicit AdbTransport(std::string serial) : serial_(std::move(serial)) {
        if (serial_.find(':') == std::string::npos) return;
        connect();
        // Of a board that has restarted since, adb still has the old connection, and says "already connected".
        if (trimmed(start({"get-state"}, kConnectLimit).out) == "device") return;
        start({"disconnect", serial_}, kConnectLimit);
        connect();
    }

    std::string describe() const override { return serial_.empty() ? "adb" : "adb " + serial_; }
    ProcessResult run(const std::string& command, seconds limit) override {
        // The adbd of older systems gives no exit status back: it comes as the last line.
        ProcessResult result = start({"shell", fmt::format("{{ {}\n}}; echo {}$?", command, kAdbStatus)}, limit);
        const size_t mark = result.out.rfind(kAdbStatus);
        if (mark == std::string::npos) fail(result);
        result.status = std::atoi(result.out.c_str() + mark + std::char_traits<char>::length(kAdbStatus));
        result.out.resize(mark);
        return result;
    }
    void push(const std::string& file, const std::string& remote, seconds limit) override {
        const ProcessResult result = start({"push", file, remote}, limit);
        if (result.status != 0) fail(result);
    }

  private:
    /// Over TCP. `adb connect` says what went wrong on its output, and exits with 0 in older versions.
    void connect() {
        const ProcessResult result = run_process({"adb", "connect", serial_}, kConnectLimit);
        if (result.timed_out) timed_out(describe(), kConnectLimit);
        if (result.status == 0 && result.out.find("connected to") != std::string::npos) return;
        throw Error(describe(), "not reachable: " + trimmed(result.out + result.err), "is adbd running on the board?");
    }
    ProcessResult start(const std::vector<std::string>& words, seconds limit) {
        std::vector<std::string> command = {"adb"};
        if (!serial_.empty()) command.insert(command.end(), {"-s", serial_});
        command.insert(command.end(), words.begin(), words.end());
        ProcessResult result = run_process(command, limit);
        if (result.timed_out) timed_out(describe(), limit);
        return result;
    }
    [[noreturn]] void fail(const ProcessResult& result) const {
        throw Error(describe(), trimmed(result.err.empty() ? result.out : result.err),
                    "`adb devices` lists the boards that are there");
    }

    std::string serial_;
};

}  // namespace

std::unique_ptr<Transport> open_transport(const BoardProfile::Transport& transport, const std::string& address) {
    const std::string& where = address.empty() ? transport.address : address;
    switch (transport.kind) {
        case TransportKind::kLocal:
            return std::make_unique<LocalTransport>(where.empty() ? "/" : where);
        case TransportKind::kSsh:
            return std::make_unique<SshTransport>(transport, where);
        case TransportKind::kAdb:
            return std::make_unique<AdbTransport>(where);
    }
    throw Error("", "unknown transport");
}

}  // namespace tinamix::deploy
