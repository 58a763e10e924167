// The NPU shim against a stand-in driver: the same results as the CPU in every generation, and for everything that can
// go wrong the documented error or the CPU copy, never a crash and never a hang. CTest runs this once per generation.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "npu_models.h"

namespace tmx::testing {
namespace {

using format::Precision;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// For what is to run into its timeout, and for what is not, on a busy machine either.
constexpr int32_t kTimeoutMs = 200, kPatienceMs = 20000;

/// A model that is opened with options, and may be refused.
class NpuModel {
  public:
    explicit NpuModel(const NpuChain& chain, tmx_npu_use use = TMX_NPU_ONLY, int32_t timeout_ms = kPatienceMs)
        : file_(std::make_unique<AlignedBytes>(npu_chain(chain))) {
        tmx_options options;
        tmx_options_init(&options);
        options.npu = use;
        options.npu_timeout_ms = timeout_ms;
        status_ = tmx_model_open_memory(file_->data(), file_->size(), &options, &model_);
        if (status_ != TMX_OK) message_ = tmx_last_error(nullptr);
        input_ = chain_input(chain);
        expected_ = run_model(cpu_chain(chain), input_);
    }
    ~NpuModel() {
        // A driver that hangs may still read the file: the shim keeps its memory, and so does who gave it.
        static std::vector<std::unique_ptr<AlignedBytes>> kept;
        if (leaks_) kept.push_back(std::move(file_));
        tmx_model_close(model_);
    }
    NpuModel(const NpuModel&) = delete;
    NpuModel& operator=(const NpuModel&) = delete;

    void driver_hangs() { leaks_ = true; }
    tmx_model* get() const { return model_; }
    tmx_status status() const { return status_; }
    const std::string& message() const { return message_; }
    tmx_info info() const {
        tmx_info info;
        tmx_model_info(model_, &info);
        return info;
    }
    tmx_status run() {
        tmx_tensor tensor;
        if (tmx_input(model_, 0, &tensor) != TMX_OK) return TMX_INVALID_ARGUMENT;
        std::memcpy(tensor.data, input_.data(), input_.size());
        const tmx_status status = tmx_run(model_);
        message_ = tmx_last_error(model_);
        return status;
    }
    bool right() const {
        tmx_tensor tensor;
        if (tmx_output(model_, 0, &tensor) != TMX_OK) return false;
        return std::memcmp(tensor.data, expected_.data(), expected_.size()) == 0;
    }

  private:
    std::unique_ptr<AlignedBytes> file_;
    tmx_model* model_ = nullptr;
    tmx_status status_;
    std::string message_;
    std::vector<uint8_t> input_, expected_;
    bool leaks_ = false;
};

class Npu : public ::testing::Test {
  protected:
    void SetUp() override {
        if (std::getenv("STAND_IN_NAME") == nullptr) GTEST_SKIP() << "no stand-in driver: ctest runs npu_test_1.8, ...";
        target_ = static_cast<uint32_t>(std::strtoul(std::getenv("STAND_IN_TARGET_ID"), nullptr, 0));
    }
    void TearDown() override {
        for (const char* name : {"STAND_IN_FAULT", "STAND_IN_VERSION", "STAND_IN_UINT8", "TMX_NPU"}) unsetenv(name);
    }
    static void fault(const char* name) { setenv("STAND_IN_FAULT", name, 1); }
    NpuChain chain() const { return {.target = target_}; }
    NpuChain chain(Precision precision) const { return {.precision = precision, .target = target_}; }
    static bool is_newer() { return std::string(std::getenv("STAND_IN_NAME")) == "2.2"; }
    static size_t ask(const char* function) {
        for (const char* library : {"libVIPlite.so", "libNBGlinker.so"}) {
            void* handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
            if (handle == nullptr) continue;
            void* symbol = dlsym(handle, function);
            dlclose(handle);
            return reinterpret_cast<size_t (*)()>(symbol)();
        }
        return SIZE_MAX;
    }
    /// Opening fails: with and without a copy as documented.
    void expect_refused_or_copy(tmx_status status, const std::string& message) const {
        {
            const NpuModel model(chain());
            EXPECT_EQ(model.status(), status) << tmx_status_name(model.status()) << ": " << model.message();
            EXPECT_NE(model.message().find(message), std::string::npos) << model.message();
        }
        NpuModel copy(chain(), TMX_NPU_AUTO);
        ASSERT_EQ(copy.status(), TMX_OK) << copy.message();
        EXPECT_EQ(copy.info().npu_active, 0);
        EXPECT_NE(std::string(copy.info().npu).find(message), std::string::npos) << copy.info().npu;
        EXPECT_EQ(copy.run(), TMX_OK);
        EXPECT_TRUE(copy.right());
    }
    /// A run fails: with TMX_NPU_ONLY as documented, otherwise the copy computes.
    void expect_failure_or_copy(tmx_status status, const std::string& message) const {
        NpuModel model(chain(), TMX_NPU_ONLY, kTimeoutMs);
        ASSERT_EQ(model.status(), TMX_OK) << model.message();
        EXPECT_EQ(model.run(), status) << tmx_status_name(status);
        EXPECT_NE(model.message().find(message), std::string::npos) << model.message();
        NpuModel copy(chain(), TMX_NPU_AUTO, kTimeoutMs);
        ASSERT_EQ(copy.status(), TMX_OK) << copy.message();
        EXPECT_EQ(copy.run(), TMX_OK);
        EXPECT_TRUE(copy.right());
        EXPECT_EQ(copy.info().npu_fallbacks, 1U);
        EXPECT_NE(std::string(copy.info().npu).find(message), std::string::npos) << copy.info().npu;
    }

    uint32_t target_ = 0;
};

TEST_F(Npu, ComputesWhatTheCpuComputes) {
    for (const Precision precision : {Precision::W8A8, Precision::W8A16, Precision::W16A16, Precision::F32}) {
        NpuModel model(chain(precision));
        ASSERT_EQ(model.status(), TMX_OK) << model.message();
        EXPECT_EQ(model.info().npu_active, 1);
        for (int i = 0; i < 3; ++i) {
            ASSERT_EQ(model.run(), TMX_OK) << model.message();
            EXPECT_TRUE(model.right());
        }
        EXPECT_EQ(model.info().npu_fallbacks, 0U);
    }
    EXPECT_EQ(ask("stand_in_live_objects"), 0U);
}

TEST_F(Npu, SaysWhichDriverRunsIt) {
    const NpuModel model(chain());
    const std::string text = model.info().npu;
    EXPECT_NE(text.find(std::string("VIPLite ") + std::getenv("STAND_IN_NAME")), std::string::npos) << text;
}

TEST_F(Npu, ReadsTheArenaInPlaceWhereItLiesRight) {
    const NpuModel model(chain(Precision::F32));  // the section's input begins at a multiple of 256
    EXPECT_EQ(ask("stand_in_shared_buffers"), 1U);
    fault("no_sharing");
    NpuModel copying(chain(Precision::F32));
    ASSERT_EQ(copying.status(), TMX_OK) << copying.message();
    EXPECT_EQ(ask("stand_in_shared_buffers"), 1U);
    ASSERT_EQ(copying.run(), TMX_OK);
    EXPECT_TRUE(copying.right());
}

TEST_F(Npu, ReadsNoArenaOfTheCallerInPlace) {
    const AlignedBytes file = npu_chain(chain(Precision::F32));
    AlignedBytes arena(1 << 16);
    tmx_options options;
    tmx_options_init(&options);
    options.arena = arena.data();
    options.arena_bytes = arena.size();
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_OK);
    EXPECT_EQ(ask("stand_in_shared_buffers"), 0U);
    tmx_model_close(model);
}

TEST_F(Npu, Uint8BordersAreTheSameCodes) {
    setenv("STAND_IN_UINT8", "1", 1);
    NpuChain shifted = chain();
    shifted.uint8 = true;
    NpuModel model(shifted);
    ASSERT_EQ(model.status(), TMX_OK) << model.message();
    EXPECT_EQ(model.run(), TMX_OK);
    EXPECT_TRUE(model.right());
    expect_refused_or_copy(TMX_NPU_FAILED, "input 0 of the NBG is uint8");
}

TEST_F(Npu, TwoNetworksAtOnce) {
    NpuChain other = chain(Precision::W16A16);
    other.seed = 77;
    NpuModel first(chain()), second(other);
    ASSERT_EQ(first.status(), TMX_OK) << first.message();
    ASSERT_EQ(second.status(), TMX_OK) << second.message();
    const auto run = [](NpuModel* model, int* right) {
        for (int i = 0; i < 200; ++i) *right += model->run() == TMX_OK && model->right() ? 1 : 0;
    };
    int right[2] = {0, 0};
    std::thread threads[] = {std::thread(run, &first, &right[0]), std::thread(run, &second, &right[1])};
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right[0], 200);
    EXPECT_EQ(right[1], 200);
}

TEST_F(Npu, OpensAndClosesFromManyThreads) {
    const auto work = [this](int* good) {
        for (int i = 0; i < 20; ++i) {
            NpuModel model(chain());
            *good += model.status() == TMX_OK && model.run() == TMX_OK && model.right() ? 1 : 0;
        }
    };
    int good[3] = {};
    std::thread threads[] = {std::thread(work, &good[0]), std::thread(work, &good[1]), std::thread(work, &good[2])};
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good[0] + good[1] + good[2], 60);
    EXPECT_EQ(ask("stand_in_live_objects"), 0U);
}

TEST_F(Npu, OffTakesTheCopies) {
    NpuModel model(chain(), TMX_NPU_OFF);
    ASSERT_EQ(model.status(), TMX_OK);
    EXPECT_STREQ(model.info().npu, "CPU copies instead: the NPU is switched off");
    EXPECT_EQ(model.run(), TMX_OK);
    EXPECT_TRUE(model.right());
    setenv("TMX_NPU", "off", 1);  // wins over options
    const NpuModel environment(chain());
    EXPECT_EQ(environment.info().npu_active, 0);
}

TEST_F(Npu, AnotherNpusNbgIsRefusedWithASentence) {
    fault("wrong_target");
    expect_refused_or_copy(TMX_WRONG_BOARD, ", this NPU is 0x15: compile it again");
    fault("refuse");
    expect_refused_or_copy(TMX_WRONG_BOARD, "vip_create_network: not supported (-4); the NBG has format 1.30");
}

TEST_F(Npu, FaultsWhileOpening) {
    const struct {
        const char* fault;
        tmx_status status;
        const char* message;
    } cases[] = {
        {"no_device", TMX_NPU_UNAVAILABLE, "vip_init: failure (-11): is the kernel driver loaded"},
        {"out_of_memory", TMX_OUT_OF_MEMORY, "vip_create_network: out of video memory (-6)"},
        {"out_of_memory_late", TMX_OUT_OF_MEMORY, "vip_prepare_network: out of video memory (-6)"},
        {"small_buffer", TMX_NPU_FAILED, "the driver made a buffer of"},
        {"scale", TMX_NPU_FAILED, "input 0 of the NBG is int8, scale"},
        {"sizes", TMX_NPU_FAILED, "input 0 of the NBG has other sizes than tensor"},
        {"counts", TMX_NPU_FAILED, "the driver sees 2 outputs in the NBG, its header says 1"},
    };
    for (const auto& item : cases) {
        fault(item.fault);
        expect_refused_or_copy(item.status, item.message);
    }
    fault("");
    NpuModel again(chain());
    ASSERT_EQ(again.status(), TMX_OK) << again.message();
    EXPECT_EQ(again.run(), TMX_OK);
    EXPECT_TRUE(again.right());
}

TEST_F(Npu, LiesAboutItsVersionAreSeenBeforeAnyOtherCall) {
    for (const char* unknown : {"0x00000000", "0x00020100", "0x00030000", "0x7FFFFFFF"}) {
        setenv("STAND_IN_VERSION", unknown, 1);
        expect_refused_or_copy(TMX_NPU_UNAVAILABLE, "calling another one would be a guess");
    }
    setenv("STAND_IN_VERSION", is_newer() ? "0x00020003" : "0x00020200", 1);
    expect_refused_or_copy(TMX_NPU_UNAVAILABLE, is_newer() ? "but its functions are those of a later one"
                                                           : "but its functions are those of an earlier one");
}

TEST_F(Npu, FaultsWhileRunning) {
    const struct {
        const char* fault;
        tmx_status status;
        const char* message;
    } cases[] = {
        {"timeout", TMX_NPU_TIMEOUT, "the NPU has not finished within 200 ms"},
        {"recovery", TMX_NPU_FAILED, "the NPU hung and was restarted (-14)"},
        {"failure", TMX_NPU_FAILED, "vip_run_network: failure (-11)"},
        {"no_mapping", TMX_NPU_FAILED, "vip_map_buffer"},
    };
    for (const auto& item : cases) {
        fault(item.fault);
        expect_failure_or_copy(item.status, item.message);
    }
}

TEST_F(Npu, AfterAFailureTheNextRunIsGoodAgain) {
    NpuModel model(chain(), TMX_NPU_ONLY, kTimeoutMs);
    ASSERT_EQ(model.status(), TMX_OK);
    for (const char* name : {"failure", "timeout", "recovery"}) {
        fault(name);
        EXPECT_NE(model.run(), TMX_OK);
        fault("");
        EXPECT_EQ(model.run(), TMX_OK) << name << ": " << model.message();
        EXPECT_TRUE(model.right());
    }
}

TEST_F(Npu, OneRecoveryIsNotAFailure) {
    fault("recovery_once");
    NpuModel model(chain());
    ASSERT_EQ(model.status(), TMX_OK);
    EXPECT_EQ(model.run(), TMX_OK) << model.message();
    EXPECT_TRUE(model.right());
}

TEST_F(Npu, ThreeFailuresInARowAreEnough) {
    fault("timeout");
    NpuModel model(chain(), TMX_NPU_AUTO, kTimeoutMs);
    ASSERT_EQ(model.status(), TMX_OK);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(model.run(), TMX_OK);
    EXPECT_EQ(model.run(), TMX_OK);
    EXPECT_TRUE(model.right());
    EXPECT_NE(std::string(model.info().npu).find("failed 3 times in a row"), std::string::npos) << model.info().npu;
}

TEST_F(Npu, CancelStopsARunOnTheNpu) {
    fault("slow_run");
    NpuModel model(chain(), TMX_NPU_AUTO, 20000);
    ASSERT_EQ(model.status(), TMX_OK);
    std::thread canceler([&model] {
        std::this_thread::sleep_for(milliseconds(100));
        tmx_cancel(model.get());
    });
    const auto start = steady_clock::now();
    EXPECT_EQ(model.run(), TMX_CANCELED);
    EXPECT_LT(steady_clock::now() - start, milliseconds(2000));
    canceler.join();
    fault("");
    EXPECT_EQ(model.run(), TMX_OK) << model.message();
    EXPECT_TRUE(model.right());
}

/// Ends when the driver, which hung, answers again.
void wait_for_the_driver(const NpuChain& chain) {
    unsetenv("STAND_IN_FAULT");
    for (int i = 0; i < 200; ++i) {
        const NpuModel model(chain);
        if (model.status() == TMX_OK) return;
        std::this_thread::sleep_for(milliseconds(50));
    }
    FAIL() << "the driver has not come back";
}

TEST_F(Npu, ADriverThatHangsInARunIsLeftBehindAndComesBack) {
    fault("hang_run");
    NpuModel model(chain(), TMX_NPU_AUTO, kTimeoutMs);
    ASSERT_EQ(model.status(), TMX_OK);
    const auto start = steady_clock::now();
    EXPECT_EQ(model.run(), TMX_OK) << model.message();
    EXPECT_TRUE(model.right());
    EXPECT_NE(std::string(model.info().npu).find("has not answered for"), std::string::npos) << model.info().npu;
    // Others do not wait for it either.
    {
        const NpuModel other(chain());
        EXPECT_EQ(other.status(), TMX_NPU_TIMEOUT);
        EXPECT_NE(other.message().find("has not come back from an earlier call"), std::string::npos);
    }
    EXPECT_LT(steady_clock::now() - start, milliseconds(2500));
    wait_for_the_driver(chain());
    // What the driver brought late has gone nowhere; the section is made anew.
    EXPECT_TRUE(model.right());
    EXPECT_EQ(model.run(), TMX_OK);
    EXPECT_TRUE(model.right());
    EXPECT_EQ(model.info().npu_fallbacks, 1U);
}

TEST_F(Npu, AModelMayBeClosedWhileItsDriverHangs) {
    fault("hang_run");
    {
        NpuModel model(chain(), TMX_NPU_ONLY, kTimeoutMs);
        ASSERT_EQ(model.status(), TMX_OK);
        EXPECT_EQ(model.run(), TMX_NPU_TIMEOUT);
        model.driver_hangs();
    }
    wait_for_the_driver(chain());
}

TEST_F(Npu, ADriverThatHangsWhileOpening) {
    for (const char* name : {"hang_create", "hang_init"}) {
        fault(name);
        const auto start = steady_clock::now();
        {
            NpuModel model(chain(), TMX_NPU_ONLY, kTimeoutMs);
            EXPECT_EQ(model.status(), TMX_NPU_TIMEOUT) << name << ": " << model.message();
            model.driver_hangs();
        }
        EXPECT_LT(steady_clock::now() - start, milliseconds(2500));
        wait_for_the_driver(chain());
    }
}

TEST_F(Npu, AWrongResultIsNotSeenByTheRunButByTheCheck) {
    fault("wrong_result");
    NpuModel model(chain());
    ASSERT_EQ(model.status(), TMX_OK);
    EXPECT_EQ(model.run(), TMX_OK);
    EXPECT_FALSE(model.right());
}

TEST_F(Npu, NothingIsLeftBehind) { EXPECT_EQ(ask("stand_in_live_objects"), 0U); }

}  // namespace
}  // namespace tmx::testing
