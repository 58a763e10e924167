// A version on trial: confirmed by the application, or gone back from.
#include <gtest/gtest.h>

#include <filesystem>

#include "store_models.h"
#include "tinamix.h"

namespace tmx::store {
namespace {

class TrialTest : public testing::Test {
  protected:
    TrialTest() {
        EXPECT_EQ(store_.install_version(1).status, TMX_OK);
        EXPECT_EQ(store_.install_version(2).status, TMX_OK);
    }
    tmx_status report(int healthy) const { return tmx_report_health(store_.folder().c_str(), "net", healthy); }

    TestStore store_;
};

TEST_F(TrialTest, ThreeStartsWithoutAReportBringThePreviousVersionBack) {
    for (int start = 0; start < 3; ++start) EXPECT_EQ(store_.open_active(), store_.id(2)) << start;
    EXPECT_EQ(store_.open_active(), store_.id(1));
    EXPECT_EQ(store_.open_active(), store_.id(1));
    const Slot slot = store_.slot();
    EXPECT_FALSE(slot.on_trial());
    EXPECT_TRUE(slot.versions[slot.previous].failed);
}

TEST_F(TrialTest, AHealthyReportConfirmsForGood) {
    EXPECT_EQ(store_.open_active(), store_.id(2));
    ASSERT_EQ(report(1), TMX_OK);
    EXPECT_FALSE(store_.slot().on_trial());
    const std::string slot = store_.files().read("store/slots/net");
    for (int start = 0; start < 10; ++start) {
        EXPECT_EQ(store_.open_active(), store_.id(2));
        ASSERT_EQ(report(1), TMX_OK);
    }
    EXPECT_EQ(store_.files().read("store/slots/net"), slot) << "a confirmed version costs no writes";
}

TEST_F(TrialTest, FailuresReportedOfAConfirmedVersionCountToo) {
    ASSERT_EQ(report(1), TMX_OK);
    ASSERT_EQ(report(0), TMX_OK);
    ASSERT_EQ(report(1), TMX_OK);  // begins anew
    ASSERT_EQ(report(0), TMX_OK);
    ASSERT_EQ(report(0), TMX_OK);
    EXPECT_EQ(store_.open_active(), store_.id(2));
    ASSERT_EQ(report(0), TMX_OK);
    EXPECT_EQ(store_.open_active(), store_.id(1));
    // The other one has failed already: there is nothing to go back to, however often this one fails.
    for (int failure = 0; failure < 9; ++failure) ASSERT_EQ(report(0), TMX_OK);
    EXPECT_EQ(store_.open_active(), store_.id(1));
}

TEST_F(TrialTest, AFailureReportedInTheLastAllowedStartGoesBackAtOnce) {
    EXPECT_EQ(store_.open_active(), store_.id(2));
    ASSERT_EQ(report(0), TMX_OK);
    EXPECT_EQ(store_.slot().starts, 1U) << "the start had been counted";
    EXPECT_EQ(store_.open_active(), store_.id(2));
    EXPECT_EQ(store_.open_active(), store_.id(2));
    ASSERT_EQ(report(0), TMX_OK);
    EXPECT_EQ(store_.slot().versions[store_.slot().active].model.text, store_.id(1));
}

TEST_F(TrialTest, ADamagedActiveVersionGivesWayToThePreviousOne) {
    std::filesystem::remove(store_.files().path(store_.object(2)));
    EXPECT_EQ(store_.open_active(), store_.id(1));
    EXPECT_EQ(store_.slot().versions[store_.slot().active].model.text, store_.id(1));
    std::filesystem::remove(store_.files().path(store_.object(1)));
    EXPECT_EQ(store_.open_active(), "TMX_DAMAGED_STORE");
    EXPECT_NE(std::string(tmx_last_error(nullptr)).find("is missing"), std::string::npos) << tmx_last_error(nullptr);
}

TEST_F(TrialTest, InstallingAFailedVersionAgainStartsANewTrial) {
    for (int start = 0; start < 4; ++start) static_cast<void>(store_.open_active());
    ASSERT_EQ(store_.open_active(), store_.id(1));
    const Done again = store_.install_version(2);
    ASSERT_EQ(again.status, TMX_OK);
    EXPECT_TRUE(again.outcome.on_trial);
    EXPECT_EQ(store_.open_active(), store_.id(2));
}

TEST_F(TrialTest, ArgumentsAreChecked) {
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_active(nullptr, "net", nullptr, &model), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_model_open_active(store_.folder().c_str(), "../net", nullptr, &model), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_model_open_active(store_.folder().c_str(), "other", nullptr, &model), TMX_NOT_INSTALLED);
    EXPECT_STREQ(tmx_last_error(nullptr), "no model is installed as 'other'");
    EXPECT_EQ(tmx_report_health(nullptr, "net", 1), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(tmx_report_health(store_.folder().c_str(), "other", 1), TMX_NOT_INSTALLED);
    tmx_options options;
    tmx_options_init(&options);
    options.threads = 99;
    EXPECT_EQ(tmx_model_open_active(store_.folder().c_str(), "net", &options, &model), TMX_INVALID_ARGUMENT);
    EXPECT_EQ(store_.slot().versions[store_.slot().active].model.text, store_.id(2)) << "not the version's fault";
}

}  // namespace
}  // namespace tmx::store
