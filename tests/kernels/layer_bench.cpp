#include "layer_bench.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bench/layer_work.h"

namespace tmx::kernels::test {
namespace {

/// Times are the least of several; instructions are the same every time.
constexpr double kSecondsPerLayer = 0.05;
constexpr int kMostRuns = 1000;

/// What an instruction counter under an emulator sees: a system call that does not exist. It answers with the count so
/// far, 8 bytes in a file.
constexpr long kMarkSystemCall = 4242;

double processor_seconds() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Counts the instructions of this thread, if anything here can.
class InstructionCounter {
  public:
    InstructionCounter() {
        const char* path = std::getenv("TMX_COUNTER");
        if (path != nullptr && path[0] != '\0') {
            answer_ = open(path, O_RDONLY);
            if (answer_ < 0) std::fprintf(stderr, "TMX_COUNTER=%s: cannot be read\n", path);
            return;
        }
        perf_event_attr attributes;
        std::memset(&attributes, 0, sizeof(attributes));
        attributes.size = sizeof(attributes);
        attributes.type = PERF_TYPE_HARDWARE;
        attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
        attributes.exclude_kernel = 1;
        attributes.exclude_hv = 1;
        perf_ = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
        uint64_t before = 0, after = 0;
        // Virtual machines offer the call without the counter.
        if (perf_ >= 0 && (!read_total(&before) || !read_total(&after) || after == before)) {
            close(perf_);
            perf_ = -1;
        }
    }
    ~InstructionCounter() {
        if (perf_ >= 0) close(perf_);
        if (answer_ >= 0) close(answer_);
    }
    InstructionCounter(const InstructionCounter&) = delete;
    InstructionCounter& operator=(const InstructionCounter&) = delete;

    bool counts() const { return perf_ >= 0 || answer_ >= 0; }
    uint64_t total() const {
        uint64_t value = 0;
        if (!read_total(&value)) std::fprintf(stderr, "the instruction counter has stopped answering\n");
        return value;
    }

  private:
    bool read_total(uint64_t* value) const {
        if (perf_ >= 0) return read(perf_, value, sizeof(*value)) == sizeof(*value);
        syscall(kMarkSystemCall, 0L);
        return pread(answer_, value, sizeof(*value), 0) == sizeof(*value);
    }
    int perf_ = -1, answer_ = -1;
};

/// Instructions or seconds of one run of the layer.
double cost(bench::LayerWork& work, const InstructionCounter& counter) {
    work.run();
    if (counter.counts()) {
        const uint64_t before = counter.total();
        work.run();
        return static_cast<double>(counter.total() - before);
    }
    double least = 1e9;
    double sum = 0;
    for (int run = 0; run < kMostRuns && sum < kSecondsPerLayer; ++run) {
        const double start = processor_seconds();
        work.run();
        const double seconds = processor_seconds() - start;
        sum += seconds;
        if (seconds < least) least = seconds;
    }
    return least;
}

std::string layer_text(const bench::LayerShape& s) {
    char text[160];
    std::snprintf(text, sizeof(text),
                  "%s %" PRId32 "x%" PRId32 "%s s%" PRId32 " %" PRId32 "x%" PRId32 "x%" PRId32 "->%" PRId32, s.network,
                  s.kernel_h, s.kernel_w, s.depthwise() ? " depthwise" : "", s.stride, s.in_h, s.in_w, s.in_c, s.out_c);
    return text;
}

constexpr const char* kPrecisions[PrecisionSlot::kCount] = {"w8a8", "w8a16", "w16a16", "f32"};

int usage() {
    std::fprintf(stderr, "usage: test_kernels --bench [PART_OF_LAYER] [--precision w8a8|w8a16|w16a16|f32]\n");
    return 2;
}

}  // namespace

int bench(int argc, char** argv) {
    std::string part;
    int first_slot = PrecisionSlot::w8a8, last_slot = PrecisionSlot::w16a16;
    for (int i = 0; i < argc; ++i) {
        if (std::strcmp(argv[i], "--bench") == 0) continue;
        if (std::strcmp(argv[i], "--precision") == 0 && i + 1 < argc) {
            ++i;
            int slot = 0;
            while (slot < PrecisionSlot::kCount && std::strcmp(argv[i], kPrecisions[slot]) != 0) ++slot;
            if (slot == PrecisionSlot::kCount) return usage();
            first_slot = last_slot = slot;
        } else if (argv[i][0] == '-' || !part.empty()) {
            return usage();
        } else {
            part = argv[i];
        }
    }
    KernelTable table;
    const char* isa = select_kernels(std::getenv("TMX_KERNELS"), &table);
    if (isa == nullptr) {
        std::fprintf(stderr, "TMX_KERNELS: unknown, or this processor lacks it\n");
        return 2;
    }
    const InstructionCounter counter;
    std::printf("kernels %s, one thread, %s\n%-48s %-7s %12s %14s %10s  %s\n", isa,
                counter.counts() ? "instructions counted" : "processor time", "layer", "", "MACs",
                counter.counts() ? "instructions" : "us", counter.counts() ? "per MAC" : "ns/MAC", "kernel");
    int shown = 0;
    for (const bench::LayerShape& shape : bench::kLayerShapes) {
        const std::string name = layer_text(shape);
        if (name.find(part) == std::string::npos) continue;
        ++shown;
        for (int slot = first_slot; slot <= last_slot; ++slot) {
            bench::LayerWork work(shape, slot, table);
            const double value = cost(work, counter);
            const double macs = static_cast<double>(shape.macs());
            if (counter.counts()) {
                std::printf("%-48s %-7s %12.0f %14.0f %10.4f  %s\n", name.c_str(), kPrecisions[slot], macs, value,
                            value / macs, work.kernel());
            } else {
                std::printf("%-48s %-7s %12.0f %14.2f %10.5f  %s\n", name.c_str(), kPrecisions[slot], macs, value * 1e6,
                            value * 1e9 / macs, work.kernel());
            }
            std::fflush(stdout);
        }
    }
    if (shown == 0) std::fprintf(stderr, "no layer is called \"%s\"\n", part.c_str());
    return shown == 0 ? 1 : 0;
}

}  // namespace tmx::kernels::test
