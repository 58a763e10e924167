// Installing, switching, removing: what a store promises.
#include "store/store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "store_models.h"
#include "tinamix.h"
#include "tmx_test_model.h"

namespace tmx::store {
namespace {

namespace fs = std::filesystem;

TEST(StoreTest, AnInstalledModelIsActiveAndTheOldOneIsKept) {
    const TestStore store;
    EXPECT_EQ(store.open_active(), "TMX_NOT_INSTALLED");
    Done done = store.install_version(1);
    ASSERT_EQ(done.status, TMX_OK) << done.message;
    EXPECT_TRUE(done.outcome.changed && done.outcome.checked);
    EXPECT_FALSE(done.outcome.on_trial) << "there is nothing to go back to";
    EXPECT_EQ(store.open_active(), store.id(1));
    done = store.install_version(2);
    ASSERT_EQ(done.status, TMX_OK) << done.message;
    EXPECT_TRUE(done.outcome.on_trial);
    EXPECT_EQ(store.open_active(), store.id(2));
    const Slot slot = store.slot();
    EXPECT_EQ(slot.version_count, 2);
    EXPECT_EQ(slot.versions[slot.previous].model.text, store.id(1));
    EXPECT_EQ(slot.versions[slot.active].model_version, 2U);
}

TEST(StoreTest, DoingItAgainChangesNothing) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    ASSERT_EQ(store.install_version(2).status, TMX_OK);
    const std::string slot = store.files().read("store/slots/net");
    const auto time = fs::last_write_time(store.files().path(store.object(2)));
    const Done again = store.install_version(2);
    EXPECT_EQ(again.status, TMX_OK);
    EXPECT_FALSE(again.outcome.changed);
    EXPECT_EQ(store.files().read("store/slots/net"), slot);
    EXPECT_EQ(fs::last_write_time(store.files().path(store.object(2))), time) << "not copied again";
}

TEST(StoreTest, RollbackAndActivateSwitchBetweenVersions) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    EXPECT_EQ(store.rollback().status, TMX_NOT_INSTALLED) << "no previous version";
    ASSERT_EQ(store.install_version(2).status, TMX_OK);
    ASSERT_EQ(store.rollback().status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(1));
    ASSERT_EQ(store.rollback().status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(2));
    Done done = store.activate(store.id(1).substr(0, 8));
    EXPECT_EQ(done.status, TMX_DOWNGRADE) << done.message;
    ASSERT_EQ(store.activate(store.id(1).substr(0, 8), true).status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(1));
    EXPECT_EQ(store.activate("ffffffff").status, TMX_NOT_INSTALLED);
    EXPECT_EQ(store.activate(store.id(2).substr(0, 3)).status, TMX_NOT_INSTALLED) << "too short";
}

TEST(StoreTest, ABoardThatComputesSomethingElseKeepsItsModel) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    const std::string wrong = store.files().write("wrong.golden", wrong_golden_of(model_of_version(2)));
    const Done done = store.install(store.files().path("v2.tmx"), wrong);
    EXPECT_EQ(done.status, TMX_CHECK_FAILED);
    EXPECT_EQ(store.open_active(), store.id(1));
    EXPECT_EQ(store.slot().version_count, 1);
    EXPECT_FALSE(fs::exists(store.files().path(store.object(2)))) << "nothing of it stays";
    EXPECT_EQ(store.install(store.files().path("v2.tmx"), store.files().path("v1.golden")).status, TMX_CHECK_FAILED)
        << "the golden file of another model";
}

TEST(StoreTest, OlderAndForeignModelsNeedForce) {
    const TestStore store;
    ASSERT_EQ(store.install_version(2).status, TMX_OK);
    Done done = store.install_version(1);
    EXPECT_EQ(done.status, TMX_DOWNGRADE);
    EXPECT_NE(done.message.find("model version 1 is older than the active one, 2"), std::string::npos) << done.message;
    EXPECT_EQ(store.open_active(), store.id(2));
    EXPECT_EQ(store.install(store.files().path("v1.tmx"), "", true).status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(1));

    // A packing that no kernel reads: every convolution would be a reference one. (Of processors with only reference
    // kernels nothing is foreign.)
    const std::string foreign = tool::test_model([](format::ModelT& graph) {
        for (const auto& op : graph.ops) {
            if (auto* conv = op->options.AsConv2D()) conv->weights.resize(1);
        }
    });
    done = store.install(store.files().write("foreign.tmx", foreign), "", true);
    ASSERT_EQ(done.status, TMX_OK) << done.message;
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open(store.files().path("foreign.tmx").c_str(), nullptr, &model), TMX_OK);
    tmx_info info;
    tmx_model_info(model, &info);
    tmx_model_close(model);
    ASSERT_EQ(store.remove().status, TMX_OK);
    const tmx_status expected = info.unread_packings == 0 ? TMX_OK : TMX_WRONG_BOARD;
    EXPECT_EQ(store.install(store.files().path("foreign.tmx")).status, expected);
}

TEST(StoreTest, TooNewAndMalformedModelsAreRefused) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    const std::string newer = tool::test_model([](format::ModelT& graph) { graph.minimum_runtime = 0x7F0203; });
    const std::string isa = tool::test_model([](format::ModelT& graph) { graph.required_isa = {"tensor9000"}; });
    EXPECT_EQ(store.install(store.files().write("newer.tmx", newer), "", true).status, TMX_TOO_NEW);
    EXPECT_EQ(store.install(store.files().write("isa.tmx", isa), "", true).status, TMX_UNSUPPORTED_ISA);
    EXPECT_EQ(store.install(store.files().write("text.tmx", "not a model"), "", true).status, TMX_NOT_A_MODEL);
    EXPECT_EQ(store.install(store.files().path("none.tmx")).status, TMX_IO_ERROR);
    EXPECT_EQ(store.open_active(), store.id(1));
}

/// Without a key, bytes are protected by checksums: against decay, and against every single change.
TEST(StoreTest, AnyChangedByteOfModelOrGoldenFileIsRefused) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    const std::string model = store.files().read("v2.tmx"), golden = store.files().read("v2.golden");
#ifdef TINAMIX_EMULATED
    const size_t step = 41;
#else
    const size_t step = 1;
#endif
    for (size_t i = 0; i < model.size(); i += step) {
        std::string changed = model;
        changed[i] = static_cast<char>(changed[i] ^ 0x10);
        ASSERT_NE(store.install(store.files().write("x.tmx", changed)).status, TMX_OK) << "model byte " << i;
    }
    for (size_t i = 0; i < golden.size(); i += step) {
        std::string changed = golden;
        changed[i] = static_cast<char>(changed[i] ^ 0x10);
        store.files().write("x.golden", changed);
        ASSERT_NE(store.install(store.files().path("v2.tmx"), store.files().path("x.golden")).status, TMX_OK)
            << "golden byte " << i;
    }
    EXPECT_EQ(store.open_active(), store.id(1));
    EXPECT_EQ(store.slot().version_count, 1);
    EXPECT_EQ(std::distance(fs::directory_iterator(store.folder() + "/objects"), {}), 2) << "nothing is left over";
}

void flip_stored_byte(const std::string& path, size_t index) {
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(index));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(index));
    file.put(static_cast<char>(byte ^ 4));
}

TEST(StoreTest, AnyChangedByteInTheStoreIsNoticed) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    const std::string object = store.files().path(store.object(1));
#ifdef TINAMIX_EMULATED
    const size_t step = 41;
#else
    const size_t step = 1;
#endif
    for (size_t i = 0; i < fs::file_size(object); i += step) {
        flip_stored_byte(object, i);
        ASSERT_EQ(store.open_active(), "TMX_DAMAGED_STORE") << "byte " << i;
        flip_stored_byte(object, i);
    }
    EXPECT_EQ(store.open_active(), store.id(1));
    const std::string slot = store.folder() + "/slots/net";
    for (size_t i = 0; i < fs::file_size(slot); ++i) {
        flip_stored_byte(slot, i);
        ASSERT_EQ(store.open_active(), "TMX_DAMAGED_STORE") << "slot byte " << i;
        flip_stored_byte(slot, i);
    }
    EXPECT_EQ(store.open_active(), store.id(1));
}

/// A golden file in the store is read when its version becomes active again.
TEST(StoreTest, AnyChangedByteOfAStoredGoldenFileIsNoticed) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    ASSERT_EQ(store.install_version(2).status, TMX_OK);
    std::string golden;
    for (const auto& entry : fs::directory_iterator(store.folder() + "/objects")) {
        const Slot slot = store.slot();
        const std::string name = std::string(slot.versions[slot.previous].golden.text) + ".golden";
        if (entry.path().filename() == name) golden = entry.path();
    }
    ASSERT_FALSE(golden.empty());
#ifdef TINAMIX_EMULATED
    const size_t step = 41;
#else
    const size_t step = 1;
#endif
    for (size_t i = 0; i < fs::file_size(golden); i += step) {
        flip_stored_byte(golden, i);
        ASSERT_EQ(store.rollback().status, TMX_DAMAGED_STORE) << "byte " << i;
        flip_stored_byte(golden, i);
    }
    EXPECT_EQ(store.rollback().status, TMX_OK);
}

TEST(StoreTest, InstallingRepairsADamagedObjectAndWithForceADamagedSlot) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    flip_stored_byte(store.files().path(store.object(1)), 100);
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(1));
    fs::remove(store.files().path(store.object(1)));
    EXPECT_EQ(store.open_active(), "TMX_DAMAGED_STORE");
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(1));

    flip_stored_byte(store.folder() + "/slots/net", 30);
    EXPECT_EQ(store.install_version(2).status, TMX_DAMAGED_STORE);
    EXPECT_TRUE(fs::exists(store.files().path(store.object(1)))) << "nobody knows whether it is needed";
    EXPECT_EQ(store.install(store.files().path("v2.tmx"), "", true).status, TMX_OK);
    EXPECT_EQ(store.open_active(), store.id(2));
}

TEST(StoreTest, OnlyOneProcessChangesAStoreAtATime) {
    const TestStore store;
    ASSERT_EQ(store.install_version(1).status, TMX_OK);
    const int lock = open((store.folder() + "/flash.lock").c_str(), O_RDWR);
    ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
    Garbage garbage;
    EXPECT_EQ(store.install_version(2).status, TMX_STORE_BUSY);
    EXPECT_EQ(store.rollback().status, TMX_STORE_BUSY);
    EXPECT_EQ(store.remove().status, TMX_STORE_BUSY);
    EXPECT_EQ(store.collect(&garbage).status, TMX_STORE_BUSY);
    EXPECT_EQ(store.open_active(), store.id(1)) << "applications do not wait for it";
    close(lock);
    EXPECT_EQ(store.install_version(2).status, TMX_OK);
}

TEST(StoreTest, FilesThatAProcessHasMappedStay) {
    const TestStore store;
    for (uint32_t number = 1; number <= 3; ++number) ASSERT_EQ(store.install_version(number).status, TMX_OK);
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open(store.files().path(store.object(1)).c_str(), nullptr, &model), TMX_OK);
    Garbage garbage;
    ASSERT_EQ(store.collect(&garbage).status, TMX_OK);
    EXPECT_EQ(garbage.in_use, 1U);
    EXPECT_EQ(garbage.files, 1U) << "its golden file";
    EXPECT_TRUE(fs::exists(store.files().path(store.object(1))));
    tmx_model_close(model);
    ASSERT_EQ(store.collect(&garbage).status, TMX_OK);
    EXPECT_EQ(garbage.files, 1U);
    EXPECT_FALSE(fs::exists(store.files().path(store.object(1))));

    ASSERT_EQ(tmx_model_open_active(store.folder().c_str(), "net", nullptr, &model), TMX_OK);
    ASSERT_EQ(store.remove().status, TMX_OK);
    EXPECT_TRUE(fs::exists(store.files().path(store.object(3))));
    EXPECT_EQ(tmx_run(model), TMX_OK);
    tmx_model_close(model);
    ASSERT_EQ(store.collect(&garbage).status, TMX_OK);
    EXPECT_TRUE(fs::is_empty(store.folder() + "/objects"));
}

TEST(StoreTest, RemovingTakesVersionsThatAreNotActive) {
    const TestStore store;
    for (uint32_t number = 1; number <= 3; ++number) ASSERT_EQ(store.install_version(number).status, TMX_OK);
    EXPECT_EQ(store.remove(store.id(3)).status, TMX_INVALID_ARGUMENT);
    EXPECT_EQ(store.remove(store.id(1)).status, TMX_OK);
    EXPECT_FALSE(fs::exists(store.files().path(store.object(1))));
    EXPECT_EQ(store.remove(store.id(1)).status, TMX_NOT_INSTALLED);
    EXPECT_EQ(store.remove(store.id(2)).status, TMX_OK);
    EXPECT_EQ(store.slot().previous, kNoVersion);
    EXPECT_EQ(store.open_active(), store.id(3));
    EXPECT_EQ(store.remove().status, TMX_OK);
    EXPECT_EQ(store.open_active(), "TMX_NOT_INSTALLED");
    EXPECT_EQ(store.remove().status, TMX_NOT_INSTALLED);
}

TEST(StoreTest, TheEighthVersionMakesRoomByForgettingTheOldest) {
    const TestStore store;
    for (uint32_t number = 1; number <= 10; ++number) {
        const std::string path = store.files().write("n.tmx", model_of_version(number));
        ASSERT_EQ(store.install(path).status, TMX_OK);
    }
    const Slot slot = store.slot();
    EXPECT_EQ(slot.version_count, kMaxVersions);
    EXPECT_EQ(slot.versions[0].model_version, 3U);
    EXPECT_EQ(slot.versions[slot.active].model_version, 10U);
    EXPECT_EQ(slot.versions[slot.previous].model_version, 9U);
}

}  // namespace
}  // namespace tmx::store
