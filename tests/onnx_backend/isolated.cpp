// fork, a pipe for the text, and a limit of processor time: a busy machine is no hang.
#include "isolated.h"

#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace tinamix {

namespace {

void write_all(int file, const std::string& text) {
    for (size_t at = 0; at < text.size();) {
        const ssize_t written = write(file, text.data() + at, text.size() - at);
        if (written < 0 && errno != EINTR) {
            return;
        }
        at += written < 0 ? 0 : static_cast<size_t>(written);
    }
}

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t got = read(file, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<size_t>(got));
    }
}

}  // namespace

IsolatedResult run_isolated(const std::function<std::string()>& work, unsigned seconds) {
    int ends[2];
    if (pipe(ends) != 0) {
        throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    }
    const pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error(std::string("no process: ") + std::strerror(errno));
    }
    if (child == 0) {
        close(ends[0]);
        itimerval limit{};
        limit.it_value.tv_sec = static_cast<time_t>(seconds);
        setitimer(ITIMER_PROF, &limit, nullptr);
        write_all(ends[1], work());
        _exit(0);
    }
    close(ends[1]);
    IsolatedResult result;
    result.text = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.completed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        result.text = number == SIGPROF ? "hangs" : std::string("crashes: ") + strsignal(number);
    } else if (!result.completed) {
        result.text = "ends with status " + std::to_string(WEXITSTATUS(status));
    }
    return result;
}

}  // namespace tinamix
