// fork, exec and poll; see process.h.
#include "deploy/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "diagnostics/error.h"

namespace tinamix::deploy {
namespace {

using Clock = std::chrono::steady_clock;

/// A pipe that closes what nobody has taken.
struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error("", std::string("pipe: ") + std::strerror(errno));
    }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_end(size_t index) {
        if (ends[index] >= 0) close(ends[index]);
        ends[index] = -1;
    }
};

/// In the child: everything between fork and exec.
[[noreturn]] void become(const std::vector<std::string>& command, int input, Pipe& out, Pipe& err, Pipe& failure) {
    setpgid(0, 0);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    dup2(input, STDIN_FILENO);
    dup2(out.ends[1], STDOUT_FILENO);
    dup2(err.ends[1], STDERR_FILENO);
    execvp(words[0], words.data());
    const int reason = errno;
    [[maybe_unused]] const ssize_t written = write(failure.ends[1], &reason, sizeof(reason));
    _exit(127);
}

/// Reads both pipes until they end or the time is over. False for the latter.
bool collect(Pipe& out, Pipe& err, Clock::time_point end, ProcessResult* result) {
    std::array<pollfd, 2> waiting{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    std::array<std::string*, 2> texts{&result->out, &result->err};
    while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return false;
        if (poll(waiting.data(), waiting.size(), static_cast<int>(std::min<long long>(left, 1000))) < 0) continue;
        for (size_t i = 0; i < waiting.size(); ++i) {
            if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
            std::array<char, 65536> buffer;
            const ssize_t got = read(waiting[i].fd, buffer.data(), buffer.size());
            if (got > 0) {
                texts[i]->append(buffer.data(), static_cast<size_t>(got));
            } else if (got == 0 || errno != EINTR) {
                waiting[i].fd = -1;
            }
        }
    }
    return true;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& command, std::chrono::seconds limit,
                          const std::string& input_file) {
    const std::string source = input_file.empty() ? "/dev/null" : input_file;
    const int input = open(source.c_str(), O_RDONLY | O_CLOEXEC);
    if (input < 0) throw Error(source, std::strerror(errno));
    Pipe out, err, failure;
    const Clock::time_point end = Clock::now() + limit;
    const pid_t process = fork();
    if (process == 0) become(command, input, out, err, failure);
    close(input);
    if (process < 0) throw Error(command[0], std::strerror(errno));
    for (Pipe* pipe : {&out, &err, &failure}) pipe->close_end(1);

    ProcessResult result;
    int reason = 0;
    const bool started = read(failure.ends[0], &reason, sizeof(reason)) == 0;
    if (started && !collect(out, err, end, &result)) {
        result.timed_out = true;
        kill(-process, SIGKILL);
    }
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (!started) {
        throw Error(command[0], std::string("cannot be started: ") + std::strerror(reason),
                    command[0] == "adb"   ? "apt-get install adb"
                    : command[0] == "ssh" ? "apt-get install openssh-client"
                                          : "");
    }
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

std::string shell_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

}  // namespace tinamix::deploy
