// Power cuts and failing media at every system call by which tmx changes files: afterwards one complete, verified model
// is active, the old one or the new one, `tmx list` tells the truth, and doing it again finishes the job.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <iostream>

#include "disk_fault.h"
#include "store_models.h"
#include "tinamix.h"

namespace tmx::store {
namespace {

namespace fs = std::filesystem;

/// A change, and the versions that may be active afterwards (0: none, the name may be gone).
struct Scenario {
    const char* what;
    std::vector<std::string> arguments;  ///< of tmx; "start" alone: an application that opens the active version
    std::vector<uint32_t> installed;     ///< before
    uint32_t before, after;              ///< active version
};

class PowerCutTest : public testing::Test {
  protected:
    std::string file(const std::string& name) const { return store_.files().path(name); }

    std::vector<Scenario> scenarios() const {
        const auto install = [this](int number) {
            const std::string name = "v" + std::to_string(number);
            return std::vector<std::string>{"install", file(name + ".tmx"), "--name",
                                            "net",     "--golden",          file(name + ".golden")};
        };
        return {
            {"first install", install(1), {}, 0, 1},
            {"update", install(2), {1}, 1, 2},
            {"third version", install(3), {1, 2}, 2, 3},
            {"the same again", install(2), {1, 2}, 2, 2},
            {"activate", {"activate", "net", store_.id(1), "--force"}, {1, 2, 3}, 3, 1},
            {"rollback", {"rollback", "net"}, {1, 2}, 2, 1},
            {"garbage", {"gc"}, {1, 2, 3}, 3, 3},
            {"remove a version", {"remove", "net", "--version", store_.id(1)}, {1, 2, 3}, 3, 3},
            {"remove", {"remove", "net"}, {1, 2}, 2, 0},
            {"healthy", {"report", "net", "healthy"}, {1, 2}, 2, 2},
            {"a start on trial", {"start"}, {1, 2}, 2, 2},
        };
    }

    std::vector<std::string> command(const Scenario& scenario) const {
        if (scenario.arguments[0] == "start") return {START_ACTIVE_PROGRAM, store_.folder(), "net"};
        std::vector<std::string> words = {TMX_PROGRAM};
        words.insert(words.end(), scenario.arguments.begin(), scenario.arguments.end());
        words.insert(words.end(), {"--store", store_.folder()});
        return words;
    }

    void restore() const {
        fs::remove_all(store_.folder());
        if (fs::exists(file("before"))) fs::copy(file("before"), store_.folder(), fs::copy_options::recursive);
    }
    void prepare(const Scenario& scenario) const {
        fs::remove_all(store_.folder());
        fs::remove_all(file("before"));
        for (const uint32_t number : scenario.installed) ASSERT_EQ(store_.install_version(number).status, TMX_OK);
        if (scenario.installed.empty()) return;
        // What an earlier power cut may have left.
        store_.files().write("store/objects/.incoming-tmx", "half a model");
        store_.files().write("store/slots/.incoming-net", "");
        fs::copy(store_.folder(), file("before"), fs::copy_options::recursive);
    }

    /// What is active, read without counting a start: its version, 0 for nothing, -1 for a store that is not whole.
    int active() const {
        Slot slot = {};
        ErrorText error = {};
        const tmx_status status = read_slot((store_.folder() + "/slots").c_str(), "net", &slot, error);
        if (status == TMX_NOT_INSTALLED) return 0;
        if (status != TMX_OK) return -1;
        StoreFolders folders;
        EXPECT_EQ(store_folders(slot.name, &folders, error), TMX_OK);
        const std::string folder = store_.folder();
        EXPECT_EQ(store_folders(folder.c_str(), &folders, error), TMX_OK);
        for (int i = 0; i < slot.version_count; ++i) {
            runtime::MappedFile file = {};
            for (const ObjectKind kind : {ObjectKind::kModel, ObjectKind::kGolden}) {
                const ObjectId& id = kind == ObjectKind::kModel ? slot.versions[i].model : slot.versions[i].golden;
                if (open_object(folders, kind, id, false, &file, error) != TMX_OK) return -1;
                runtime::unmap_file(&file);
            }
        }
        return static_cast<int>(slot.active_version().model_version);
    }

    /// What is wrong with the state after a restart, which must be old or new, whole, and listed so; "" for nothing.
    std::string what_is_wrong(const Scenario& scenario) const {
        const int now = active();
        if (now != static_cast<int>(scenario.before) && now != static_cast<int>(scenario.after)) {
            return now < 0 ? "the store is not whole" : "active is version " + std::to_string(now);
        }
        const std::string listing = file("listing");
        const int status = std::system(
            (std::string(TMX_PROGRAM) + " list --verify --store " + store_.folder() + " >" + listing + " 2>&1")
                .c_str());
        const std::string text = store_.files().read("listing");
        const bool listed = text.find("active") != std::string::npos;
        if (listed != (now != 0)) return "tmx list says:\n" + text;
        // A store that is not even made yet, or holds nothing, is no error of the medium.
        if (WEXITSTATUS(status) != 0 && now != 0) return "tmx list fails:\n" + text;
        return text.find("DAMAGED") == std::string::npos ? "" : text;
    }
    /// The same again, undisturbed, does what it should have done.
    void expect_finishable(const Scenario& scenario, const std::string& where) const {
        // A rollback that had happened would go forward again; a removal that had happened finds nothing.
        const bool happened = active() == static_cast<int>(scenario.after);
        const bool repeatable = scenario.arguments[0] != "rollback" && scenario.arguments[0] != "remove";
        if (happened && !repeatable) return;
        const FaultRun again =
            run_with_fault(command(scenario), store_.folder(), SIZE_MAX, Fault::kNone, Survival::kEverything);
        ASSERT_EQ(again.status, 0) << where << ": " << again.messages;
        ASSERT_EQ(active(), static_cast<int>(scenario.after)) << where;
        if (scenario.arguments[0] != "install") return;
        for (const char* folder : {"/objects", "/slots"}) {
            for (const auto& entry : fs::directory_iterator(store_.folder() + folder)) {
                ASSERT_NE(entry.path().filename().string()[0], '.') << where << ": " << entry.path();
            }
        }
    }

    TestStore store_;
};

struct Disturbance {
    const char* name;
    Fault fault;
    Survival survival;
};
constexpr Disturbance kDisturbances[] = {
    {"cut before", Fault::kCutBefore, Survival::kEverything},
    {"cut after", Fault::kCutAfter, Survival::kEverything},
    {"cut, torn block", Fault::kCutAfter, Survival::kTornData},
    {"cut, empty file", Fault::kCutAfter, Survival::kEmptyData},
    {"cut, names lost", Fault::kCutAfter, Survival::kFlushedNames},
    {"cut, only slot names kept", Fault::kCutAfter, Survival::kSlotNames},
    {"cut, only object names kept", Fault::kCutAfter, Survival::kObjectNames},
    {"no space", Fault::kNoSpace, Survival::kEverything},
    {"I/O error", Fault::kIoError, Survival::kEverything},
    {"short write", Fault::kShortWrite, Survival::kEverything},
};

TEST_F(PowerCutTest, AfterAnyFaultTheOldOrTheNewModelIsActiveAndWhole) {
    size_t points = 0, failures = 0;
    for (const Scenario& scenario : scenarios()) {
        ASSERT_NO_FATAL_FAILURE(prepare(scenario));
        restore();
        const FaultRun whole =
            run_with_fault(command(scenario), store_.folder(), SIZE_MAX, Fault::kNone, Survival::kEverything);
        ASSERT_EQ(whole.status, 0) << scenario.what << ": " << whole.messages;
        ASSERT_EQ(active(), static_cast<int>(scenario.after)) << scenario.what;
        ASSERT_FALSE(whole.unflushed_data || whole.unflushed_names)
            << scenario.what << ": success before it is durable";
        const size_t before = points;
        for (size_t point = 0; point < whole.changes.size(); ++point) {
            bool data = true, names = true;
            for (const Disturbance& disturbance : kDisturbances) {
                const bool loses_data =
                    disturbance.survival == Survival::kTornData || disturbance.survival == Survival::kEmptyData;
                const bool loses_names = !loses_data && disturbance.survival != Survival::kEverything;
                if ((loses_data && !data) || (loses_names && !names)) continue;
                if (disturbance.fault == Fault::kShortWrite && whole.changes[point].call != "write") continue;
                restore();
                const FaultRun run =
                    run_with_fault(command(scenario), store_.folder(), point, disturbance.fault, disturbance.survival);
                if (disturbance.fault == Fault::kCutAfter) {
                    data = run.unflushed_data;
                    names = run.unflushed_names;
                }
                ++points;
                const std::string where = std::string(scenario.what) + ", " + disturbance.name + " at call " +
                                          std::to_string(point) + ", " + whole.changes[point].call + " of " +
                                          whole.changes[point].path + "\n" + run.messages;
                if (run.ended) {
                    // What it says is true.
                    EXPECT_TRUE(run.status == 0 || run.status == 1) << where;
                    EXPECT_TRUE(run.status != 0 || active() == static_cast<int>(scenario.after)) << where;
                    EXPECT_TRUE(run.status == 0 || !run.messages.empty()) << where;
                }
                const std::string wrong = what_is_wrong(scenario);
                EXPECT_EQ(wrong, "") << where;
                if (!HasFailure()) expect_finishable(scenario, where);
                if (HasFailure()) {
                    ++failures;
                    FAIL() << where;
                }
            }
        }
        std::cout << "  " << scenario.what << ": " << whole.changes.size() << " calls that change files, "
                  << points - before << " points\n";
    }
    std::cout << "power cuts and failing media: " << points << " points, " << failures << " failures\n";
    EXPECT_GE(points, 500U);
}

/// How many cuts of this kind, at every call of an update, leave a store that is not whole.
class BrokenStoreTest : public PowerCutTest {
  protected:
    void count(Fault fault, Survival survival, const char* what) {
        const Scenario update = scenarios()[1];
        ASSERT_NO_FATAL_FAILURE(prepare(update));
        restore();
        const size_t calls =
            run_with_fault(command(update), store_.folder(), SIZE_MAX, Fault::kNone, Survival::kEverything)
                .changes.size();
        size_t caught = 0;
        for (size_t point = 0; point < calls; ++point) {
            restore();
            static_cast<void>(run_with_fault(command(update), store_.folder(), point, fault, survival));
            if (!what_is_wrong(update).empty()) ++caught;
        }
        std::cout << "  " << what << ": noticed at " << caught << " of " << calls << " cuts\n";
        EXPECT_GT(caught, 0U) << what;
    }
};

TEST_F(BrokenStoreTest, FlushesThatWereForgottenWouldBeNoticed) {
    count(Fault::kCutNothingFlushed, Survival::kTornData, "no fsync of files, a torn block");
    count(Fault::kCutNothingFlushed, Survival::kEmptyData, "no fsync of files, empty files");
    count(Fault::kCutNothingFlushed, Survival::kSlotNames, "no fsync of folders, slots first");
}

TEST_F(BrokenStoreTest, ARenameInTwoStepsWouldBeNoticed) {
    count(Fault::kCutInsideRename, Survival::kEverything, "a rename that is not atomic");
}

}  // namespace
}  // namespace tmx::store
