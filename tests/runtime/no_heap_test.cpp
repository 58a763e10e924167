// Nothing is allocated after open: the linker routes this program's allocations (libtinamix's included; in static
// builds the C library's own, too) through the functions below, which end the program while they are armed.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#include "layers.h"

namespace {

std::atomic<bool> armed{false};

void check_armed(const char* what) {
    if (!armed.load(std::memory_order_relaxed)) return;
    armed = false;
    const char text[] = " called after open\n";
    (void)!write(STDERR_FILENO, what, strlen(what));
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(99);
}

}  // namespace

// NOLINTBEGIN: the names are the linker's.
extern "C" {
void* __real_malloc(size_t);
void* __real_calloc(size_t, size_t);
void* __real_realloc(void*, size_t);
int __real_posix_memalign(void**, size_t, size_t);
void* __real_aligned_alloc(size_t, size_t);
void* __real_mmap(void*, size_t, int, int, int, off_t);
void __real_free(void*);

void* __wrap_malloc(size_t bytes) {
    check_armed("malloc");
    return __real_malloc(bytes);
}
void* __wrap_calloc(size_t count, size_t bytes) {
    check_armed("calloc");
    return __real_calloc(count, bytes);
}
void* __wrap_realloc(void* memory, size_t bytes) {
    check_armed("realloc");
    return __real_realloc(memory, bytes);
}
int __wrap_posix_memalign(void** memory, size_t alignment, size_t bytes) {
    check_armed("posix_memalign");
    return __real_posix_memalign(memory, alignment, bytes);
}
void* __wrap_aligned_alloc(size_t alignment, size_t bytes) {
    check_armed("aligned_alloc");
    return __real_aligned_alloc(alignment, bytes);
}
void* __wrap_mmap(void* address, size_t bytes, int protection, int flags, int descriptor, off_t offset) {
    check_armed("mmap");
    return __real_mmap(address, bytes, protection, flags, descriptor, offset);
}
void __wrap_free(void* memory) {
    check_armed("free");
    __real_free(memory);
}
}
// NOLINTEND

namespace tmx::testing {
namespace {

void run_armed(int32_t threads, bool observed) {
    const AlignedBytes file = model_of_every_op();
    OpenModel model(file, threads);
    std::vector<float> image(75, 0.5F), scores(24), dumped(75);
    int32_t ops = 0;
    const auto observer = [](void* user, const tmx_model*, int32_t, uint64_t) { ++*static_cast<int32_t*>(user); };
    if (observed) tmx_set_observer(model.get(), observer, &ops, 1);
    tmx_status status[5];
    armed = true;
    status[0] = tmx_input_set_f32(model.get(), 0, image.data(), image.size());
    status[1] = tmx_run(model.get());
    status[2] = tmx_output_get_f32(model.get(), 0, scores.data(), scores.size());
    status[3] = tmx_tensor_get_f32(model.get(), 0, dumped.data(), dumped.size());
    status[4] = tmx_output_get_f32(model.get(), 0, scores.data(), 1);  // failing does not allocate either
    armed = false;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(status[i], TMX_OK);
    EXPECT_EQ(status[4], TMX_WRONG_SIZE);
    tmx_info info;
    tmx_model_info(model.get(), &info);
    EXPECT_EQ(ops, observed ? info.op_count : 0);
}

TEST(NoHeapAfterOpen, OneThread) { run_armed(1, false); }
TEST(NoHeapAfterOpen, SeveralThreadsAndAnObserver) { run_armed(4, true); }

TEST(NoHeapAfterOpen, TheTrapWorks) {
    EXPECT_EXIT(
        {
            const AlignedBytes file = model_of_every_op();
            armed = true;
            tmx_model* model = nullptr;
            (void)!tmx_model_open_memory(file.data(), file.size(), nullptr, &model);
        },
        ::testing::ExitedWithCode(99), "calloc called after open");
}

}  // namespace
}  // namespace tmx::testing
