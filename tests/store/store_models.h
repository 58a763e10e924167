// Two versions of a small model with their golden files, and the store as the tests use it.
#pragma once

#include <cstdint>
#include <string>

#include "store/store.h"
#include "tmx_temporary_folder.h"

namespace tmx::store {

/// Version `number` of the small model; versions differ in a name and in their model version.
std::string model_of_version(uint32_t number);
/// What it computes.
std::string golden_of(const std::string& model);
/// The same with another digest: a board that computes something else.
std::string wrong_golden_of(const std::string& model);
std::string id_of(const std::string& bytes);
/// Sets the trailer's checksum again after a change of the bytes before it.
void renew_checksum(std::string* model);

/// The golden check as tmx does it.
SelfTest golden_self_test();

/// Result of a change, with its message.
struct Done {
    tmx_status status;
    std::string message;
    Outcome outcome;
};

/// A store in a folder of its own, and the files v1, v2, v3 (.tmx, .golden) beside it.
class TestStore {
  public:
    TestStore();

    std::string folder() const { return folder_.path("store"); }
    const tool::TemporaryFolder& files() const { return folder_; }
    /// Of version 1, 2, 3.
    std::string id(uint32_t number) const { return id_of(model_of_version(number)); }
    std::string object(uint32_t number) const { return "store/objects/" + id(number) + ".tmx"; }

    Done install(const std::string& model, const std::string& golden = "", bool force = false,
                 uint32_t trial_starts = kDefaultTrialStarts) const;
    Done install_version(uint32_t number) const;
    Done rollback() const;
    Done activate(const std::string& version, bool force = false) const;
    Done remove(const std::string& version = "") const;
    Done collect(Garbage* garbage) const;
    Slot slot() const;
    /// Id of the version that tmx_model_open_active opens, or the status' name.
    std::string open_active() const;

  private:
    tool::TemporaryFolder folder_;
};

}  // namespace tmx::store
