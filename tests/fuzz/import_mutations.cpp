// Imports a fixed sequence of mutated ONNX files and fails on the first that crashes (sanitizers see more), takes over
// five seconds of processor time or makes the program need over 1 GB. The file stays behind in the folder, with its
// number, which brings it back:
//
//   import_mutations CORPUS [COUNT [SEED [FIRST]]]
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "import_target.h"
#include "model_mutator.h"

namespace {

constexpr unsigned kSecondsPerFile = 5;
constexpr long kMostKilobytes = 1 << 20;

std::vector<std::string> read_corpus(const std::string& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());  // the sequence must not depend on the file system
    std::vector<std::string> files;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return files;
}

char failing_file[4096];

extern "C" void took_too_long(int) {
    static const char message[] = "import_mutations: more than 5 seconds for ";
    (void)!write(STDERR_FILENO, message, sizeof(message) - 1);
    (void)!write(STDERR_FILENO, failing_file, std::strlen(failing_file));
    (void)!write(STDERR_FILENO, "\n", 1);
    std::abort();
}

/// Of processor time, so that a busy machine is no hang. 0: no limit.
void limit_seconds(unsigned seconds) {
    itimerval limit{};
    limit.it_value.tv_sec = static_cast<time_t>(seconds);
    setitimer(ITIMER_PROF, &limit, nullptr);
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// A crash leaves no time to say which file it was.
void note_number(int file, size_t number) {
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%-20zu\n", number);
    (void)!pwrite(file, text, static_cast<size_t>(length), 0);
}

long peak_kilobytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

size_t number(char** arguments, int count, int index, size_t otherwise) {
    return index < count ? std::strtoull(arguments[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: import_mutations CORPUS [COUNT [SEED [FIRST]]]\n", stderr);
        return 2;
    }
    const size_t count = number(argv, argc, 2, 1000), seed = number(argv, argc, 3, 1), first = number(argv, argc, 4, 0);
    std::vector<std::string> corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::fprintf(stderr, "import_mutations: %s holds no files\n", argv[1]);
        return 2;
    }
    const std::string folder = tinamix::fuzz::make_folder(), path = folder + "/model.onnx";
    const int number_file = open((folder + "/number").c_str(), O_CREAT | O_WRONLY, 0644);
    std::snprintf(failing_file, sizeof failing_file, "%s", path.c_str());
    std::signal(SIGPROF, took_too_long);
    tinamix::fuzz::ModelMutator mutator(std::move(corpus));
    const auto started = std::chrono::steady_clock::now();
    size_t accepted = 0;
    double slowest = 0;
    for (size_t i = first; i < first + count; ++i) {
        note_number(number_file, i);
        mutator.reseed(seed * 1000003 + i);  // so that any file can be made alone
        const std::string bytes = mutator.next();
        const double begin = processor_seconds();
        limit_seconds(kSecondsPerFile);
        try {
            accepted +=
                tinamix::fuzz::import_bytes(path, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) ? 1 : 0;
        } catch (const std::exception& problem) {
            std::fprintf(stderr, "import_mutations: file %zu of seed %zu (%s): %s\n", i, seed, path.c_str(),
                         problem.what());
            return 1;
        }
        limit_seconds(0);
        slowest = std::max(slowest, processor_seconds() - begin);
        if (peak_kilobytes() > kMostKilobytes) {
            std::fprintf(stderr, "import_mutations: file %zu of seed %zu (%s): more than 1 GB\n", i, seed,
                         path.c_str());
            return 1;
        }
    }
    close(number_file);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::printf("%zu files in %.1f s, %zu accepted; slowest %.2f s, peak %ld MB\n", count, seconds, accepted, slowest,
                peak_kilobytes() / 1024);
    std::filesystem::remove_all(folder);
    return 0;
}
